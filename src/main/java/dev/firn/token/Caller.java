package dev.firn.token;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Who makes a request, as established by a verified token; it holds no secret.
///
/// @param identity from the token; [Identity#NOBODY] for an anonymous caller
/// @param permissions what the token states
/// @param issued when the token was issued
/// @param expires when the token ends; [Instant#MAX] for an anonymous caller
public record Caller(Identity identity, Permissions permissions, Instant issued, Instant expires) {

  /// Holding this scope, from an issuer that is trusted with it, means administering Firn.
  public static final String ADMIN_SCOPE = "firn.admin";

  private static final Caller ANONYMOUS =
      new Caller(Identity.NOBODY, Permissions.NONE, Instant.EPOCH, Instant.MAX);

  /// A token's names for itself and its holder. Absent claims are empty strings.
  ///
  /// @param keyId the `kid` that signed it
  /// @param fingerprint the first 16 hex digits of SHA-256 over header and payload, which names the
  ///   token in logs without being one
  public record Identity(
      String issuer,
      String subject,
      String clientId,
      String tokenId,
      String keyId,
      String fingerprint) {
    static final Identity NOBODY = new Identity("", "", "", "", "", "");
  }

  /// What a token states its holder may do.
  ///
  /// @param scopes the path scopes, relative to the issuer's base path
  /// @param named all other scopes (`openid`, `compute.read`, `firn.admin`)
  /// @param groups the groups of the holder, which count only when there is no capability
  /// @param audiences the servers the token is meant for, as stated
  public record Permissions(
      List<Scope> scopes, Set<String> named, List<String> groups, List<String> audiences) {
    static final Permissions NONE = new Permissions(List.of(), Set.of(), List.of(), List.of());

    public Permissions {
      scopes = List.copyOf(scopes);
      named = Set.copyOf(named);
      groups = List.copyOf(groups);
      audiences = List.copyOf(audiences);
    }
  }

  /// Somebody without a token.
  public static Caller anonymous() {
    return ANONYMOUS;
  }

  /// A caller as a verified token with these scopes would make it, for tests and for work that Firn
  /// does in its own name.
  ///
  /// @param scopes space-separated as in a scope claim
  public static Caller of(String issuer, String subject, String scopes) {
    List<Scope> paths = new ArrayList<>();
    Set<String> named = new TreeSet<>();
    for (String scope : scopes.trim().split(" +")) {
      if (scope.startsWith("storage.")) {
        paths.add(Scope.parse(scope));
      } else if (!scope.isEmpty()) {
        named.add(scope);
      }
    }
    return new Caller(
        new Identity(issuer, subject, "", "", "", ""),
        new Permissions(paths, named, List.of(), List.of()),
        Instant.EPOCH,
        Instant.MAX);
  }

  /// What names a token in logs without being one: the first 16 hex digits of SHA-256 over its
  /// header and payload.
  public static String fingerprint(String token) {
    String signed = token.substring(0, Math.max(0, token.lastIndexOf('.')));
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(signed.getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// A name without permissions, for the record.
  public static Caller named(Identity identity) {
    return new Caller(identity, Permissions.NONE, Instant.EPOCH, Instant.MAX);
  }

  public boolean isAnonymous() {
    return identity.equals(Identity.NOBODY);
  }

  /// Whether this caller may administer Firn.
  public boolean admin() {
    return permissions.named().contains(ADMIN_SCOPE);
  }

  /// Whether this caller has a role of Firn's own; an administrator has all.
  public boolean has(Role role) {
    return admin() || permissions.named().contains(role.scope());
  }

  /// Whether the token states any capability, even one that has nothing to do with storage; then
  /// its groups are not looked at (WLCG profile, "Capability based authorization").
  public boolean hasCapability() {
    return !permissions.scopes().isEmpty()
        || permissions.named().stream().anyMatch(Caller::isCapability);
  }

  private static boolean isCapability(String scope) {
    return scope.startsWith("compute.")
        || scope.startsWith("storage.")
        || scope.startsWith("firn.")
        || scope.equals("host.auth");
  }

  public String issuer() {
    return identity.issuer();
  }

  public String subject() {
    return identity.subject();
  }

  /// One word for a history's "who": `anonymous`, or the subject.
  public String who() {
    return isAnonymous() ? "anonymous" : identity.subject();
  }
}
