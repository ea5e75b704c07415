package dev.firn.server.config;

import dev.firn.model.ByteSize;
import dev.firn.model.LogicalName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Models computed at this site, and other servers that a hub asks first.
///
/// @param directory that holds them, by logical name
/// @param staging directory in which shards for training elsewhere lie, by logical name
/// @param stagingQuota how much one place may have there
public record Models(
    LogicalName directory,
    Duration patience,
    Path work,
    List<Server> servers,
    LogicalName staging,
    ByteSize stagingQuota) {
  static final List<ConfigKey> KEYS =
      List.of(
          ConfigKey.key(
              "inference.models",
              ConfigKey.Kind.TEXT,
              "models",
              "directory of the storage area, below door.area, in which models lie as Triton's"
                  + " servers want them: MODEL/VERSION/model.onnx"),
          ConfigKey.key(
              "inference.patience",
              ConfigKey.Kind.DURATION,
              "10 s",
              "how long a request may wait for its model before it is told to go elsewhere"),
          ConfigKey.key(
              "inference.work",
              ConfigKey.Kind.PATH,
              "scores",
              "directory for scores that are being written"),
          ConfigKey.key(
              "inference-servers[].url",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "a server of the Open Inference Protocol that is asked before the engine here; the"
                  + " first that answers is used"),
          ConfigKey.key(
              "inference-servers[].protocol",
              ConfigKey.Kind.TEXT,
              "http",
              "`http`, or `grpc` over the same kind of address"),
          ConfigKey.key(
              "inference-servers[].token-file",
              ConfigKey.Kind.PATH,
              "",
              "file with the token that it wants, read again for every request"),
          ConfigKey.key(
              "inference-servers[].deadline",
              ConfigKey.Kind.DURATION,
              "5 s",
              "how long one answer may take"),
          ConfigKey.key(
              "staging.directory",
              ConfigKey.Kind.TEXT,
              "staging",
              "directory of the storage area, below door.area, in which shards for training elsewhere"
                  + " lie and nothing else"),
          ConfigKey.key(
              "staging.quota",
              ConfigKey.Kind.SIZE,
              "1 TiB",
              "how much one place may have staged before some of it is evicted"));

  public Models {
    servers = List.copyOf(servers);
  }

  /// A server of the Open Inference Protocol.
  public record Server(URI url, boolean grpc, Optional<Path> tokenFile, Duration deadline) {}

  /// @throws ConfigException when a value does not make sense
  static Models read(ConfigFile file) {
    List<Server> servers = new ArrayList<>();
    for (int i = 0; i < file.count("inference-servers"); i++) {
      String at = "inference-servers[" + i + "].";
      String protocol = file.text(at + "protocol");
      if (!List.of("http", "grpc").contains(protocol)) {
        throw file.refuse(at + "protocol", "http or grpc, not " + protocol);
      }
      Duration deadline = file.duration(at + "deadline");
      if (!deadline.isPositive()) {
        throw file.refuse(at + "deadline", "longer than nothing");
      }
      servers.add(
          new Server(
              file.baseUrl(at + "url"),
              protocol.equals("grpc"),
              file.present(at + "token-file").map(t -> file.path(at + "token-file")),
              deadline));
    }
    return new Models(
        file.parsed("inference.models", file::below),
        file.duration("inference.patience"),
        file.path("inference.work"),
        servers,
        file.parsed("staging.directory", file::below),
        file.size("staging.quota"));
  }
}
