package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.DigestHeaders;
import dev.firn.http.HttpProblem;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Parsers of what clients send fail with an answer for the client and with nothing else.
class HostileHeadersTest {
  private static final int ROUNDS = 20_000;

  /// Changes a good text here and there.
  private static void mutate(String good, Consumer<String> parser) {
    Random random = new Random(good.hashCode());
    for (int round = 0; round < ROUNDS; round++) {
      StringBuilder text = new StringBuilder(good);
      for (int edits = 1 + random.nextInt(4); edits > 0 && text.length() > 1; edits--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(4)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, (char) random.nextInt(256));
          case 2 -> text.setCharAt(at, good.charAt(random.nextInt(good.length())));
          default -> text.insert(at, text.substring(at));
        }
      }
      try {
        parser.accept(text.toString());
      } catch (HttpProblem problem) {
        assertThat(problem.status()).isBetween(400, 499);
      }
    }
  }

  @Test
  void ifHeader() {
    mutate(
        "<http://h/data/x> (<urn:uuid:1> [\"tag\"]) (Not <DAV:no-lock> [W/\"t\"])",
        IfHeader::parse);
  }

  @Test
  void xmlBodies() {
    mutate(
        "<?xml version='1.0'?><d:propfind xmlns:d='DAV:' a='b'><d:prop><x xmlns='u'>&lt;</x></d:prop></d:propfind>",
        text -> XmlElement.parse(text.getBytes(StandardCharsets.ISO_8859_1)).markup());
  }

  @Test
  void digests() {
    mutate(
        "adler32=0aff020e, md5=1B2M2Y8AsgTpgAmY7PhCfg==",
        t -> DigestHeaders.parseDigest(List.of(t)));
    mutate(
        "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, adler=:Cv8CDg==:",
        t -> DigestHeaders.parseReprDigest(List.of(t)));
    mutate("adler32;q=0.5, sha-256", t -> DigestHeaders.wantDigest(List.of(t)));
    mutate("sha-256=10, adler=1", t -> DigestHeaders.wantReprDigest(List.of(t)));
  }

  @Test
  void peers() {
    mutate("https://127.0.0.1:1094/data/x?authz=1", PeerPolicy.PUBLIC_ONLY::vet);
  }

  @Test
  void billionLaughsAreNotTold() {
    StringBuilder bomb = new StringBuilder("<!DOCTYPE l [<!ENTITY a0 'ha'>");
    for (int i = 1; i < 40; i++) {
      bomb.append("<!ENTITY a%d '&a%d;&a%d;'>".formatted(i, i - 1, i - 1));
    }
    bomb.append("]><l>&a39;</l>");
    Assertions.assertThatThrownBy(
            () -> XmlElement.parse(bomb.toString().getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(HttpProblem.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "::1",
        "0.0.0.0",
        "169.254.169.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "fd00::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::",
        "::7f00:1",
        "192.0.0.1"
      })
  void addressesInsideAreNotPublic(String address) throws Exception {
    assertThat(PeerPolicy.isPublic(InetAddress.getByName(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"128.104.255.251", "2001:67c:2e8:22::c100:68b", "1.1.1.1", "64:ff9b::101:101"})
  void addressesOutsideArePublic(String address) throws Exception {
    assertThat(PeerPolicy.isPublic(InetAddress.getByName(address))).isTrue();
  }

  @Test
  void connectionGoesOnlyToAnAllowedAddress() throws Exception {
    PeerPolicy policy = PeerPolicy.PUBLIC_ONLY.trusting("store.example:8443");
    InetAddress inside = InetAddress.getByName("10.0.0.1");
    assertThat(policy.allowsAddress("store.example", 8443, inside)).isTrue();
    assertThat(policy.allowsAddress("Store.Example", 8443, inside)).isTrue();
    assertThat(policy.allowsAddress("store.example", 443, inside)).isFalse();
    assertThat(policy.allowsAddress("evil.example", 443, inside)).isFalse();
  }
}
