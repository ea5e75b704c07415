package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What IceTray wrote, read and written by us, has the same bytes.
class ReencodeTest {
  private static final Path ICECUBE =
      Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");

  @Test
  void objectsOfIceTrayReadAndWrittenAgainHaveTheSameBytes() throws IOException {
    assumeTrue(Files.isDirectory(ICECUBE), "needs the shared data: icecube");
    Map<String, Integer> compared = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(ICECUBE, "*.i3.gz")) {
      for (Path file : files) {
        try (InputStream in = Files.newInputStream(file);
            FrameReader reader = FrameReader.strict(in)) {
          for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
            for (FrameObject object : f.get().objects()) {
              Optional<FrameObject> again = again(object);
              again.ifPresent(o -> {
                assertThat(o).as(file + " " + object.key()).isNotSameAs(object);
                assertThat(o.blob()).as(file + " " + object.key()).isEqualTo(object.blob());
                compared.merge(object.type(), 1, Integer::sum);
              });
            }
          }
        }
      }
    }
    assertThat(compared)
        .containsKeys(EventHeader.TYPE, Particle.TYPE, Pulses.TYPE)
        .containsEntry(Particle.TYPE, 586)
        .containsEntry(Pulses.TYPE, 55);
  }

  private static Optional<FrameObject> again(FrameObject object) throws IOException {
    return switch (object.type()) {
      case EventHeader.TYPE -> Optional.of(EventHeader.decode(object.blob()).toObject());
      case Particle.TYPE -> Optional.of(Particle.decode(object.blob()).toObject(object.key()));
      case Pulses.TYPE -> Optional.of(Pulses.decode(object.blob()).toObject(object.key()));
      default -> Optional.empty();
    };
  }
}
