package dev.firn.alerts;

import java.io.IOException;
import java.util.Optional;

/// Where notices are sent. One thread uses one channel.
public interface Channel extends AutoCloseable {
  /// Its name in the configuration, the same for ever.
  String name();

  /// Where the channel stands now, for [#find] after a crash; empty when it has no such thing.
  String position(Notice notice) throws IOException;

  /// Sends a notice and returns what the channel says of its arrival. When this throws, whether it
  /// arrived is not known.
  String send(Notice notice) throws IOException;

  /// The receipt of a notice that arrived after `position`; empty when it did not. Called before a
  /// notice of which an attempt was made is sent again; no attempt of a former sender can succeed
  /// afterwards.
  Optional<String> find(Notice notice, String position) throws IOException;

  @Override
  void close();
}
