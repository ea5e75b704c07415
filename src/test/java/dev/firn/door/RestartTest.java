package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What clients were told by one process is true of the next.
class RestartTest {
  private static final String LOCK =
      """
      <lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>
      <owner>shift & more</owner></lockinfo>\
      """
          .replace("&", "&amp;");
  private static final String SET =
      """
      <propertyupdate xmlns="DAV:" xmlns:x="urn:x"><set><prop><x:note>one &lt; two</x:note>
      <x:other/></prop></set></propertyupdate>\
      """;

  @TempDir Path directory;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String token(Answer answer) {
    Matcher matcher =
        Pattern.compile("<(urn:uuid:[^>]+)>").matcher(answer.header("Lock-Token").orElseThrow());
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  @Test
  void lockIsHeldAcrossARestartAndReleasedForGood() throws Exception {
    String token;
    try (TestSite site = TestSite.open(directory)) {
      Asking door = new Asking(site.plainPort());
      door.put("/data/a/f", "one");
      Answer lock = door.send("LOCK", "/data/a", bytes(LOCK), "Timeout: Second-3600");
      assertThat(lock.status()).isEqualTo(200);
      token = token(lock);
    }
    try (TestSite site = TestSite.open(directory)) {
      Asking door = new Asking(site.plainPort());
      assertThat(door.put("/data/a/f", "two").status()).isEqualTo(423);
      assertThat(door.ask("PROPFIND", "/data/a", "Depth: 0").text())
          .contains(token)
          .contains("shift &amp; more")
          .contains("Second-3600");
      assertThat(door.put("/data/a/f", "two", "If: </data/a> (<" + token + ">)").status())
          .isEqualTo(204);
      assertThat(door.ask("UNLOCK", "/data/a", "Lock-Token: <" + token + ">").status())
          .isEqualTo(204);
    }
    try (TestSite site = TestSite.open(directory)) {
      Asking door = new Asking(site.plainPort());
      assertThat(door.put("/data/a/f", "three").status()).isEqualTo(204);
      assertThat(site.files.resolve(".firn/notes/locks")).doesNotExist();
    }
  }

  @Test
  void propertiesFollowTheirFilesAcrossRestarts() throws Exception {
    try (TestSite site = TestSite.open(directory)) {
      Asking door = new Asking(site.plainPort());
      door.put("/data/a/f", "one");
      assertThat(door.send("PROPPATCH", "/data/a/f", bytes(SET)).status()).isEqualTo(207);
      assertThat(door.send("PROPPATCH", "/data/a", bytes(SET)).status()).isEqualTo(207);
    }
    try (TestSite site = TestSite.open(directory)) {
      Asking door = new Asking(site.plainPort());
      assertThat(door.ask("PROPFIND", "/data/a/f", "Depth: 0").text()).contains("one &lt; two");
      assertThat(door.ask("MOVE", "/data/a", "Destination: /data/b").status()).isEqualTo(201);
    }
    try (TestSite site = TestSite.open(directory)) {
      Asking door = new Asking(site.plainPort());
      assertThat(door.ask("PROPFIND", "/data/b", "Depth: 1").text().split("one &lt; two", -1))
          .as("of the directory and of the file")
          .hasSize(3);
      door.put("/data/a/f", "new");
      assertThat(door.ask("PROPFIND", "/data/a/f", "Depth: 0").text()).doesNotContain("urn:x");
      door.ask("DELETE", "/data/b");
      try (var notes = Files.list(site.files.resolve(".firn/notes"))) {
        assertThat(notes).isEmpty();
      }
    }
  }

  @Test
  void damagedNoteCostsItselfOnly() throws Exception {
    try (TestSite site = TestSite.open(directory)) {
      Asking door = new Asking(site.plainPort());
      door.put("/data/f", "one");
      door.send("PROPPATCH", "/data/f", bytes(SET));
      Files.writeString(site.files.resolve(".firn/notes/locks"), "[{]");
      Files.writeString(site.files.resolve(".firn/notes/properties-0"), "{}");
    }
    try (TestSite site = TestSite.open(directory)) {
      Asking door = new Asking(site.plainPort());
      assertThat(door.ask("PROPFIND", "/data/f", "Depth: 0").text()).contains("one &lt; two");
    }
  }
}
