package dev.firn.door;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.token.Caller;
import dev.firn.token.RequestPath;
import java.util.Locale;

/// A request, who makes it, the name it is about, and whether its token still holds.
record DoorRequest(
    Exchange exchange, Caller caller, LogicalName name, RunningRequests.Running running) {
  /// Whether the client wrote a `/` at the end, by which it says that it means a directory.
  boolean namesDirectory() {
    return RequestPath.namesDirectory(exchange.rawPath());
  }

  /// `Overwrite`, RFC 4918 section 10.6.
  boolean overwrite() {
    return switch (exchange.header("Overwrite").orElse("T").strip()) {
      case "T", "t" -> true;
      case "F", "f" -> false;
      default -> throw new HttpProblem(400, "bad-overwrite", "Overwrite is neither T nor F");
    };
  }

  /// `Depth`, RFC 4918 section 10.2.
  Depth depth(Depth absent) {
    return exchange
        .header("Depth")
        .map(value ->
            switch (value.strip().toLowerCase(Locale.ROOT)) {
              case "0" -> Depth.ZERO;
              case "1" -> Depth.ONE;
              case "infinity" -> Depth.INFINITY;
              default -> throw new HttpProblem(400, "bad-depth", "Depth is not 0, 1 or infinity");
            })
        .orElse(absent);
  }

  enum Depth {
    ZERO,
    ONE,
    INFINITY
  }
}
