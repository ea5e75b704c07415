package dev.firn.ingest.index;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// What a pass has done up to now; safe to read while it runs.
public final class IndexCounts {
  private static final int MOST_SHAPES = 10_000;

  /// How far a file has come, or what was the matter with it.
  public enum Kind {
    /// Seen on the walk, with its bytes.
    SEEN,
    /// Passed over because it was registered before and has not changed.
    KNOWN,
    /// Read, with its bytes.
    READ,
    /// Registered for the first time.
    CREATED,
    /// Registered already by somebody else.
    SAME,
    /// Contradicts the record, in this pass or one before.
    CONFLICT,
    /// Registered, although its frames are damaged.
    DAMAGED,
    /// Registered with a name that no pattern knows.
    UNCLASSIFIED,
    /// Not registered: no file, not readable, changing, or with an impossible name.
    PASSED
  }

  private final LongAdder[] files = adders();
  private final LongAdder[] bytes = adders();
  private final Map<String, LongAdder[]> families = new ConcurrentHashMap<>();
  private final Map<String, Shape> shapes = new ConcurrentHashMap<>();

  /// Names that no pattern knows and that differ in nothing but numbers.
  ///
  /// @param example one of them
  public record Shape(String shape, long files, String example) {}

  private static LongAdder[] adders() {
    LongAdder[] adders = new LongAdder[Kind.values().length];
    for (int i = 0; i < adders.length; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  void add(Kind kind, long size) {
    files[kind.ordinal()].increment();
    bytes[kind.ordinal()].add(size);
  }

  void add(Kind kind, long count, long size) {
    files[kind.ordinal()].add(count);
    bytes[kind.ordinal()].add(size);
  }

  void family(String family, long size) {
    LongAdder[] counts =
        families.computeIfAbsent(family, f -> new LongAdder[] {new LongAdder(), new LongAdder()});
    counts[0].increment();
    counts[1].add(size);
  }

  void unknown(String name) {
    String shape = name.replaceAll("\\d+", "#");
    if (shapes.size() < MOST_SHAPES || shapes.containsKey(shape)) {
      shapes.merge(
          shape, new Shape(shape, 1, name), (a, b) -> new Shape(shape, a.files + 1, a.example));
    }
  }

  public long files(Kind kind) {
    return files[kind.ordinal()].sum();
  }

  public long bytes(Kind kind) {
    return bytes[kind.ordinal()].sum();
  }

  /// Files and bytes of each family of names.
  public SortedMap<String, long[]> families() {
    SortedMap<String, long[]> all = new TreeMap<>();
    families.forEach((family, c) -> all.put(family, new long[] {c[0].sum(), c[1].sum()}));
    return all;
  }

  /// The shapes of unknown names, the most frequent first.
  public List<Shape> unknown() {
    List<Shape> all = new ArrayList<>(shapes.values());
    all.sort(
        (a, b) -> a.files != b.files ? Long.compare(b.files, a.files) : a.shape.compareTo(b.shape));
    return all;
  }
}
