package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.door.admission.Admission;
import dev.firn.door.admission.Calendar;
import dev.firn.door.admission.Limit;
import dev.firn.door.admission.Network;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.RawClient;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who connects too often, and from where, before anybody says who he is. Linux answers for all of
/// 127.0.0.0/8.
class ConnectionBoundsTest {
  private final Admission admission = new Admission(8, List.of(), Clock.systemUTC());
  private final List<RawClient> clients = new ArrayList<>();
  private final HttpServer server = start();

  private HttpServer start() {
    HttpServerConfig.Clients bounds =
        HttpServerConfig.Clients.of(40, 1024, Duration.ofMinutes(1))
            .withMostOfOne(4)
            .withDoorman(admission);
    try {
      return HttpServer.start(
          HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .withClients(bounds),
          exchange -> exchange.respond(204));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void stop() throws IOException {
    for (RawClient client : clients) {
      client.close();
    }
    server.close();
  }

  /// Opens a connection from an address and asks on it.
  private RawClient.Answer ask(String from) throws IOException {
    InetAddress to = InetAddress.getLoopbackAddress();
    RawClient client =
        new RawClient(new Socket(to, server.plainPort(), InetAddress.getByName(from), 0));
    clients.add(client);
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    return client.answer();
  }

  private void limit(int most) {
    Limit.About about =
        new Limit.About(
            Optional.empty(), LogicalName.ROOT, "", List.of(Network.parse("127.0.2.0/24")));
    admission.replace(
        List.of(new Limit("cluster", about, new Limit.Most(0, 0, most), Calendar.always(0))));
  }

  @Test
  void oneAddressLeavesConnectionsToOthers() throws Exception {
    for (int i = 0; i < 4; i++) {
      assertThat(ask("127.0.0.1").status()).isEqualTo(204);
    }
    RawClient.Answer refused = ask("127.0.0.1");
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.header("Retry-After")).isPresent();
    assertThat(refused.text()).contains("of this address");
    assertThat(ask("127.0.0.2").status()).isEqualTo(204);
  }

  @Test
  void aSiteHasItsLimitWhateverItsAddresses() throws Exception {
    limit(3);
    for (int i = 1; i <= 3; i++) {
      assertThat(ask("127.0.2." + i).status()).isEqualTo(204);
    }
    RawClient.Answer refused = ask("127.0.2.4");
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.header("Retry-After")).isPresent();
    assertThat(refused.text()).contains("cluster");
    assertThat(ask("127.0.3.1").status()).isEqualTo(204);
    // The same limit, read again, goes on with what it counted.
    limit(3);
    assertThat(ask("127.0.2.5").status()).isEqualTo(503);
    limit(9);
    assertThat(ask("127.0.2.6").status()).isEqualTo(204);
  }

  @Test
  void whoHasClosedMayComeAgain() throws Exception {
    for (int i = 0; i < 4; i++) {
      ask("127.0.0.1");
    }
    clients.getFirst().close();
    int status = 503;
    for (int i = 0; i < 500 && status == 503; i++) {
      Thread.sleep(10);
      status = ask("127.0.0.1").status();
      clients.removeLast().close();
    }
    assertThat(status).isEqualTo(204);
  }
}
