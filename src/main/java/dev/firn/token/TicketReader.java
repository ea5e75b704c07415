package dev.firn.token;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// Reads bearer credentials that are not signed tokens: the tickets a door mints itself.
public interface TicketReader {
  /// Whether a credential is one of these, by its form alone.
  boolean looksLike(String credential);

  /// The caller whom a sound ticket makes; expiry and revocation are checked by who asks.
  ///
  /// @param from whence the request came; null when that is not known
  Caller read(String credential, @Nullable InetAddress from) throws InvalidToken;
}
