package dev.firn.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every hostile case has a test that can be found, or a sentence that says why it has none.
///
/// `cases.txt` names for each id a test class whose source shows the id (alone or within a range,
/// `C20-C28`), a `Class.method`, or begins the reason with `open:` or `does not apply:`.
class SecurityCasesTest {
  private static final Map<String, Integer> GROUPS =
      Map.ofEntries(
          Map.entry("A", 25),
          Map.entry("B", 14),
          Map.entry("C", 42),
          Map.entry("D", 15),
          Map.entry("E", 20),
          Map.entry("F", 15),
          Map.entry("G", 28),
          Map.entry("H", 14),
          Map.entry("I", 9),
          Map.entry("J", 12),
          Map.entry("K", 13),
          Map.entry("L", 8));
  private static final Pattern SHOWN = Pattern.compile("([A-L])(\\d{1,2})(?:-\\1?(\\d{1,2}))?");

  private static Map<String, String> cases() throws IOException {
    Map<String, String> cases = new HashMap<>();
    for (String line : Files.readAllLines(Path.of("src/test/resources/dev/firn/token/cases.txt"))) {
      if (!line.startsWith("#")) {
        String[] parts = line.split(" ", 2);
        assertThat(cases.put(parts[0], parts[1])).as(parts[0] + " twice").isNull();
      }
    }
    return cases;
  }

  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        String name = String.valueOf(file.getFileName()).replace(".java", "");
        sources.merge(name, Files.readString(file), String::concat);
      }
    }
    return sources;
  }

  @Test
  void everyCaseIsThere() throws IOException {
    List<String> all = new ArrayList<>();
    GROUPS.forEach((group, last) -> {
      for (int i = 1; i <= last; i++) {
        all.add(group + i);
      }
    });
    assertThat(all).hasSize(215);
    assertThat(cases().keySet()).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void everyNamedTestExistsAndShowsItsCase() throws IOException {
    Map<String, String> sources = sources();
    List<String> wrong = new ArrayList<>();
    cases()
        .forEach((id, where) -> {
          if (where.startsWith("open: ") || where.startsWith("does not apply: ")) {
            return;
          }
          for (String test : where.split(", ")) {
            String[] parts = test.split("\\.");
            String source = sources.getOrDefault(parts[0], "");
            boolean held =
                parts.length == 2 ? source.contains("void " + parts[1] + "(") : shows(source, id);
            if (!held) {
              wrong.add(id + " " + test);
            }
          }
        });
    assertThat(wrong).isEmpty();
  }

  private static boolean shows(String source, String id) {
    String group = id.substring(0, 1);
    int number = Integer.parseInt(id.substring(1));
    Matcher shown = SHOWN.matcher(source);
    while (shown.find()) {
      int first = Integer.parseInt(shown.group(2));
      int last = shown.group(3) == null ? first : Integer.parseInt(shown.group(3));
      if (shown.group(1).equals(group) && first <= number && number <= last) {
        return true;
      }
    }
    return false;
  }
}
