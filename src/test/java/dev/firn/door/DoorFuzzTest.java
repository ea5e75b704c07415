package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.ByteRanges;
import dev.firn.http.DigestHeaders;
import dev.firn.http.Fuzz;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Hostile input for every parser of the door, alone and through a door that is served. Whatever
/// comes, it is understood or refused with a 4xx, the server stands, and nothing is outside the
/// area.
class DoorFuzzTest {
  private static final List<String> TARGETS =
      List.of(
          "/data/exp/IceCube/2023/run%20001.i3.zst",
          "/data/%e9%9b%aa/%F0%9F%8F%94",
          "/data//a///b/",
          "/data/a%2fb",
          "/data/../etc/passwd",
          "/data/x?authz=token&directread");
  private static final List<String> RANGES =
      List.of("bytes=0-99", "bytes=-5", "bytes=5-", "bytes=0-0,2-2, 4-4 ,-1", "bytes=9-1");
  private static final List<String> BODIES =
      List.of(
          "<?xml version='1.0'?><d:propfind xmlns:d='DAV:'><d:allprop/></d:propfind>",
          "<propfind xmlns='DAV:'><prop><getetag/><x xmlns='urn:x' y='1'>&lt;</x></prop></propfind>",
          "<propertyupdate xmlns='DAV:'><set><prop><a xmlns=''>b<c/></a></prop></set></propertyupdate>");
  private static final List<String> DIGESTS =
      List.of(
          "adler32=0aff020e, md5=1B2M2Y8AsgTpgAmY7PhCfg==",
          "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, adler=:Cv8CDg==:",
          "adler32;q=0.5, sha-256;q=1, *;q=0",
          "sha-256=10, adler=1, unixsum=0");

  @TempDir Path directory;

  /// @return false when the input was refused, which must be a 4xx
  private static boolean accepted(Runnable parser) {
    try {
      parser.run();
      return true;
    } catch (HttpProblem problem) {
      assertThat(problem.status()).isBetween(400, 499);
      return false;
    }
  }

  @Test
  void requestTargets() {
    new Fuzz("targets")
        .run(
            TARGETS,
            target ->
                accepted(() -> {
                  LogicalName name = RequestPath.decode(target);
                  assertThat(name.segments()).doesNotContain("", ".", "..");
                  assertThat(name.toString()).matches("[^\\x00-\\x1f\\x7f\\\\]*");
                  assertThat(RequestPath.decode(RequestPath.encode(name))).isEqualTo(name);
                }));
  }

  @Test
  void ranges() {
    Fuzz fuzz = new Fuzz("ranges");
    fuzz.run(
        RANGES,
        header -> {
          long size = fuzz.random().nextInt(4) == 0 ? 0 : fuzz.random().nextLong(1L << 40);
          if (ByteRanges.parse(header, size) instanceof ByteRanges.Some some) {
            assertThat(some.ranges())
                .isNotEmpty()
                .allSatisfy(r -> {
                  assertThat(r.first()).isBetween(0L, r.last());
                  assertThat(r.last()).isLessThan(size);
                });
          }
        });
  }

  @Test
  void xmlBodies() {
    new Fuzz("xml")
        .run(
            BODIES,
            body ->
                accepted(() -> {
                  String once = XmlElement.parse(body.getBytes(StandardCharsets.UTF_8)).markup();
                  byte[] again = once.getBytes(StandardCharsets.UTF_8);
                  assertThat(XmlElement.parse(again).markup()).isEqualTo(once);
                }));
  }

  @Test
  void digestHeaders() {
    new Fuzz("digests")
        .run(
            DIGESTS,
            text -> {
              List<String> values = List.of(text);
              accepted(() -> DigestHeaders.parseDigest(values));
              accepted(() -> DigestHeaders.parseReprDigest(values));
              accepted(() -> DigestHeaders.wantDigest(values));
              accepted(() -> DigestHeaders.wantReprDigest(values));
            });
  }

  @Test
  void ifHeaders() {
    new Fuzz("if")
        .run(
            List.of("<http://h/data/x> (<urn:uuid:1> [\"tag\"]) (Not <DAV:no-lock> [W/\"t\"])"),
            text -> accepted(() -> IfHeader.parse(text)));
  }

  @Test
  void requestsToADoorThatIsServed() throws Exception {
    Path outside = Files.writeString(directory.resolve("outside"), "untouched");
    try (TestSite site = TestSite.open(Files.createDirectories(directory.resolve("site")))) {
      Asking door = new Asking(site.plainPort());
      door.put("/data/f", "0123456789");
      int port = site.plainPort();
      new Fuzz("live targets").run(TARGETS, 10, target -> standing(port, "PUT", target, "", "x"));
      new Fuzz("live destinations")
          .run(
              List.of(
                  "/data/g",
                  "http://localhost:" + port + "/data/g%20h",
                  "https://door.example/data/x"),
              10,
              value -> standing(port, "COPY", "/data/f", "Destination: " + value, ""));
      new Fuzz("live ranges")
          .run(RANGES, 20, value -> standing(port, "GET", "/data/f", "Range: " + value, ""));
      new Fuzz("live bodies")
          .run(BODIES, 20, body -> standing(port, "PROPFIND", "/data", "Depth: 1", body));
      new Fuzz("live property bodies")
          .run(BODIES, 20, body -> standing(port, "PROPPATCH", "/data/f", "", body));
      assertThat(door.ask("GET", "/data/f").status()).isEqualTo(200);
      assertThat(Files.readString(outside)).isEqualTo("untouched");
      try (Stream<Path> beside = Files.list(directory)) {
        assertThat(beside).containsExactlyInAnyOrder(outside, directory.resolve("site"));
      }
    }
  }

  /// Sends it as it is: the bytes of the input may end the line, the header or the request early.
  private static void standing(int port, String method, String target, String header, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String line = header.isEmpty() ? "" : header + "\r\n";
    String head =
        "%s %s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n"
            .formatted(method, target, port, line, bytes.length);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().write(bytes);
      String answer =
          new String(socket.getInputStream().readNBytes(16 * 1024), StandardCharsets.UTF_8);
      assertThat(answer).matches("(?s)HTTP/1\\.1 [2-5]\\d\\d .*");
      int status = Integer.parseInt(answer.substring(9, 12));
      boolean foreign = status == 502 && answer.contains("foreign-destination");
      boolean unknown = status == 501 || status == 505;
      assertThat(status < 500 || foreign || unknown).as(answer).isTrue();
    }
  }
}
