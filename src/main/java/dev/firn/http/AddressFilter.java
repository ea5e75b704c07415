package dev.firn.http;

import java.net.InetAddress;

/// Says which addresses of a host may be connected to. It is asked about the very address that is
/// connected to, so that a name that resolves differently a moment later gains nothing.
@FunctionalInterface
public interface AddressFilter {
  /// Every address.
  AddressFilter ANY = (host, port, address) -> true;

  boolean allows(String host, int port, InetAddress address);
}
