package dev.firn.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;

/// Looks host names up and keeps the addresses that a filter allows.
final class FilteringResolver implements SocketAddressResolver {
  private final Executor executor;
  private final AddressFilter filter;

  FilteringResolver(Executor executor, AddressFilter filter) {
    this.executor = executor;
    this.filter = filter;
  }

  @Override
  public void resolve(
      String host,
      int port,
      Map<String, Object> context,
      Promise<List<InetSocketAddress>> promise) {
    executor.execute(() -> {
      try {
        promise.succeeded(allowed(host, port));
      } catch (IOException e) {
        promise.failed(e);
      }
    });
  }

  private List<InetSocketAddress> allowed(String host, int port) throws IOException {
    List<InetSocketAddress> allowed = new ArrayList<>();
    for (InetAddress address : InetAddress.getAllByName(host)) {
      if (filter.allows(host, port, address)) {
        allowed.add(new InetSocketAddress(address, port));
      }
    }
    if (allowed.isEmpty()) {
      throw new IOException("no address of " + host + " may be connected to");
    }
    return allowed;
  }
}
