package dev.firn.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.events.query.Queries;
import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.Pulses;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two passes are compared event by event, and an event is told by run, subrun, number and part.
class PassDifferenceTest {
  private static final int RUN = 20_000;

  @TempDir Path directory;

  @Test
  void eventsOfOneNumberInOtherSubrunsAndPartsAreNotMixedUp() throws Exception {
    try (EventWorld world = new EventWorld(directory);
        Queries queries = new Queries(Duration.ofMinutes(1))) {
      Pass first = world.passes.create("first", "InIcePulses", "", "tester");
      Pass second = world.passes.create("second", "InIcePulses", "", "tester");
      // the same numbers in both subruns, each with the parts 0 and 1
      world.load(
          first,
          world.file(RUN, 0, frames(0, 1f, 1, 2, 3), 3),
          world.file(RUN, 1, frames(1, 1f, 1, 2, 3), 3));
      // of the second subrun event 2 has half the charge, 3 is gone and 9 is new
      world.load(
          second,
          world.file(RUN, 2, frames(0, 1f, 1, 2, 3), 3),
          world.file(RUN, 3, frames(1, 1f, 1), 1),
          world.file(RUN, 4, frames(1, 0.5f, 2), 1),
          world.file(RUN, 5, frames(1, 1f, 9), 1));

      Map<String, Object> found =
          new PassDifference(queries, new PassViews(world.passes, Optional.of(world.storage())))
              .between(first, second);

      assertThat(found)
          .containsEntry("only_first", 2L)
          .containsEntry("only_second", 2L)
          .containsEntry("both", 10L)
          .containsEntry("doubles_first", 0L)
          .containsEntry("doubles_second", 0L)
          .containsEntry("pulses_different", 2L)
          .containsEntry("charge_ratio", 0.5)
          .containsEntry("columns_different", Map.of());
    }
  }

  /// Two splitters made a part 0 of each event. Of one both parts have the same pulses in a pass,
  /// of the other each has in one pass what its sibling has in the other.
  @Test
  void partsOfTwoSplittersAreComparedEachByItself() throws Exception {
    try (EventWorld world = new EventWorld(directory);
        Queries queries = new Queries(Duration.ofMinutes(1))) {
      Pass first = world.passes.create("first", "InIcePulses", "", "tester");
      Pass second = world.passes.create("second", "InIcePulses", "", "tester");
      byte[] before = ofTwoSplitters(new float[][] {{1, 1}, {1, 2}, {1, 2}});
      byte[] after = ofTwoSplitters(new float[][] {{2, 2}, {2, 1}, {1, 2}});
      world.load(first, world.file(RUN, 0, before, 3));
      world.load(second, world.file(RUN, 1, after, 3));

      Map<String, Object> found =
          new PassDifference(queries, new PassViews(world.passes, Optional.of(world.storage())))
              .between(first, second);

      assertThat(found)
          .containsEntry("both", 6L)
          .containsEntry("pulses_different", 4L)
          .containsEntry("charge_ratio", (2 + 2 + 2 + 0.5) / 4);
    }
  }

  /// Events from number 1 on, with the charge of the one pulse of each of their two parts.
  private static byte[] ofTwoSplitters(float[][] charges) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    for (int i = 0; i < charges.length; i++) {
      I3Time start = new I3Time(2018, 1_000_000L * i);
      EventHeader header = EventHeader.of(RUN, 0, i + 1, start, start.plusTicks(100_000));
      writer.write(Frame.of('Q', List.of(header.toObject())));
      for (int part = 0; part < 2; part++) {
        Pulses.Builder pulses = new Pulses.Builder().module(new OmKey(1, 1, 0));
        pulses.pulse(100, charges[i][part], 8f, 1);
        writer.write(
            Frame.of(
                'P',
                List.of(
                    header.split(part == 0 ? "InIceSplit" : "NullSplit", 0).toObject(),
                    pulses.build().toObject("InIcePulses"))));
      }
    }
    return out.toByteArray();
  }

  /// Events with a part 0 of one pulse and a part 1 of two, whose charges are times `factor`.
  private static byte[] frames(int subrun, float factor, long... events) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    for (long event : events) {
      I3Time start = new I3Time(2018, 1_000_000L * event + 17L * subrun);
      EventHeader header = EventHeader.of(RUN, subrun, event, start, start.plusTicks(100_000));
      writer.write(Frame.of('Q', List.of(header.toObject())));
      for (int part = 0; part < 2; part++) {
        Pulses.Builder pulses = new Pulses.Builder().module(new OmKey(1, 1 + subrun, 0));
        for (int i = 0; i <= part; i++) {
          pulses.pulse(100 * event + i, factor * (i + 1 + subrun), 8f, 1);
        }
        writer.write(
            Frame.of(
                'P',
                List.of(
                    header.split("InIceSplit", part).toObject(),
                    pulses.build().toObject("InIcePulses"))));
      }
    }
    return out.toByteArray();
  }
}
