package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.util.Promise;
import org.junit.jupiter.api.Test;

/// A name may stand for many addresses: each is judged, and only those that may be connected to are
/// handed on.
class FilteringResolverTest {
  private final List<InetAddress> judged = new ArrayList<>();

  private List<InetSocketAddress> resolve(AddressFilter filter) {
    Promise.Completable<List<InetSocketAddress>> answer = new Promise.Completable<>();
    new FilteringResolver(
            Runnable::run,
            (host, port, address) -> {
              judged.add(address);
              return filter.allows(host, port, address);
            })
        .resolve("localhost", 443, Map.of(), answer);
    return answer.join();
  }

  @Test
  void everyAddressOfANameIsJudgedAndOnlyTheAllowedAreUsed() throws IOException {
    InetAddress[] all = InetAddress.getAllByName("localhost");
    assertThat(resolve((host, port, address) -> address.equals(all[0])))
        .containsExactly(new InetSocketAddress(all[0], 443));
    assertThat(judged).containsExactly(all);
  }

  @Test
  void nameWithoutAnAllowedAddressIsNotConnectedTo() {
    assertThatThrownBy(() -> resolve((host, port, address) -> false))
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("no address of localhost may be connected to");
  }
}
