package dev.firn.processing.worker;

import dev.firn.http.RemoteException;
import dev.firn.i3.I3Exception;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/// One attempt at one unit: cut, run, compare, store.
final class Attempt {
  private final HubApi hub;
  private final InputCache inputs;
  private final Command command;
  private final Path directory;

  Attempt(HubApi hub, InputCache inputs, Command command, Path directory) {
    this.hub = hub;
    this.inputs = inputs;
    this.command = command;
    this.directory = directory;
  }

  /// @param fault empty when the result is stored; else by what it failed
  /// @param body what the hub is told
  record Result(String fault, Map<String, Object> body) {}

  /// @param token the lease's token of the moment
  Result make(JsonNode granted, JsonNode unit, Supplier<String> token)
      throws IOException, InterruptedException {
    Path in = directory.resolve("in.i3");
    Path out = directory.resolve("out.i3");
    UnitFile file;
    String names;
    try {
      file = inputs.open(granted, unit, token.get());
      names =
          file.cut(
              unit.path("first").asLong(),
              unit.path("events").asLong(),
              unit.path("last").asBoolean(),
              in);
    } catch (IOException e) {
      if (e instanceof RemoteException) {
        throw e;
      }
      return failed(unit, Worker.isInput(e) ? "input" : "around", String.valueOf(e.getMessage()));
    }
    Command.End end = command.run(in, out, directory);
    if (!end.trouble().isEmpty()) {
      return failed(unit, end.around() ? "around" : "event", end.trouble());
    }
    return store(granted, unit, token, new Made(file, names, out));
  }

  private record Made(UnitFile file, String names, Path out) {}

  private Result store(JsonNode granted, JsonNode unit, Supplier<String> token, Made made)
      throws IOException {
    if (!Files.isRegularFile(made.out())) {
      return failed(unit, "event", "the command wrote no OUTFILE");
    }
    Path packed = directory.resolve("packed");
    UnitFile.Result result;
    try {
      result = made.file().pack(made.out(), packed);
    } catch (I3Exception e) {
      return failed(unit, "event", "what came out is no sound .i3 file: " + e.getMessage());
    } catch (IOException e) { // such as a full disk
      return failed(unit, "around", String.valueOf(e.getMessage()));
    }
    long wanted = unit.path("events").asLong();
    if (result.events() != wanted) {
      return failed(
          unit, "event", result.events() + " events came out, and " + wanted + " went in");
    }
    if (!result.names().equals(made.names())) {
      return failed(unit, "event", "other events came out than went in");
    }
    URI to = URI.create(granted.path("prefix").asString() + unit.path("output").asString());
    Map<String, Object> body = about(unit);
    body.put("sha512", hub.store(packed, to, token.get()));
    body.put("events", result.events());
    body.put("names", result.names());
    return new Result("", body);
  }

  static Result failed(JsonNode unit, String fault, String reason) {
    return new Result(fault, failure(unit, fault, reason));
  }

  /// What the hub is told of an attempt that failed.
  static Map<String, Object> failure(JsonNode unit, String fault, String reason) {
    Map<String, Object> body = about(unit);
    body.put("fault", fault);
    body.put("reason", reason);
    return body;
  }

  private static Map<String, Object> about(JsonNode unit) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("unit", unit.path("unit").asString());
    body.put("attempt", unit.path("attempt").asInt());
    return body;
  }
}
