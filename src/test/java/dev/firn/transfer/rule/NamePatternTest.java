package dev.firn.transfer.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.LogicalName;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTest {
  @ParameterizedTest
  @CsvSource({
    "/data/exp/**/PFRaw/**, /data/exp/IceCube/2023/unbiased/PFRaw/1111/f.tar.gz, true",
    "/data/exp/**/PFRaw/**, /data/exp/PFRaw/f, true",
    "/data/exp/**/PFRaw/**, /data/exp/xPFRaw/f, false",
    "/data/exp/**, /data/exp, true",
    "/data/exp/**, /data/expanded/f, false",
    "/data/*/f?.i3, /data/a/f1.i3, true",
    "/data/*/f?.i3, /data/a/b/f1.i3, false",
    "/data/*/f?.i3, /data/a/f12.i3, false",
    "/data/a.b, /data/aXb, false",
    "/**, /anything/at/all, true",
    "/data/***x, /data/yyx, true",
    "/data/a*b*c, /data/abxbc, true",
    "/data/a*b*c, /data/abxb, false",
    "/data/?.i3, /data/😀.i3, true",
    "/data/x😀*, /data/x😀y, true",
    "/data/*.*, /data/*.*, true"
  })
  void patternsAreComparedSegmentBySegment(String pattern, String name, boolean matches) {
    assertThat(NamePattern.parse(pattern).matches(LogicalName.parse(name))).isEqualTo(matches);
  }

  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aPatternOfManyStarsInANameIsStillQuick() {
    NamePattern pattern = NamePattern.parse("/" + "a*".repeat(100) + "b");
    assertThat(pattern.matches(LogicalName.parse("/" + "a".repeat(250)))).isFalse();
    assertThat(pattern.matches(LogicalName.parse("/" + "a".repeat(250) + "b"))).isTrue();
  }

  @Test
  void aPatternOfManyStarsIsStillQuick() {
    NamePattern pattern = NamePattern.parse("/**/a/**/a/**/a/**/a/**/a/**/b");
    LogicalName name = LogicalName.parse("/a".repeat(500));
    assertThat(pattern.matches(name)).isFalse();
    assertThatThrownBy(() -> NamePattern.parse("data/**"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatIsQuickSaysTheSameAsWhatIsPlain() {
    long seed = Long.getLong("firn.seed", System.nanoTime());
    System.out.println("NamePatternTest seed " + seed + " (repeat with -Dfirn.seed=" + seed + ")");
    Random random = new Random(seed);
    int matched = 0;
    for (int i = 0; i < 50_000; i++) {
      String pattern = path(random, List.of("a", "b", "😀", "*", "?", "**"));
      String name = path(random, List.of("a", "b", "😀"));
      boolean plain = plain(parts(pattern), parts(name));
      assertThat(NamePattern.parse(pattern).matches(LogicalName.parse(name)))
          .as("%s of %s, seed %d", name, pattern, seed)
          .isEqualTo(plain);
      matched += plain ? 1 : 0;
    }
    assertThat(matched).isGreaterThan(1_000);
  }

  private static String path(Random random, List<String> letters) {
    StringBuilder path = new StringBuilder();
    int segments = 1 + random.nextInt(5);
    for (int i = 0; i < segments; i++) {
      path.append('/');
      int length = 1 + random.nextInt(4);
      for (int j = 0; j < length; j++) {
        path.append(letters.get(random.nextInt(letters.size())));
      }
    }
    return path.toString();
  }

  private static List<String> parts(String path) {
    return List.of(path.substring(1).split("/"));
  }

  private static boolean plain(List<String> pattern, List<String> name) {
    if (pattern.isEmpty()) {
      return name.isEmpty();
    }
    List<String> rest = pattern.subList(1, pattern.size());
    if (pattern.getFirst().equals("**")) {
      return plain(rest, name) || !name.isEmpty() && plain(pattern, name.subList(1, name.size()));
    }
    return !name.isEmpty()
        && plain(pattern.getFirst().codePoints().toArray(), 0, codes(name.getFirst()), 0)
        && plain(rest, name.subList(1, name.size()));
  }

  private static int[] codes(String text) {
    return text.codePoints().toArray();
  }

  private static boolean plain(int[] pattern, int p, int[] name, int n) {
    if (p == pattern.length) {
      return n == name.length;
    }
    return switch (pattern[p]) {
      case '*' ->
          plain(pattern, p + 1, name, n) || n < name.length && plain(pattern, p, name, n + 1);
      case '?' -> n < name.length && plain(pattern, p + 1, name, n + 1);
      default -> n < name.length && pattern[p] == name[n] && plain(pattern, p + 1, name, n + 1);
    };
  }
}
