#!/usr/bin/env python3
"""Trains a small network on shards that Firn staged, with nothing but Python's own library.

    train.py STAGE OUT --target high_charge

STAGE is a directory of `firn stage ... --format webdataset`; OUT gets `1/model.onnx` and `config.pbtxt`, a
model as `firn infer` wants it, and `card.json`, which says what it was made from. The network has one
hidden layer and tells from an event's pulses how probable it is that one of its columns is true. It is an
example of the way there and back, not of how to reconstruct neutrinos.
"""

import argparse
import glob
import hashlib
import json
import math
import os
import random
import struct
import sys
import tarfile

FEATURES = 3
HIDDEN = 12

# The same numbers as features() below, from the tables of a pass.
SQL = (
    "SELECT e.file_id, e.frame, ln(1 + sum(p.charge)), ln(1 + count(*)), "
    "ln(1 + max(p.time) - min(p.time)) FROM events e JOIN pulses p ON p.run = e.run "
    "AND p.subrun IS NOT DISTINCT FROM e.subrun AND p.event = e.event "
    "AND p.sub_event IS NOT DISTINCT FROM e.sub_event AND p.data_file = e.pulse_file "
    "AND p.data_row BETWEEN e.first_pulse_row AND e.last_pulse_row GROUP BY e.file_id, e.frame"
)


def read_npy(data):
    length = struct.unpack("<H", data[8:10])[0]
    head = data[10 : 10 + length].decode("ascii")
    rows, columns = head[head.index("(") + 1 : head.index(")")].split(",")[:2]
    values = struct.unpack("<%df" % (int(rows) * int(columns)), data[10 + length :])
    return [values[i : i + int(columns)] for i in range(0, len(values), int(columns))]


def features(pulses):
    times = [p[3] for p in pulses]
    charge = sum(p[4] for p in pulses)
    return [
        math.log(1 + charge),
        math.log(1 + len(pulses)),
        math.log(1 + max(times) - min(times)),
    ]


def samples(stage, split, target):
    for path in sorted(glob.glob(os.path.join(stage, split + "-*.tar"))):
        with tarfile.open(path) as tar:
            event = None
            for member in tar:
                data = tar.extractfile(member).read()
                if member.name.endswith(".json"):
                    event = json.loads(data)
                elif member.name.endswith(".pulses.npy"):
                    pulses = read_npy(data)
                    if pulses:
                        yield features(pulses), 1.0 if event.get(target) else 0.0


def layer(weights, bias, values):
    return [sum(w * v for w, v in zip(row, values)) + b for row, b in zip(weights, bias)]


def guess(net, values):
    hidden = [max(0.0, h) for h in layer(net["w1"], net["b1"], values)]
    sum = layer(net["w2"], net["b2"], hidden)[0]
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, sum)))), hidden


def train(data, seed, epochs, rate):
    chance = random.Random(seed)
    net = {
        "w1": [[chance.gauss(0, 1 / FEATURES) for _ in range(FEATURES)] for _ in range(HIDDEN)],
        "b1": [0.0] * HIDDEN,
        "w2": [[chance.gauss(0, 1 / HIDDEN) for _ in range(HIDDEN)]],
        "b2": [0.0],
    }
    for _ in range(epochs):
        chance.shuffle(data)
        for values, truth in data:
            value, hidden = guess(net, values)
            wrong = (value - truth) * rate
            for i in range(HIDDEN):
                back = wrong * net["w2"][0][i] if hidden[i] > 0 else 0.0
                net["w2"][0][i] -= wrong * hidden[i]
                net["b1"][i] -= back
                for k in range(FEATURES):
                    net["w1"][i][k] -= back * values[k]
            net["b2"][0] -= wrong
    return net


def right(net, data):
    return sum((guess(net, v)[0] > 0.5) == (t > 0.5) for v, t in data) / len(data)


# ONNX: protocol buffers by the field numbers of onnx.proto.


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def piece(field, value):
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def node(operator, inputs, output, attributes=b""):
    return piece(
        1, b"".join(piece(1, i) for i in inputs) + piece(2, output) + piece(4, operator) + attributes
    )


def tensor(name, shape, values):
    dims = b"".join(number(1, n) for n in shape)
    raw = struct.pack("<%df" % len(values), *values)
    return piece(5, dims + number(2, 1) + piece(8, name) + piece(9, raw))


def value(field, name, width):
    shape = piece(1, piece(2, "rows")) + piece(1, number(1, width))
    return piece(field, piece(1, name) + piece(2, piece(1, number(1, 1) + piece(2, shape))))


def onnx(net):
    transposed = piece(5, piece(1, "transB") + number(3, 1) + number(20, 2))
    graph = (
        node("Gemm", ["features", "w1", "b1"], "sum", transposed)
        + node("Relu", ["sum"], "hidden")
        + node("Gemm", ["hidden", "w2", "b2"], "logit", transposed)
        + node("Sigmoid", ["logit"], "guess")
        + piece(2, "firn-example")
        + tensor("w1", [HIDDEN, FEATURES], [w for row in net["w1"] for w in row])
        + tensor("b1", [HIDDEN], net["b1"])
        + tensor("w2", [1, HIDDEN], net["w2"][0])
        + tensor("b2", [1], net["b2"])
        + value(11, "features", FEATURES)
        + value(12, "guess", 1)
    )
    return number(1, 8) + piece(2, "firn-example") + piece(7, graph) + piece(8, number(2, 17))


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("stage")
    options.add_argument("out")
    options.add_argument("--target", default="energy", help="column of the events, true or not")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--epochs", type=int, default=60)
    options.add_argument("--rate", type=float, default=0.02)
    asked = options.parse_args()
    data = list(samples(asked.stage, "train", asked.target))
    if not data:
        sys.exit("train.py: no event of %s has pulses" % asked.stage)
    checks = list(samples(asked.stage, "val", asked.target)) or data
    net = train(data, asked.seed, asked.epochs, asked.rate)
    os.makedirs(os.path.join(asked.out, "1"), exist_ok=True)
    with open(os.path.join(asked.out, "1", "model.onnx"), "wb") as file:
        file.write(onnx(net))
    with open(os.path.join(asked.out, "config.pbtxt"), "w") as file:
        file.write('backend: "onnxruntime"\n')
        for key, text in (("firn.features", SQL), ("firn.outputs", asked.target)):
            file.write('parameters { key: "%s" value { string_value: "%s" } }\n' % (key, text))
    values = checks[0][0]
    card = {
        "target": asked.target,
        "trained_on": len(data),
        "true_among_them": sum(t for _, t in data),
        "right_train": right(net, data),
        "right_val": right(net, checks),
        "manifest_sha256": sha256(os.path.join(asked.stage, "manifest.json")),
        "model_sha256": sha256(os.path.join(asked.out, "1", "model.onnx")),
        "example": {"features": values, "guess": guess(net, values)[0]},
    }
    with open(os.path.join(asked.out, "card.json"), "w") as file:
        json.dump(card, file, indent=2)
    print(json.dumps(card))


if __name__ == "__main__":
    main()
