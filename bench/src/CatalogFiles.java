import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// Files as an observatory has them, by number: always the same for the same number.
///
/// A run has 300 files of three levels in one directory; one file in ten lies in a single huge
/// directory of simulation, until that has a million.
final class CatalogFiles {
  static final int A_RUN = 300;
  static final String HUGE = "/data/sim/IceCube/2020/generated/neutrino-generator/21217";
  private static final String[] LEVELS = {"L2", "PFFilt", "PFRaw"};

  private CatalogFiles() {}

  static boolean simulated(long i) {
    return i % 10 == 9 && i < 10_000_000;
  }

  static int run(long i) {
    return 100_000 + (int) (i / A_RUN);
  }

  static int season(long i) {
    return 2010 + (run(i) - 100_000) / 1_100 % 100;
  }

  static String level(long i) {
    return LEVELS[(int) (i % 3)];
  }

  static String directory(long i) {
    if (simulated(i)) {
      return HUGE;
    }
    return "/data/exp/IceCube/%d/filtered/%s/%02d%02d/Run%08d_70"
        .formatted(season(i), level(i), 1 + run(i) % 12, 1 + run(i) % 28, run(i));
  }

  static String name(long i) {
    return simulated(i)
        ? directory(i) + "/%s_nugen_numu.021217.%09d.i3.zst".formatted(level(i), i)
        : directory(i)
            + "/Level2_IC86.%d_data_Run%08d_Subrun00000000_%08d.i3.zst"
                .formatted(season(i), run(i), i % A_RUN);
  }

  static String sha512(long i) {
    StringBuilder hex = new StringBuilder(128);
    long x = i * 0x9E3779B97F4A7C15L + 12345;
    for (int word = 0; word < 8; word++) {
      x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
      x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
      x ^= x >>> 31;
      String digits = Long.toHexString(x);
      hex.append("0000000000000000", digits.length(), 16).append(digits);
      x += word;
    }
    return hex.toString();
  }

  static long size(long i) {
    return 400_000_000 + i % 100_000_000;
  }

  static long firstEvent(long i) {
    return i % A_RUN * 200_000;
  }

  static String line(long i) {
    return """
        {"name":"%s","size":%d,"checksums":{"sha512":"%s","adler32":"%08x"},"metadata":{"season":%d,\
        "run":%d,"subrun":0,"part":%d,"level":"%s","data_type":"%s","event_count":200000,\
        "first_event":%d,"last_event":%d,"livetime":73.5,"owner":"i3filter","group":"offline",\
        "extra":{"offline_processing_metadata":{"dataset_id":%d,"season_name":"IC86-%d",\
        "L2_snapshot_id":375,"L2_production_version":%d,"working_group":"offline",\
        "validation_validated":%b},"software":[{"name":"icetray","version":"v1.%d.0"}],\
        "iceprod":{"job":%d}}},"replicas":[{"site":"madison"},{"site":"nersc",\
        "path":"/home/projects/icecube/%08x-bundle.zip","state":"available"}]}
        """
        .formatted(
            name(i),
            size(i),
            sha512(i),
            (int) (i * 2654435761L),
            season(i),
            run(i),
            i % A_RUN,
            level(i),
            simulated(i) ? "simulation" : "real",
            firstEvent(i),
            firstEvent(i) + 199_999,
            run(i) % 977,
            season(i) % 100,
            run(i) % 50,
            run(i) % 20 != 0,
            run(i) % 7,
            i % 10_000,
            i / 500);
  }

  /// The lines of the files from `first` to before `end`.
  static InputStream lines(long first, long end) {
    return new InputStream() {
      private long next = first;
      private byte[] part = new byte[0];
      private int at;

      @Override
      public int read(byte[] to, int offset, int length) {
        if (at == part.length) {
          if (next == end) {
            return -1;
          }
          StringBuilder text = new StringBuilder();
          for (long stop = Math.min(end, next + 200); next < stop; next++) {
            text.append(line(next));
          }
          part = text.toString().getBytes(StandardCharsets.UTF_8);
          at = 0;
        }
        int count = Math.min(length, part.length - at);
        System.arraycopy(part, at, to, offset, count);
        at += count;
        return count;
      }

      @Override
      public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }
    };
  }
}
