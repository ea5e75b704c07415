package dev.firn.console.catalog;

import dev.firn.console.Html;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Exception;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// The first frames of an `.i3` file, as a table.
final class FrameTable {
  private static final int SHOWN = 60;
  private static final int OBJECTS = 12;

  private FrameTable() {}

  static boolean mayHold(LogicalName name) {
    return name.lastSegment().contains(".i3");
  }

  /// What can be read of a damaged file is shown, then why no more.
  static void write(Html out, InputStream in) throws IOException {
    out.table(">frame", "stop", "event", ">objects", "keys", "checksum");
    String end = "";
    try (FrameReader reader = FrameReader.lenient(in)) {
      Optional<Frame> next = reader.next();
      for (int i = 0; next.isPresent(); next = reader.next(), i++) {
        if (i == SHOWN) {
          end = "The first " + SHOWN + " frames; firn i3 inspect shows all.";
          break;
        }
        row(out, next.get());
      }
    } catch (I3Exception e) {
      end = "Damaged: " + e.getMessage();
    }
    out.endTable();
    if (!end.isEmpty()) {
      out.note(end);
    }
  }

  private static void row(Html out, Frame frame) {
    out.raw("<tr>").number(frame.index()).cell(Character.toString(frame.stop()));
    out.cell(event(frame)).number(frame.objects().size());
    String keys =
        frame.objects().stream()
            .limit(OBJECTS)
            .map(FrameObject::key)
            .collect(Collectors.joining(", "));
    out.cell(frame.objects().size() > OBJECTS ? keys + ", …" : keys);
    out.cell(frame.checksum().name().toLowerCase(Locale.ROOT)).raw("</tr>\n");
  }

  private static String event(Frame frame) {
    try {
      return frame.eventHeader().map(h -> h.run() + ":" + h.event()).orElse("");
    } catch (I3Exception e) {
      return "unreadable";
    }
  }
}
