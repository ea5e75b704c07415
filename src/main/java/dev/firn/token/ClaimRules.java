package dev.firn.token;

import dev.firn.token.TrustedIssuer.Profile;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What each token profile demands of the claims, and what it makes of scopes and groups.
///
/// WLCG Common JWT Profile 1.3; SciTokens 2.0; plain OpenID Connect access tokens, which say
/// nothing about paths. A malformed storage scope spoils the whole token: guessing what was meant
/// would be guessing about rights. Scopes and claims that are not known are ignored and give
/// nothing.
final class ClaimRules {
  private static final Pattern WLCG_VERSION = Pattern.compile("1\\.[0-9]{1,9}");
  private static final Set<String> SCITOKENS_VERSIONS = Set.of("scitoken:2.0", "scitokens:2.0");
  private static final Pattern WLCG_GROUP = Pattern.compile("(?:/[a-zA-Z0-9][a-zA-Z0-9_.-]*+)++");
  private static final String SCITOKENS_URI = "https://scitokens.org/v1/authz/";
  private static final int MAX_NAME = 255;
  private static final int MAX_GROUPS = 500;

  private ClaimRules() {}

  static Profile profile(Claims claims, TrustedIssuer issuer) throws InvalidToken {
    boolean wlcg = claims.has("wlcg.ver");
    boolean scitokens = claims.has("ver");
    Set<Profile> accepted = issuer.acceptance().profiles();
    if (wlcg && scitokens) {
      throw new InvalidToken("ambiguous-profile");
    }
    if (wlcg && accepted.contains(Profile.WLCG)) {
      if (!WLCG_VERSION.matcher(claims.string("wlcg.ver")).matches()) {
        throw new InvalidToken("unknown-profile-version");
      }
      return Profile.WLCG;
    }
    if (scitokens && accepted.contains(Profile.SCITOKENS)) {
      if (!SCITOKENS_VERSIONS.contains(claims.string("ver"))) {
        throw new InvalidToken("unknown-profile-version");
      }
      return Profile.SCITOKENS;
    }
    if (!wlcg && !scitokens && accepted.contains(Profile.GENERIC)) {
      String use = claims.optionalString("typ").orElse("Bearer");
      if (!use.equals("Bearer")) {
        throw new InvalidToken("wrong-type"); // Keycloak marks refresh and ID tokens so
      }
      return Profile.GENERIC;
    }
    throw new InvalidToken("unknown-profile");
  }

  static Caller.Identity identity(Claims claims, Profile profile, String keyId, String fingerprint)
      throws InvalidToken {
    String subject = claims.string("sub");
    if (!isName(subject)) {
      throw new InvalidToken("bad-sub");
    }
    Optional<String> tokenId = claims.optionalString("jti");
    if (profile != Profile.GENERIC && tokenId.orElse("").isEmpty()) {
      throw new InvalidToken("missing-jti");
    }
    if (profile == Profile.SCITOKENS && !claims.has("nbf")) {
      throw new InvalidToken("missing-nbf");
    }
    String clientId =
        claims.optionalString("client_id").or(() -> unchecked(claims, "azp")).orElse("");
    if (!tokenId.map(ClaimRules::isName).orElse(true)
        || !(clientId.isEmpty() || isName(clientId))) {
      throw new InvalidToken("bad-client-or-token-id");
    }
    return new Caller.Identity(
        claims.string("iss"), subject, clientId, tokenId.orElse(""), keyId, fingerprint);
  }

  private static Optional<String> unchecked(Claims claims, String name) {
    try {
      return claims.optionalString(name);
    } catch (InvalidToken e) {
      return Optional.empty(); // `azp` belongs to ID tokens; a strange one gives no name
    }
  }

  /// Printable ASCII, at most 255 characters (WLCG profile, `sub`).
  private static boolean isName(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_NAME
        && text.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
  }

  static Caller.Permissions permissions(
      Claims claims, TrustedIssuer issuer, Profile profile, List<String> audiences)
      throws InvalidToken {
    if (profile == Profile.SCITOKENS && !claims.has("scope")) {
      throw new InvalidToken("missing-scope");
    }
    List<Scope> paths = new ArrayList<>();
    Set<String> named = new LinkedHashSet<>();
    if (profile != Profile.GENERIC || claims.has("scope")) {
      for (String scope : scopeWords(claims.optionalString("scope").orElse(""))) {
        read(scope, profile, paths, named);
      }
    }
    if (!issuer.reach().mayAdminister()) {
      named.removeIf(scope -> scope.startsWith("firn."));
    }
    return new Caller.Permissions(paths, named, groups(claims, issuer, profile), audiences);
  }

  /// Splits a scope claim (RFC 6749 section 3.3): words of `%x21 / %x23-5B / %x5D-7E`, single
  /// spaces.
  private static List<String> scopeWords(String claim) throws InvalidToken {
    for (int i = 0; i < claim.length(); i++) {
      char c = claim.charAt(i);
      if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
        throw new InvalidToken("malformed-scope");
      }
    }
    List<String> words = new ArrayList<>();
    for (String word : claim.split(" ")) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return words;
  }

  private static void read(String scope, Profile profile, List<Scope> paths, Set<String> named)
      throws InvalidToken {
    int colon = scope.indexOf(':');
    String name = colon < 0 ? scope : scope.substring(0, colon);
    Optional<Right> right = Right.named(name);
    String rawPath = colon < 0 ? "" : scope.substring(colon + 1);
    if (profile == Profile.SCITOKENS && right.isEmpty()) {
      String plain =
          scope.startsWith(SCITOKENS_URI) ? scope.substring(SCITOKENS_URI.length()) : scope;
      int split = plain.indexOf(':');
      right =
          switch (split < 0 ? plain : plain.substring(0, split)) {
            case "read" -> Optional.of(Right.READ);
            case "write" -> Optional.of(Right.MODIFY);
            default -> Optional.empty();
          };
      rawPath = split < 0 ? "" : plain.substring(split + 1);
    }
    if (right.isEmpty() || profile == Profile.GENERIC) {
      if (profile != Profile.GENERIC || right.isEmpty()) {
        named.add(scope);
      }
      return;
    }
    try {
      paths.add(Scope.of(right.get(), rawPath));
    } catch (IllegalArgumentException e) {
      throw new InvalidToken("malformed-scope");
    }
  }

  private static List<String> groups(Claims claims, TrustedIssuer issuer, Profile profile)
      throws InvalidToken {
    if (profile == Profile.GENERIC) {
      return claims.stringsWithin(issuer.acceptance().groupsClaim(), MAX_GROUPS).orElse(List.of());
    }
    List<String> groups = claims.strings("wlcg.groups", false, MAX_GROUPS).orElse(List.of());
    for (String group : groups) {
      if (!WLCG_GROUP.matcher(group).matches()) {
        throw new InvalidToken("malformed-groups");
      }
    }
    return groups;
  }
}
