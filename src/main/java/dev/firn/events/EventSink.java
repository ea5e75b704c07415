package dev.firn.events;

import dev.firn.columnar.Row;
import dev.firn.i3.data.Pulses;
import java.io.IOException;

/// Takes events with their pulses, one after another.
@FunctionalInterface
interface EventSink {
  /// @param event its row, which may be changed afterwards: the sink sets where its pulses are
  void take(Row event, Pulses pulses) throws IOException;
}
