package dev.firn.issuer;

import dev.firn.token.file.SecretFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;

/// An operator's token in a file of mode 0600, renewed while the server runs.
///
/// The file is replaced as a whole, so that a reader finds the old token or the new one. Clients
/// find it as `BEARER_TOKEN_FILE`. Not safe for use by several threads at once.
public final class TokenFile {
  /// Everything below `/`, and administering.
  public static final List<String> OPERATOR_SCOPES =
      List.of("storage.read:/", "storage.modify:/", "storage.stage:/", "firn.admin");

  private final Path file;
  private final TokenSigner signer;
  private final TokenRequest request;
  private Instant renewAt = Instant.MIN;
  private String token = "";

  public TokenFile(Path file, TokenSigner signer, TokenRequest request) {
    this.file = file;
    this.signer = signer;
    this.request = request;
  }

  /// An operator's token of one hour.
  ///
  /// @param audiences of this server and of the others it shall open, the token's own server first
  public static TokenFile operator(Path file, TokenSigner signer, List<String> audiences) {
    return new TokenFile(
        file,
        signer,
        new TokenRequest("operator", "firn", audiences, OPERATOR_SCOPES, Duration.ofHours(1)));
  }

  public Path path() {
    return file;
  }

  /// [#renewIfDue(Instant, Predicate)] when the token is good as long as it lives.
  public boolean renewIfDue(Instant now) throws IOException {
    return renewIfDue(now, text -> true);
  }

  /// Writes a fresh token when none was written yet by this object, half of its life is over, or it
  /// was taken back: whoever takes back too much must be able to set it right.
  ///
  /// @param now by the signer's clock
  /// @param opens whether this server still accepts a token
  /// @return whether the file was replaced
  /// @throws IOException when it cannot be; the old token, if any, is still there
  public boolean renewIfDue(Instant now, Predicate<String> opens) throws IOException {
    if (now.isBefore(renewAt) && opens.test(token)) {
      return false;
    }
    token = signer.sign(request);
    SecretFile.replace(file, token + "\n");
    renewAt = now.plus(request.lifetime().dividedBy(2));
    return true;
  }
}
