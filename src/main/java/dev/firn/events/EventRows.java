package dev.firn.events;

import dev.firn.columnar.Row;
import dev.firn.columnar.TableWriter;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.Pulses;
import java.io.IOException;

/// Writes events as rows of the two tables, in the order they come.
final class EventRows implements EventSink {
  private final TableWriter events;
  private final TableWriter pulses;
  private final Row pulse = EventTables.PULSES.newRow();
  private long written;

  EventRows(TableWriter events, TableWriter pulses) {
    this.events = events;
    this.pulses = pulses;
  }

  @Override
  public void take(Row event, Pulses found) throws IOException {
    event.set(11, (long) found.size()).clear(12).clear(13);
    if (found.size() > 0) {
      event.set(12, written).set(13, written + found.size() - 1);
    }
    events.write(event);
    pulse.clear();
    for (int name = 0; name < 4; name++) {
      if (event.value(name + 1) instanceof Long number) {
        pulse.set(name, number);
      }
    }
    for (int m = 0; m < found.modules(); m++) {
      OmKey module = found.key(m);
      pulse.set(4, module.string()).set(5, module.om()).set(6, module.pmt());
      for (int i = found.start(m); i < found.start(m + 1); i++) {
        pulse.set(7, found.time(i)).set(8, found.charge(i)).set(9, found.width(i));
        pulse.set(10, found.flags(i));
        pulses.write(pulse);
      }
    }
    written += found.size();
  }
}
