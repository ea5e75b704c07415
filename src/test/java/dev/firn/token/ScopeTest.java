package dev.firn.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.LogicalName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeTest {
  @ParameterizedTest(name = "C1-C4, C7, C14, C15, C17, C30, C35, C36: {0} on {1} is {2}")
  @CsvSource(
      delimiter = ' ',
      value = {
        "/foo /foo true",
        "/foo /foo/bar true",
        "/foo /foo/bar/qux true",
        "/foo /foobar false",
        "/foo /foobar/x false",
        "/foo /fo false",
        "/foo / false",
        "/vo /vo2/x false",
        "/john /johnathan false",
        "/john /johnny/x false",
        "/john /john/ny true",
        "/ / true",
        "/ /anything/below true",
        "/foo/ /foo/bar true",
        "/foo/ /foo false",
        "//foo///bar /foo/bar/x true",
        "/.* /foo false",
        "/.* /.*/x true",
        "/a|/b /b false",
        "/a|/b /a|/b true",
        "/( /(/x true",
        "/(a+)+$ /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! false",
        "/* /foo false",
        "/** /foo/bar false",
        "/Foo /foo false",
        "/caf%C3%A9 /cafe%CC%81 false",
        "/caf%C3%A9 /caf%c3%a9/x true",
        "/a%20b /a%20b/c true",
        "/foo%25bar /foo%25bar/x true"
      })
  void pathsAreComparedBySegments(String scope, String path, boolean covered) {
    Scope read = Scope.parse("storage.read:" + scope);
    assertThat(read.covers(RequestPath.decode(path), false)).isEqualTo(covered);
  }

  @ParameterizedTest(name = "C5, C8-C13, C16: {0}")
  @ValueSource(
      strings = {
        "storage.read",
        "storage.read:",
        "storage.read:foo",
        "storage.read:~/foo",
        "storage.read:/home/user1/..",
        "storage.read:/anything/..",
        "storage.read:/anything/%2e%2e",
        "storage.read:/anything/%2E%2e",
        "storage.read:/anything/%252e%252e",
        "storage.read:/anything/%25252e%25252e",
        "storage.read:/anything/.%252e",
        "storage.read:/./",
        "storage.read:/%2e/",
        "storage.read:/%252E/",
        "storage.read:/a%2Fb",
        "storage.read:/a%252Fb",
        "storage.read:/a%20%252fb",
        "storage.read:/a%5cb",
        "storage.read:/a\\b",
        "storage.read:/a%00",
        "storage.read:/a#b",
        "storage.read:/a?b",
        "storage.read:/%c0%ae%c0%ae",
        "storage.read:https://host/a",
        "storage.write:/a",
        "read:/a",
        "STORAGE.READ:/",
        "storage.readx:/"
      })
  void malformedScopesAreRefused(String scope) {
    assertThatThrownBy(() -> Scope.parse(scope)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theProfilesExamplesHold() {
    Scope create = Scope.parse("storage.create:/foo/bar");
    assertThat(create.covers(RequestPath.decode("/foo/bar"), false)).isTrue();
    assertThat(create.covers(RequestPath.decode("/foo/bar/qux"), false)).isTrue();
    assertThat(create.covers(RequestPath.decode("/foo"), false)).isFalse();
    assertThat(create.covers(RequestPath.decode("/foo/bargain"), false)).isFalse();
    assertThat(create.isBelow(RequestPath.decode("/foo"))).isTrue();
    Scope directory = Scope.parse("storage.create:/foo/bar/");
    assertThat(directory.covers(RequestPath.decode("/foo/bar"), false)).isFalse();
    assertThat(directory.covers(RequestPath.decode("/foo/bar"), true)).isTrue();
    assertThat(directory).hasToString("storage.create:/foo/bar/");
  }

  @Test
  void scopesIncludeOnlyWhatTheyCoverG17() {
    Scope read = Scope.parse("storage.read:/foo");
    assertThat(read.includes(Scope.parse("storage.read:/foo/x"))).isTrue();
    assertThat(read.includes(Scope.parse("storage.read:/foobar"))).isFalse();
    assertThat(read.includes(Scope.parse("storage.read:/"))).isFalse();
    assertThat(read.includes(Scope.parse("storage.modify:/foo"))).isFalse();
    assertThat(read.includes(Scope.parse("storage.create:/foo"))).isFalse();
    Scope modify = Scope.parse("storage.modify:/foo");
    assertThat(modify.includes(Scope.parse("storage.create:/foo/x"))).isTrue();
    assertThat(modify.includes(Scope.parse("storage.read:/foo/x"))).isFalse();
    Scope directory = Scope.parse("storage.read:/foo/");
    assertThat(directory.includes(Scope.parse("storage.read:/foo/"))).isTrue();
    assertThat(directory.includes(Scope.parse("storage.read:/foo"))).isFalse();
  }

  /// An oracle that knows nothing of segments lists: it walks a tree of names from the asked name
  /// up to the root, as a POSIX permission walk would, looking for the scope's own directory.
  @Test
  void matchingAgreesWithATreeWalkK12() {
    long seed = Long.getLong("firn.seed", 20261123L);
    Random random = new Random(seed);
    String[] words = {"a", "b", "ab", "a.", "..a", "A", "*", "%41", "a b", "é", "(", "a|b"};
    for (int i = 0; i < 1_000_000; i++) {
      List<String> scope = words(random, words);
      List<String> name =
          random.nextInt(3) == 0 ? words(random, words) : extended(random, words, scope);
      boolean directoryOnly = random.nextBoolean() && !scope.isEmpty();
      boolean directory = random.nextBoolean();
      String text = RequestPath.encode(new LogicalName(scope)) + (directoryOnly ? "/" : "");
      boolean ours =
          Scope.parse("storage.read:" + text)
              .covers(RequestPath.decode(RequestPath.encode(new LogicalName(name))), directory);
      if (ours != oracle(scope, directoryOnly, name, directory)) {
        throw new AssertionError(
            "seed %d: scope %s, name %s, directory %s".formatted(seed, text, name, directory));
      }
    }
  }

  private static boolean oracle(
      List<String> scope, boolean directoryOnly, List<String> name, boolean directory) {
    TreeSet<String> granted = new TreeSet<>(List.of(inode(scope)));
    List<String> here = new ArrayList<>(name);
    boolean isSelf = true;
    while (true) {
      if (granted.contains(inode(here))) {
        return !isSelf || !directoryOnly || directory;
      }
      if (here.isEmpty()) {
        return false;
      }
      here.removeLast();
      isSelf = false;
    }
  }

  /// A name no two different paths share: lengths before the words.
  private static String inode(List<String> path) {
    StringBuilder out = new StringBuilder();
    path.forEach(word -> out.append(word.length()).append(':').append(word));
    return out.toString();
  }

  private static List<String> words(Random random, String[] words) {
    List<String> list = new ArrayList<>();
    for (int n = random.nextInt(4); n > 0; n--) {
      list.add(words[random.nextInt(words.length)]);
    }
    return list;
  }

  private static List<String> extended(Random random, String[] words, List<String> scope) {
    List<String> name = new ArrayList<>(scope);
    if (!name.isEmpty() && random.nextInt(3) == 0) {
      name.set(name.size() - 1, name.getLast() + "x");
    }
    name.addAll(words(random, words));
    return name;
  }
}
