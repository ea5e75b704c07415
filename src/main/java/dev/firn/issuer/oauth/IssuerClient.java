package dev.firn.issuer.oauth;

import dev.firn.issuer.TokenRequest;
import dev.firn.token.key.KeySource;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/// A client of the issuer: a site's agent that has tokens in its own name, or a program with which
/// people log in. Clients are configured; none registers itself.
///
/// @param proof how it proves who it is
/// @param redirects where a browser may be sent with a code; see [#mayRedirectTo]
/// @param grants what it may ask by: `client_credentials`, `authorization_code`, `refresh_token`,
///   `urn:ietf:params:oauth:grant-type:device_code`
/// @param limits what its tokens may say at most
public record IssuerClient(
    String id, Proof proof, List<String> redirects, Set<String> grants, Limits limits) {
  static final String COMMAND_LINE = "firn";

  /// How a client proves that it is itself.
  public sealed interface Proof {
    /// Not at all: a program on a user's machine, which can keep no secret (RFC 8252).
    record None() implements Proof {}

    /// By a secret of at least 256 random bits, of which this is the hex SHA-256.
    record Secret(String sha256) implements Proof {
      public Secret {
        if (HexFormat.of().parseHex(sha256).length != 32) {
          throw new IllegalArgumentException("not a SHA-256 in hex");
        }
      }

      /// Compares in time that does not depend on the secret.
      boolean matches(String secret) {
        return MessageDigest.isEqual(sha256Of(secret), HexFormat.of().parseHex(sha256));
      }
    }

    /// By a signed assertion (RFC 7523), with one of these keys.
    record Keys(KeySource keys) implements Proof {}
  }

  /// What tokens of a client may say at most.
  ///
  /// @param scopes for a client that acts in its own name all it may have; for one with which
  ///   people log in, empty for whatever the person may have
  /// @param audiences the servers its tokens may be for, the usual one first
  public record Limits(List<String> scopes, List<String> audiences, Duration maxLifetime) {
    public Limits {
      scopes = List.copyOf(scopes);
      audiences = List.copyOf(audiences);
    }
  }

  public IssuerClient {
    redirects = List.copyOf(redirects);
    grants = Set.copyOf(grants);
    if (grants.contains(GrantTypes.CLIENT_CREDENTIALS) && proof instanceof Proof.None) {
      throw new IllegalArgumentException("client " + id + ": needs a secret or keys of its own");
    }
    // What a token request would refuse is refused when it is configured.
    new TokenRequest(id, id, limits.audiences(), limits.scopes(), limits.maxLifetime());
    redirects.forEach(IssuerClient::checkRedirect);
  }

  /// An agent that has tokens in its own name and proves itself by a secret.
  public static IssuerClient agent(String id, String secretSha256, Limits limits) {
    Proof.Secret secret = new Proof.Secret(secretSha256);
    return new IssuerClient(id, secret, List.of(), Set.of(GrantTypes.CLIENT_CREDENTIALS), limits);
  }

  /// The client that every hub knows: the `firn` command itself, without a secret, with whose help
  /// people get what they may have.
  ///
  /// @param audiences the hub and its sites
  public static IssuerClient commandLine(List<String> audiences) {
    return new IssuerClient(
        COMMAND_LINE,
        new Proof.None(),
        List.of("http://127.0.0.1/callback", "http://[::1]/callback"),
        Set.of(GrantTypes.CODE, GrantTypes.DEVICE, GrantTypes.REFRESH),
        new Limits(List.of(), audiences, TokenRequest.LONGEST));
  }

  /// The grant types that a configuration means by these words.
  ///
  /// @throws IllegalArgumentException when a word means none
  public static Set<String> grantTypes(Set<String> words) {
    Set<String> types = new HashSet<>();
    for (String word : words) {
      types.add(
          switch (word) {
            case "client_credentials" -> GrantTypes.CLIENT_CREDENTIALS;
            case "authorization_code" -> GrantTypes.CODE;
            case "device_code" -> GrantTypes.DEVICE;
            case "refresh_token" -> GrantTypes.REFRESH;
            default -> throw new IllegalArgumentException("there is no grant " + word);
          });
    }
    return types;
  }

  /// Exact, character by character; only the port of a loopback address is the client's own choice
  /// (RFC 8252 section 7.3).
  boolean mayRedirectTo(String uri) {
    return redirects.stream().anyMatch(registered -> fits(registered, uri));
  }

  private static boolean fits(String registered, String uri) {
    if (registered.equals(uri)) {
      return true;
    }
    for (String loopback : List.of("http://127.0.0.1", "http://[::1]")) {
      if (registered.startsWith(loopback + "/")) {
        String path = registered.substring(loopback.length());
        String rest = uri.startsWith(loopback + ":") ? uri.substring(loopback.length() + 1) : "";
        int slash = rest.indexOf('/');
        return slash > 0
            && rest.substring(0, slash).matches("[1-9][0-9]{0,4}")
            && rest.substring(slash).equals(path);
      }
    }
    return false;
  }

  private static void checkRedirect(String text) {
    URI uri = URI.create(text);
    boolean loopback = text.startsWith("http://127.0.0.1") || text.startsWith("http://[::1]");
    if (uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawFragment() != null
        || !("https".equals(uri.getScheme()) || loopback)) {
      throw new IllegalArgumentException(
          "a redirect is an https URL, or http of 127.0.0.1 or [::1], without a fragment: " + text);
    }
  }

  static byte[] sha256Of(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
