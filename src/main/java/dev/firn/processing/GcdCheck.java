package dev.firn.processing;

import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Exception;
import dev.firn.i3.data.DetectorGeometry;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whether a file can be the GCD of a run: it has G, C and D frames and no events, every checksum
/// agrees, and its geometry, where it is of the class that we read, has modules.
final class GcdCheck {
  private static final String GEOMETRY = "I3Geometry";

  private GcdCheck() {}

  /// What is wrong; null when nothing is.
  static @Nullable String fault(InputStream in) throws IOException {
    Set<Character> stops = new HashSet<>();
    try (FrameReader reader = FrameReader.strict(in)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        Frame frame = f.get();
        stops.add(frame.stop());
        if (frame.stop() == 'Q' || frame.stop() == 'P') {
          return "it has events";
        }
        Optional<FrameObject> geometry = frame.find(GEOMETRY);
        if (geometry.isPresent()
            && geometry.get().type().equals(GEOMETRY)
            && DetectorGeometry.decodeModules(geometry.get().blob()).isEmpty()) {
          return "its geometry has no modules";
        }
      }
    } catch (I3Exception e) {
      return String.valueOf(e.getMessage());
    }
    for (char stop : new char[] {'G', 'C', 'D'}) {
      if (!stops.contains(stop)) {
        return "it has no " + stop + " frame";
      }
    }
    return null;
  }
}
