package dev.firn.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.archive.ArchiveCare;
import dev.firn.archive.AuditSchedule;
import dev.firn.model.ByteSize;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.AccessRule;
import dev.firn.token.Audit;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.Right;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {
  private static final String DOOR =
      """
      [site]
      name = "nersc"
      url = "https://localhost:9443"

      [[issuers]]
      url = "https://localhost:8443"
      """;

  @TempDir Path dir;

  @Test
  void aDoorNeedsOnePageAndNoDatabase() throws IOException {
    SiteConfig site = SiteConfig.from(read(DOOR));
    assertThat(site.hub()).isEmpty();
    assertThat(site.door().listen().getPort()).isEqualTo(8443);
    assertThat(site.door().storage()).isEqualTo(dir.resolve("storage"));
    assertThat(site.issuers()).singleElement().matches(i -> i.reach().bases().getFirst().isRoot());
  }

  @Test
  void issuersReachAndRulesAreRead() throws IOException {
    SiteConfig site =
        SiteConfig.from(
            read(
                DOOR
                    + """
                    base = "/data/exp"
                    profiles = ["generic"]
                    groups-claim = "roles"
                    ceiling = ["read"]

                    [[rules]]
                    path = "/data/exp"
                    rights = ["read"]
                    issuer = "https://localhost:8443"
                    group = "/icecube"

                    [[rules]]
                    path = "/data/user/{sub}"
                    rights = ["read", "modify"]
                    issuer = "https://localhost:8443"

                    [[rules]]
                    effect = "deny"
                    path = "/data"
                    rights = ["modify"]
                    except = ["/data/user"]
                    """));
    assertThat(site.issuers().getFirst().reach().ceiling()).containsExactly(Right.READ);
    assertThat(site.issuers().getFirst().acceptance().groupsClaim()).isEqualTo("roles");
    assertThat(site.rules().stream().map(AccessRule::allow)).containsExactly(true, true, false);
    AccessPolicy policy = AccessPolicy.of(List.of(), site.rules());
    Caller alice = Caller.of("https://localhost:8443", "alice", "");
    LogicalName own = LogicalName.parse("/data/user/alice/x");
    assertThat(policy.decide(alice, Operation.PUT_NEW, own, TargetState.ABSENT).granted()).isTrue();
    policy.recording(Audit.NONE).replace(List.of());
    assertThat(policy.decide(alice, Operation.PUT_NEW, own, TargetState.ABSENT).granted())
        .isFalse();
  }

  @Test
  void aHubReadsItsRemotesAndDurations() throws IOException {
    SiteConfig site =
        SiteConfig.from(
            read(
                """
                [site]
                name = "madison"
                url = "https://localhost:8443/"
                hub = true
                [transfer]
                retry-delay = "10 min"
                [archive]
                bundle-size = "20 MB"
                [[remotes]]
                name = "nersc"
                url = "https://localhost:9443"
                pulls = false
                """));
    SiteConfig.Hub hub = site.hub().orElseThrow();
    assertThat(site.url().toString()).isEqualTo("https://localhost:8443");
    assertThat(hub.transfers().retryDelay()).isEqualTo(Duration.ofMinutes(10));
    assertThat(hub.archive().bundleSize().bytes()).isEqualTo(20_000_000);
    assertThat(hub.remotes()).singleElement().matches(r -> !r.pulls() && r.kind().equals("firn"));
  }

  @Test
  void aRemoteIsLookedAfterAsTheArchiveSaysOrByWordsOfItsOwn() throws IOException {
    SiteConfig.Hub hub =
        SiteConfig.from(
                read(
                    """
                    [site]
                    name = "madison"
                    url = "https://localhost:8443/"
                    hub = true
                    [archive]
                    audit-per-day = "11 TB"
                    sample-percent = 2
                    custody = "digest"
                    [[remotes]]
                    name = "nersc"
                    url = "https://localhost:9443"
                    [[remotes]]
                    name = "desy"
                    url = "https://localhost:9444"
                    audit-per-day = "3 TB"
                    sample-per-day = "100 GB"
                    sample-every = "30 d"
                    custody = "adler32"
                    """))
            .hub()
            .orElseThrow();
    ArchiveCare usual = hub.archive().care();
    assertThat(usual.full().perDay().bytes()).isEqualTo(11_000_000_000_000L);
    assertThat(usual.custody()).isEqualTo(ArchiveCare.Custody.DIGEST);
    assertThat(hub.remotes().getFirst().care()).isEqualTo(usual);
    ArchiveCare desy = hub.remotes().getLast().care();
    assertThat(desy.full())
        .isEqualTo(new AuditSchedule(ByteSize.parse("3 TB"), Duration.ofDays(365)));
    assertThat(desy.sampled())
        .isEqualTo(new AuditSchedule(ByteSize.parse("100 GB"), Duration.ofDays(30)));
    assertThat(desy.percent()).isEqualTo(2);
    assertThat(desy.custody()).isEqualTo(ArchiveCare.Custody.ADLER32);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[site]\\nname = 'a'\\nurl = 'https://h'\\nhub = true\\n[archive]\\ncustody = 'hope' | archive.custody: read-back, digest or adler32",
        "[site]\\nname = 'a'\\nurl = 'https://h'\\nhub = true\\n[archive]\\nsample-percent = 0 | archive.sample-percent: 1 to 100",
        "[site]\\nurl = 'https://h'                                     | site.name: is required",
        "[site]\\nname = 'a'\\nurl = 'https://h'\\n[door]\\nliste = 'x'  | door.liste: no such key",
        "[site]\\nname = 'a'\\nurl = 'https://h'\\nhub = 'yes'           | site.hub: expected true or false",
        "[site]\\nname = 'A b'\\nurl = 'https://h'                       | site.name: a site name is",
        "[site]\\nname = 'a'\\nurl = 'https://h/x'                       | site.url: a base URL is",
        "[site]\\nname = 'a'\\nurl = 'https://h'\\n[door]\\nopen = true\\nlisten = '0.0.0.0:1' | door.open: an open door is for loopback",
        "[site]\\nname = 'a'\\nurl = 'https://h'\\n[door]\\nhttp-listen = '0.0.0.0:1' | door.http-listen: plain HTTP is for loopback",
        "[site]\\nname = 'a'\\nurl = 'https://h'\\n[archive]\\nbundle-age = '1 year' | archive.bundle-age: expected duration",
        "[site]\\nname = 'a'\\nurl = 'https://h'\\n[[rules]]\\npath = '/x'\\nrights = ['own'] | rules[0].rights: read, create",
        "[site]\\nname = 'a'\\nurl = 'https://h'\\n[[rules]]\\npath = '/x'\\nrights = ['read']\\ngroup = 'g' | rules[0].issuer: a group",
        "[site]\\nname = 'a'\\nurl = 'https://h'\\n[[rules]]\\npath = '/x'\\nrights = [] | names no right",
        "[site\\nname                                                   | not TOML"
      })
  void whatIsWrongIsSaidWithItsPlace(String toml, String message) {
    assertThatThrownBy(() -> SiteConfig.from(read(toml.strip().replace("\\n", "\n"))))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("firn.toml")
        .hasMessageContaining(message.strip());
  }

  @Test
  void showingAFileNamesEveryKeyInForce() throws IOException {
    assertThat(read(DOOR).show())
        .contains("site.name = \"nersc\"\n")
        .contains("issuers[0].base = \"/\"   # default\n");
  }

  @Test
  void theReferencePageIsTrue() throws IOException {
    assertThat(Files.readString(Path.of("docs/configuration.md"))).isEqualTo(ConfigKey.page());
  }

  private ConfigFile read(String toml) throws IOException {
    return ConfigFile.read(Files.writeString(dir.resolve("firn.toml"), toml));
  }
}
