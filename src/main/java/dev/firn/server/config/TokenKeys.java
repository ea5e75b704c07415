package dev.firn.server.config;

import java.util.List;

/// Whose tokens count, for what, and what tokens a hub gives.
final class TokenKeys {
  static final List<ConfigKey> KEYS =
      List.of(
          ConfigKey.key(
              "issuers[].url",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "a token issuer this site trusts, by its exact `iss`"),
          ConfigKey.key(
              "issuers[].base",
              ConfigKey.Kind.TEXT,
              "/",
              "path that the issuer's scopes are relative to"),
          ConfigKey.key(
              "issuers[].jwks-file",
              ConfigKey.Kind.PATH,
              "",
              "the issuer's public keys; empty to fetch them from the issuer"),
          ConfigKey.key(
              "issuers[].revocations",
              ConfigKey.Kind.FLAG,
              "true",
              "whether to ask the issuer every 3 s what it took back, as a Firn hub publishes it"),
          ConfigKey.key(
              "issuers[].profiles",
              ConfigKey.Kind.TEXTS,
              "",
              "forms of token: wlcg, scitokens, or generic for an OpenID provider without path"
                  + " scopes; empty for wlcg and scitokens"),
          ConfigKey.key(
              "issuers[].algorithms",
              ConfigKey.Kind.TEXTS,
              "",
              "of RS256, ES256, PS256, ES384; empty for the first two"),
          ConfigKey.key(
              "issuers[].max-lifetime",
              ConfigKey.Kind.DURATION,
              "6 h",
              "longest life of a token, up to 7 d"),
          ConfigKey.key(
              "issuers[].any-audience",
              ConfigKey.Kind.FLAG,
              "true",
              "whether tokens for any server are accepted"),
          ConfigKey.key(
              "issuers[].groups-claim",
              ConfigKey.Kind.TEXT,
              "groups",
              "where a generic token names groups; a dot steps into an object"),
          ConfigKey.key(
              "issuers[].restrict",
              ConfigKey.Kind.TEXTS,
              "",
              "the only logical names its tokens open, at and below; empty for all of its base"),
          ConfigKey.key(
              "issuers[].ceiling",
              ConfigKey.Kind.TEXTS,
              "",
              "rights honoured at most, as in read, create; empty for all"),
          ConfigKey.key(
              "issuers[].shared",
              ConfigKey.Kind.FLAG,
              "false",
              "whether its base may overlap another issuer's"),
          ConfigKey.key(
              "issuers[].administers",
              ConfigKey.Kind.FLAG,
              "false",
              "whether its firn.admin scope counts"),
          ConfigKey.key(
              "issuers[].subjects",
              ConfigKey.Kind.TEXT,
              "",
              "on a hub, the word that begins the subjects of tokens that it gives in exchange for"
                  + " this issuer's, within [[grants]]; empty to exchange none"),
          ConfigKey.key(
              "rules[].path",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "an access rule for this logical name and what lies below; {sub} stands for the"
                  + " caller's subject. Changed rules come into force within seconds"),
          ConfigKey.key(
              "rules[].effect",
              ConfigKey.Kind.TEXT,
              "allow",
              "allow or deny; deny beats every allow"),
          ConfigKey.key(
              "rules[].rights",
              ConfigKey.Kind.TEXTS,
              ConfigKey.REQUIRED,
              "of read, create, modify, stage, poll"),
          ConfigKey.key(
              "rules[].except",
              ConfigKey.Kind.TEXTS,
              "",
              "logical names below at which it does not count"),
          ConfigKey.key(
              "rules[].issuer",
              ConfigKey.Kind.TEXT,
              "",
              "by whose word; empty for everybody, with a token or without"),
          ConfigKey.key(
              "rules[].group", ConfigKey.Kind.TEXT, "", "for members of this group of the issuer"),
          ConfigKey.key(
              "rules[].subject", ConfigKey.Kind.TEXT, "", "for this subject of the issuer"),
          ConfigKey.key(
              "issuer.keys", ConfigKey.Kind.PATH, "keys", "directory of this hub's signing keys"),
          ConfigKey.key(
              "issuer.operator-file",
              ConfigKey.Kind.PATH,
              "operator.token",
              "where an operator's token is kept fresh while the hub runs"),
          ConfigKey.key(
              "grants[].scopes",
              ConfigKey.Kind.TEXTS,
              ConfigKey.REQUIRED,
              "what some people may have from this hub's issuer; {sub} stands for the subject"),
          ConfigKey.key(
              "grants[].issuer",
              ConfigKey.Kind.TEXT,
              "",
              "by whose word they are who they are; empty for the hub's own accounts"),
          ConfigKey.key(
              "grants[].group",
              ConfigKey.Kind.TEXT,
              "",
              "for members of this group; empty for everybody"),
          ConfigKey.key("grants[].subject", ConfigKey.Kind.TEXT, "", "for this subject alone"),
          ConfigKey.key(
              "clients[].id",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "a client of this hub's issuer"),
          ConfigKey.key(
              "clients[].secret-sha256",
              ConfigKey.Kind.TEXT,
              "",
              "hex SHA-256 of a secret of at least 256 random bits, by which it proves itself"),
          ConfigKey.key(
              "clients[].jwks-file",
              ConfigKey.Kind.PATH,
              "",
              "public keys by which it proves itself instead (private_key_jwt); with neither it is"
                  + " a program on its user's machine"),
          ConfigKey.key(
              "clients[].grants",
              ConfigKey.Kind.TEXTS,
              "",
              "of client_credentials, authorization_code, device_code, refresh_token; empty for the"
                  + " first"),
          ConfigKey.key(
              "clients[].redirects",
              ConfigKey.Kind.TEXTS,
              "",
              "where a browser may be sent with a code, exactly; of http://127.0.0.1/PATH and"
                  + " http://[::1]/PATH any port"),
          ConfigKey.key(
              "clients[].scopes",
              ConfigKey.Kind.TEXTS,
              "",
              "what its tokens may say at most; for people, empty for what each may have"),
          ConfigKey.key(
              "clients[].audiences",
              ConfigKey.Kind.TEXTS,
              "",
              "servers its tokens may be for, the usual one first; empty for the hub and its sites"),
          ConfigKey.key(
              "clients[].max-lifetime",
              ConfigKey.Kind.DURATION,
              "1 h",
              "longest life of its tokens, to 6 h"));

  private TokenKeys() {}
}
