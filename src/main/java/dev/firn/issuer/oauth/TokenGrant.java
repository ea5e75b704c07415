package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/// One way to a token: decides on a request to the token endpoint.
interface TokenGrant {
  /// @throws OAuthError when there is no token for it
  Granted decide(Exchange exchange, TokenForm form) throws OAuthError, IOException;

  /// A token that may be had.
  ///
  /// @param event what the audit log calls it
  /// @param also further members of the answer
  /// @param afterwards told of the token before it is handed out
  record Granted(
      String event,
      TokenRequest request,
      Map<String, Object> also,
      Consumer<TokenSigner.Signed> afterwards) {
    Granted(String event, TokenRequest request, Map<String, Object> also) {
      this(event, request, also, signed -> {});
    }
  }
}
