package dev.firn.token;

import dev.firn.model.LogicalName;
import dev.firn.token.key.KeySource;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// An issuer whose tokens are accepted, how they must look, and how far they reach.
///
/// @param issuer compared with the `iss` claim character by character
public record TrustedIssuer(String issuer, Reach reach, Acceptance acceptance, KeySource keys) {

  /// The forms of token an issuer may use.
  public enum Profile {
    /// WLCG Common JWT Profile, any 1.x.
    WLCG,
    /// SciTokens 2.0.
    SCITOKENS,
    /// An OpenID Connect access token without path scopes: only its groups and subject count.
    GENERIC
  }

  /// Where the issuer's tokens count.
  ///
  /// @param bases the paths that a token's `/` stands for
  /// @param restrict when not empty, the only paths below the bases (absolute) that may be reached
  /// @param ceiling rights honoured at most
  /// @param shared whether another issuer's base may overlap these
  /// @param mayAdminister whether scopes `firn.*` count
  public record Reach(
      List<LogicalName> bases,
      List<LogicalName> restrict,
      Set<Right> ceiling,
      boolean shared,
      boolean mayAdminister) {
    public Reach {
      bases = List.copyOf(bases);
      restrict = List.copyOf(restrict);
      ceiling = Set.copyOf(ceiling);
    }

    /// What remains of a token's scope below `base` and within what the issuer may reach.
    List<Scope> effective(LogicalName base, Scope scope) {
      Scope absolute =
          base.isRoot()
              ? scope
              : new Scope(
                  scope.right(), base.resolve(scope.path().segments()), scope.directoryOnly());
      if (restrict.isEmpty()) {
        return List.of(absolute);
      }
      List<Scope> cut = new ArrayList<>();
      for (LogicalName allowed : restrict) {
        if (absolute.path().startsWith(allowed)) {
          cut.add(absolute);
        } else if (allowed.startsWith(absolute.path())) {
          cut.add(new Scope(scope.right(), allowed));
        }
      }
      return cut;
    }
  }

  /// What a token of the issuer must look like.
  ///
  /// @param algorithms of RS256, ES256, PS256, ES384
  /// @param maxLifetime from `iat` to `exp` at most
  /// @param anyAudience whether the profile's "any" audience is accepted
  /// @param groupsClaim where a [Profile#GENERIC] token names groups
  public record Acceptance(
      Set<Profile> profiles,
      Set<String> algorithms,
      Duration maxLifetime,
      boolean anyAudience,
      String groupsClaim) {
    private static final Set<String> KNOWN = Set.of("RS256", "ES256", "PS256", "ES384");

    public Acceptance {
      profiles = Set.copyOf(profiles);
      algorithms = Set.copyOf(algorithms);
      if (profiles.isEmpty()) {
        throw new IllegalArgumentException("issuer accepts no token profile");
      }
      if (algorithms.isEmpty() || !KNOWN.containsAll(algorithms)) {
        throw new IllegalArgumentException("signature algorithms must be of " + KNOWN);
      }
      if (maxLifetime.compareTo(Duration.ofDays(7)) > 0 || !maxLifetime.isPositive()) {
        throw new IllegalArgumentException("max lifetime must be within 0 and 7 days");
      }
    }
  }

  public TrustedIssuer {
    if (!issuer.startsWith("https://") || URI.create(issuer).getRawUserInfo() != null) {
      throw new IllegalArgumentException("issuer must be an https URL: " + issuer);
    }
  }

  /// An issuer of WLCG and SciTokens tokens for everything below `base`, up to six hours long; the
  /// any-audience counts, administration does not.
  public static TrustedIssuer of(String issuer, LogicalName base, KeySource keys) {
    return new TrustedIssuer(
        issuer,
        new Reach(List.of(base), List.of(), Set.of(Right.values()), false, false),
        new Acceptance(
            Set.of(Profile.WLCG, Profile.SCITOKENS),
            Set.of("RS256", "ES256"),
            Duration.ofHours(6),
            true,
            "groups"),
        keys);
  }

  public TrustedIssuer withReach(Reach other) {
    return new TrustedIssuer(issuer, other, acceptance, keys);
  }

  public TrustedIssuer withAcceptance(Acceptance other) {
    return new TrustedIssuer(issuer, reach, other, keys);
  }

  /// This issuer trusted as Firn's own: its base may overlap others', and `firn.*` scopes count.
  public TrustedIssuer asOwn() {
    return withReach(new Reach(reach.bases(), reach.restrict(), reach.ceiling(), true, true));
  }
}
