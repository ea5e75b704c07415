package dev.firn.token.audit;

import static dev.firn.token.Mint.SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Group I of the hostile cases: secrets in text.
class RedactorTest {
  private static final String TOKEN = SHARED.token("storage.read:/");
  private static final String SIGNATURE = TOKEN.substring(TOKEN.lastIndexOf('.') + 1);

  @Test
  void tokensDisappearInEveryDressI1I2() {
    String macaroon = "MDAxY2xvY2F0aW9uIGh0dHBzOi8vZmlybgowMDI2aWRlbnRpZmllciBhYmNkZWY=";
    for (String text :
        List.of(
            "Authorization: Bearer " + TOKEN,
            "authorization: bearer " + TOKEN + ", x",
            "Authorization: Bearer%20" + TOKEN,
            "TransferHeaderAuthorization: Bearer " + TOKEN,
            "GET /data/x?authz=Bearer%20" + TOKEN + "&x=1",
            "GET /data/x?access_token=" + TOKEN,
            "{\"access_token\":\"" + TOKEN + "\",\"expires_in\":3600}",
            "subject_token=" + TOKEN + "&scope=a",
            "token " + TOKEN + " was bad",
            "'" + TOKEN + "'",
            "https://host/" + TOKEN + "/x",
            URLEncoder.encode("Bearer " + TOKEN, StandardCharsets.UTF_8),
            TOKEN.replace(".", "%2E"),
            "Cookie: session=" + TOKEN)) {
      assertThat(Redactor.redact(text)).doesNotContain(SIGNATURE).contains("[redacted]");
    }
    assertThat(Redactor.redact("{\"macaroon\": \"" + macaroon + "\"}"))
        .doesNotContain(macaroon.substring(10, 40));
    assertThat(Redactor.redact("x " + macaroon)).doesNotContain(macaroon.substring(10, 40));
  }

  @Test
  void otherSecretsDisappear() {
    for (String text :
        List.of(
            "Authorization: Basic YWdlbnQ6czNjcmV0",
            "client_secret=s3cret&x=1",
            "CLIENT_SECRET = s3cret",
            "\"refresh_token\": \"s3cret\"",
            "code=s3cret",
            "Set-Cookie: id=s3cret; Secure",
            "password: s3cret")) {
      assertThat(Redactor.redact(text)).doesNotContain("s3cret").doesNotContain("YWdlbnQ6");
    }
  }

  @Test
  void ordinaryTextStays() {
    for (String text :
        List.of(
            "PUT /data/exp/IceCube/2023/x.i3.zst 201 in 3 ms",
            "Bearer realm=\"firn\", error=\"invalid_token\"",
            "this needs a bearer token",
            "storage.read:/data under /",
            "status code 404")) {
      assertThat(Redactor.redact(text)).isEqualTo(text);
    }
  }

  @Test
  void linesCannotBeForged() {
    assertThat(Redactor.redact("a\r\nb\u001b[2J\u0085\u2028c"))
        .isEqualTo("a\\u000d\\u000ab\\u001b[2J\\u0085\\u2028c");
  }

  @Test
  void hostileTextIsHandledInLinearTime() {
    for (String unit : List.of("eyJ", "Bearer ", "MDA", "code=", "cookie:", ".", "eyJaaaaa.")) {
      assertThat(Redactor.redact(unit.repeat(200_000))).isNotNull();
    }
  }
}
