package dev.firn.server.demo;

import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.PlainObjects;
import dev.firn.i3.data.Pulses;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// What the demo's campaign runs on each work unit: scales the charge of every pulse by what the C
/// frame says of its module.
@Command(name = "recalibrate", description = "Calibrate the pulses of a file anew.")
final class RecalibrateCommand implements Callable<Integer> {
  static final String FACTORS = "SPEScalingFactors";
  static final String PULSES = "InIcePulses";

  @Parameters(index = "0", paramLabel = "IN")
  Path in = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT")
  Path out = Path.of("");

  private final Map<String, Double> factors = new HashMap<>();

  @Override
  public Integer call() throws IOException {
    try (InputStream from = new BufferedInputStream(Files.newInputStream(in), 1 << 16);
        FrameReader reader = FrameReader.strict(from);
        OutputStream to = new BufferedOutputStream(Files.newOutputStream(out), 1 << 16)) {
      FrameWriter writer = new FrameWriter(to);
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        Frame frame = f.get();
        Optional<FrameObject> known = frame.stop() == 'C' ? frame.find(FACTORS) : Optional.empty();
        if (known.isPresent()
            && PlainObjects.read(known.get()).orElse("") instanceof Map<?, ?> values) {
          values.forEach((module, factor) -> {
            if (factor instanceof Double d) {
              factors.put(String.valueOf(module), d);
            }
          });
        }
        writer.write(scaled(frame));
      }
    }
    return 0;
  }

  private Frame scaled(Frame frame) throws IOException {
    Optional<FrameObject> object = frame.find(PULSES);
    if (object.isEmpty() || !object.get().type().equals(Pulses.TYPE)) {
      return frame;
    }
    Pulses pulses = Pulses.decode(object.get().blob());
    Pulses.Builder scaled = new Pulses.Builder();
    for (int m = 0; m < pulses.modules(); m++) {
      OmKey key = pulses.key(m);
      double factor = factors.getOrDefault(key.string() + "/" + key.om() + "/" + key.pmt(), 1.0);
      scaled.module(key);
      for (int i = pulses.start(m); i < pulses.start(m + 1); i++) {
        float charge = (float) (pulses.charge(i) * factor);
        scaled.pulse(pulses.time(i), charge, pulses.width(i), pulses.flags(i));
      }
    }
    List<FrameObject> objects = new ArrayList<>(frame.objects());
    objects.remove(object.get());
    objects.add(scaled.build().toObject(PULSES));
    return Frame.of(frame.stop(), objects);
  }
}
