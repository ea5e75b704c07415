package dev.firn.issuer.revocation;

import static dev.firn.token.Mint.SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.TestDatabase;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.Mint;
import dev.firn.token.Revocations;
import dev.firn.token.ServedRoutes;
import dev.firn.token.TrustedIssuer;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What an administrator does not do to himself.
class RevocationLockOutTest {
  @Test
  void nobodyBlocksTheTokensByWhichHeWouldLiftIt() throws Exception {
    Map<String, Object> claims = SHARED.claims("firn.admin", "client_id", "firn");
    claims.put("sub", "operator");
    String admin = SHARED.sign(claims);
    TrustedIssuer own = SHARED.trusted().asOwn();
    try (TestDatabase test = TestDatabase.create();
        ServedRoutes served =
            ServedRoutes.of(
                new Authenticator(
                    List.of(own), Set.of(Mint.SITE), Revocations.NONE, () -> Mint.NOW),
                AccessPolicy.of(List.of(own), List.of()),
                (router, authenticator, policy) ->
                    new RevocationRoutes(
                            new RevocationRecord(test.database(), () -> Mint.NOW),
                            Mint.ISSUER,
                            authenticator,
                            policy,
                            () -> Mint.NOW)
                        .addTo(router, Audit.NONE))) {
      for (String what :
          List.of(
              "'kind': 'issuer'",
              "'kind': 'client', 'value': 'firn'",
              "'kind': 'subject', 'value': 'operator'")) {
        assertThat(add(served, admin, what + ", 'block': true")).as(what).isEqualTo(409);
        assertThat(add(served, admin, what)).as(what).isEqualTo(201);
      }
      for (String what :
          List.of(
              "'kind': 'subject', 'value': 'operator', 'issuer': 'https://other.example'",
              "'kind': 'client', 'value': 'web'",
              "'kind': 'subject', 'value': 'alice'")) {
        assertThat(add(served, admin, what + ", 'block': true")).as(what).isEqualTo(201);
      }
    }
  }

  private static int add(ServedRoutes served, String token, String members) throws Exception {
    HttpResponse<String> answer =
        served.send(
            served
                .to("/api/v1/revocations")
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString("{" + members.replace('\'', '"') + "}")));
    return answer.statusCode();
  }
}
