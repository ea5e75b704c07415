package dev.firn.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPathTest {
  @ParameterizedTest(name = "C20-C28, C31-C34, C37: {0}")
  @ValueSource(
      strings = {
        "/foo/../bar",
        "/foo/..",
        "/..",
        "/.",
        "/foo/./bar", // C20
        "/foo/%2e%2e/bar",
        "/foo/%2E%2e",
        "/%2e",
        "/foo/.%2e", // C21
        "/foo/..%2fbar",
        "/..%2F", // C22
        "/foo%2fbar",
        "/%2F", // C23
        "/foo%5cbar",
        "/foo\\bar", // C24
        "/foo%00",
        "/foo%00.txt", // C25
        "/%c0%ae%c0%ae/x",
        "/%c0%af",
        "/%e0%80%ae",
        "/%ed%a0%80",
        "/%ff",
        "/%c3", // C26
        "/%u002e%u002e/x",
        "/%",
        "/%2",
        "/%zz",
        "/%+1",
        "/% 1",
        "/%-1", // C27
        "https://other.example/foo",
        "foo",
        "",
        "*", // C31, C32
        "/foo#bar",
        "/foo?bar", // C33
        "/foo%0d%0aSet-Cookie:x",
        "/foo%7f",
        "/foo%1b[2J", // C37
        "/foo bar",
        "/f\u00f6\u00f6",
        "/foo\tbar",
        "/\uD800",
        "/\u0660%\u0661\u0661"
      })
  void hostileTargetsAre400(String raw) {
    assertThatThrownBy(() -> RequestPath.decode(raw))
        .isInstanceOfSatisfying(
            HttpProblem.class,
            p -> {
              assertThat(p.status()).isEqualTo(400);
              assertThat(p.code()).isEqualTo("bad-path");
            });
  }

  @Test
  void semicolonsAreOrdinaryC28() {
    assertThat(RequestPath.decode("/foo;x=..;/bar").segments()).containsExactly("foo;x=..;", "bar");
    assertThat(RequestPath.decode("/..;/bar").segments()).containsExactly("..;", "bar");
  }

  @Test
  void runsOfSlashesAreOneC30() {
    assertThat(RequestPath.decode("///foo//bar/").segments()).containsExactly("foo", "bar");
    assertThat(RequestPath.decode("//")).isEqualTo(LogicalName.ROOT);
    assertThat(RequestPath.namesDirectory("/foo/")).isTrue();
    assertThat(RequestPath.namesDirectory("/foo")).isFalse();
  }

  @Test
  void lengthsAreLimitedC34() {
    String segment = "x".repeat(255);
    assertThat(RequestPath.decode("/" + segment).lastSegment()).hasSize(255);
    assertRefused("/" + segment + "x");
    assertThat(RequestPath.decode(("/" + segment).repeat(16)).segments()).hasSize(16);
    assertRefused(("/" + segment).repeat(17));
    assertRefused("/x".repeat(10_000));
    assertRefused("/" + "%41".repeat(256));
  }

  @Test
  void nothingIsDecodedTwice() {
    assertThat(RequestPath.decode("/%252e%252e/x").segments()).containsExactly("%2e%2e", "x");
    assertThat(RequestPath.decode("/a%252fb").segments()).containsExactly("a%2fb");
  }

  @Test
  void nothingIsFoldedC35C36C38() {
    LogicalName composed = RequestPath.decode("/caf%C3%A9");
    LogicalName decomposed = RequestPath.decode("/cafe%CC%81");
    assertThat(composed).isNotEqualTo(decomposed);
    assertThat(RequestPath.decode("/Foo")).isNotEqualTo(RequestPath.decode("/foo"));
    assertThat(RequestPath.decode("/CON/a:b/a+b").segments()).containsExactly("CON", "a:b", "a+b");
  }

  @Test
  void messagesDoNotRepeatThePathC37() {
    assertThatThrownBy(() -> RequestPath.decode("/secret%0d%0aX-Evil:1"))
        .message()
        .doesNotContain("\r")
        .doesNotContain("\n");
  }

  @Test
  void encodingIsUndoneByDecoding() {
    Random random = new Random(20261123);
    String letters = "ab.%/\\~;:+= ?#&\"'<>|*é\u0301日😀";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder segment = new StringBuilder();
      for (int n = 1 + random.nextInt(6); n > 0; n--) {
        int[] points = letters.codePoints().filter(c -> c != '/' && c != '\\').toArray();
        segment.appendCodePoint(points[random.nextInt(points.length)]);
      }
      String text = segment.toString();
      if (text.equals(".") || text.equals("..")) {
        continue;
      }
      LogicalName name = new LogicalName(List.of(text, "x"));
      assertThat(RequestPath.decode(RequestPath.encode(name))).isEqualTo(name);
      assertThat(RequestPath.encode(name)).matches("[A-Za-z0-9._~=,:@%/-]+");
    }
  }

  private static void assertRefused(String raw) {
    assertThatThrownBy(() -> RequestPath.decode(raw)).isInstanceOf(HttpProblem.class);
  }
}
