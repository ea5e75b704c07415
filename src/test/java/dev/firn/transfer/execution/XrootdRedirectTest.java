package dev.firn.transfer.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.door.PeerPolicy;
import dev.firn.door.XrootdPeer;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.World;
import dev.firn.transfer.execution.Destinations.Expected;
import dev.firn.transfer.execution.Destinations.Finding;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.SiteFetcher;
import dev.firn.transfer.site.SiteFetcher.Strangers;
import dev.firn.transfer.site.Sites;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Two real XRootD servers: one that has the file, and one that sends its callers there.
class XrootdRedirectTest {
  private static final byte[] BYTES = "the bytes of a file".getBytes(StandardCharsets.UTF_8);

  @Test
  void aFileBehindARedirectorIsLookedAtAndReadAtItsDataServer() throws Exception {
    try (XrootdPeer data = XrootdPeer.start();
        XrootdPeer redirector = XrootdPeer.startRedirecting(data.port);
        HttpFetcher plain = HttpClients.create(HttpClients.Config.trusting())) {
      Request put = Request.of("PUT", URI.create(data.url("f"))).withBody(BodySource.bytes(BYTES));
      try (var response = plain.send(put)) {
        assertThat(response.status()).isBetween(200, 204);
      }
      URI url = URI.create("http://localhost:" + redirector.port);
      Site unnamed =
          new Site(new SiteName("desy"), url, url.toString(), Site.Kind.WEBDAV, false, true);
      Site named = unnamed.withRedirectHosts(List.of("localhost:" + data.port));
      Place place = new Place(unnamed.name(), LogicalName.parse("/f"));
      Expected expected = new Expected(BYTES.length, World.sums(BYTES));
      Finding refused = destinations(unnamed, plain).look(unnamed, place, expected);
      assertThat(refused)
          .isInstanceOfSatisfying(
              Finding.CannotTell.class,
              f -> {
                assertThat(f.failure()).isEqualTo(FailureClass.REFUSED);
                assertThat(f.reason()).contains("redirect-hosts").contains(":" + data.port);
              });
      HttpDestinations followed = destinations(named, plain);
      assertThat(followed.look(named, place, expected))
          .isInstanceOfSatisfying(Finding.Right.class, f -> assertThat(f.by()).isEqualTo("digest"));
      assertThat(followed.read(named, place, expected))
          .isInstanceOfSatisfying(
              Finding.Right.class, f -> assertThat(f.by()).isEqualTo("read back"));
    }
  }

  private static HttpDestinations destinations(Site site, HttpFetcher plain) {
    Strangers strangers = new Strangers(plain, PeerPolicy.PUBLIC_ONLY::allowsRedirect);
    return new HttpDestinations(
        new SiteFetcher(new Sites(List.of(site)), plain, strangers),
        TransferTokens.NONE,
        Duration.ofSeconds(10));
  }
}
