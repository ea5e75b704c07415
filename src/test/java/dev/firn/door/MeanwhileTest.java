package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.HttpProblem;
import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.AreaNotes;
import dev.firn.storage.ForwardingArea;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What others do to a name between the first question about it and the last.
class MeanwhileTest {
  private static final String LOCK =
      "<lockinfo xmlns=\"DAV:\"><lockscope><exclusive/></lockscope><locktype><write/></locktype>"
          + "</lockinfo>";

  /// Something done by somebody else at some moment.
  @FunctionalInterface
  private interface Deed {
    void run() throws IOException;
  }

  @TempDir Path directory;
  private TestSite site;
  private Asking door;
  private Deed beforeChecksums = () -> {};
  private Deed whenStored = () -> {};
  private boolean notesFail;
  private final List<String> moved = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    TestSite.Options options = new TestSite.Options();
    options.wrapper = Watched::new;
    options.registrar = new Refusing();
    site = TestSite.start(directory, options);
    door = new Asking(site.plainPort());
  }

  @AfterEach
  void stop() throws IOException {
    site.close();
  }

  private final class Watched extends ForwardingArea {
    Watched(StorageArea area) {
      super(area);
    }

    @Override
    public Checksums checksums(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
      beforeChecksums.run();
      return super.checksums(name, wanted);
    }

    @Override
    public AreaNotes notes() {
      AreaNotes notes = super.notes();
      return new AreaNotes() {
        @Override
        public void put(String key, byte[] text) throws IOException {
          if (notesFail) {
            throw new IOException("no room for notes");
          }
          notes.put(key, text);
        }

        @Override
        public void remove(String key) throws IOException {
          notes.remove(key);
        }

        @Override
        public void each(Visitor visitor) throws IOException {
          notes.each(visitor);
        }
      };
    }
  }

  private final class Refusing implements Registrar {
    @Override
    public void stored(
        LogicalName name, long size, Checksums checksums, boolean replaced, String who)
        throws IOException {
      if (name.lastSegment().equals("refused") && !replaced) {
        whenStored.run();
        throw new HttpProblem(409, "already-registered", "no");
      }
    }

    @Override
    public void removed(LogicalName name, String who) {}

    @Override
    public void moved(LogicalName from, LogicalName to, String who) {
      moved.add(from + " to " + to);
    }
  }

  /// Begins a PUT of ten bytes, and ends it when the deed is done.
  private Answer put(String path, String headers, Deed deed) throws IOException {
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send(
          "PUT "
              + path
              + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n"
              + headers
              + "\r\n");
      assertThat(client.answer().status()).isEqualTo(100);
      client.send("01234");
      deed.run();
      client.send("56789");
      return client.answer();
    }
  }

  @Test
  void aBodyThatCanHaveNoPlaceIsNotAskedFor() throws IOException {
    assertPut("/data/f", "a file");
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send(
          "PUT /data/f/below/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n"
              + "Expect: 100-continue\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(409);
    }
  }

  private void assertPut(String path, String content) throws IOException {
    assertThat(door.put(path, content).status()).isIn(201, 204);
  }

  @Test
  void aConditionHoldsUntilTheLastByte() throws IOException {
    assertPut("/data/f", "first");
    String tag = door.ask("HEAD", "/data/f").header("ETag").orElseThrow();
    String condition = "If-Match: " + tag + "\r\n";
    Answer late = put("/data/f", condition, () -> assertPut("/data/f", "second"));
    assertThat(late.status()).isEqualTo(412);
    assertThat(door.ask("GET", "/data/f").text()).isEqualTo("second");
    String now = door.ask("HEAD", "/data/f").header("ETag").orElseThrow();
    assertThat(put("/data/f", "If-Match: " + now + "\r\n", () -> {}).status()).isEqualTo(204);
  }

  @Test
  void whatSomebodyLocksIsNotReplacedByABodyThatWasOnItsWay() throws IOException {
    assertPut("/data/f", "first");
    Deed lock =
        () ->
            assertThat(door.send("LOCK", "/data/f", LOCK.getBytes(StandardCharsets.UTF_8)).status())
                .isEqualTo(200);
    assertThat(put("/data/f", "", lock).status()).isEqualTo(423);
    assertThat(door.ask("GET", "/data/f").text()).isEqualTo("first");
  }

  @Test
  void aFileWhoseRecordIsRefusedGoesUnlessItIsAnotherByThen() throws IOException {
    assertThat(door.put("/data/refused", "mine").status()).isEqualTo(409);
    assertThat(door.ask("HEAD", "/data/refused").status()).isEqualTo(404);
    whenStored = () -> assertPut("/data/refused", "another's");
    assertThat(door.put("/data/refused", "mine").status()).isEqualTo(409);
    assertThat(door.ask("GET", "/data/refused").text()).isEqualTo("another's");
  }

  @Test
  void theDigestToldIsOfTheBytesThatAreSent() throws IOException {
    Files.writeString(site.files.resolve("f"), "first");
    beforeChecksums =
        () -> {
          beforeChecksums = () -> {};
          assertPut("/data/f", "second");
        };
    Answer first = door.ask("GET", "/data/f", "Want-Digest: md5");
    assertThat(first.text()).isEqualTo("first");
    assertThat(first.header("Digest")).isEmpty();
    Answer second = door.ask("GET", "/data/f", "Want-Digest: md5");
    assertThat(second.header("Digest")).hasValue("md5=qfDmGhN9hqqdtTRl4IAWEg==");
  }

  @Test
  void whatWasMovedIsRecordedAlsoWhereItsPropertiesCannotFollow() throws IOException {
    assertPut("/data/f", "bytes");
    String set =
        "<propertyupdate xmlns=\"DAV:\" xmlns:x=\"urn:x\"><set><prop><x:a>1</x:a></prop></set>"
            + "</propertyupdate>";
    assertThat(door.send("PROPPATCH", "/data/f", set.getBytes(StandardCharsets.UTF_8)).status())
        .isEqualTo(207);
    notesFail = true;
    assertThat(door.ask("MOVE", "/data/f", "Destination: /data/g").status()).isEqualTo(500);
    assertThat(door.ask("GET", "/data/g").text()).isEqualTo("bytes");
    assertThat(moved).containsExactly("/data/f to /data/g");
  }
}
