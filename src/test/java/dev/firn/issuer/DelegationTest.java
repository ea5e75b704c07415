package dev.firn.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Tokens exchanged for tickets at the door; group H of the hostile cases as far as it concerns
/// what is asked.
class DelegationTest extends IssuerOverHttp {
  private Answer delegate(String token, String path, String body) throws IOException {
    return send(
        Request.of("POST", at(path))
            .withBearer(token)
            .withHeader("Content-Type", DelegationHandler.CONTENT_TYPE)
            .withBody(BodySource.bytes(body.getBytes(StandardCharsets.UTF_8))));
  }

  private String delegated(Answer answer) {
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    return authenticator
        .verify(answer.json().get("macaroon").asString())
        .permissions()
        .scopes()
        .toString();
  }

  @Test
  void delegationIntersectsWhatIsAskedAndHeldH4H5H8H10() throws IOException {
    String subject = token("storage.read:/data", "storage.modify:/data/mine");
    Answer read =
        delegate(
            subject,
            "/data/f",
            "{\"caveats\":[\"activity:DOWNLOAD,LIST\"],\"validity\":\"PT10M\"}");
    assertThat(delegated(read)).isEqualTo("[storage.read:/data/f]");
    assertThat(read.json().get("expires_in").asInt()).isEqualTo(600);
    assertThat(delegated(delegate(subject, "/data/f", "{}"))).isEqualTo("[storage.read:/data/f]");
    String up = "{\"caveats\":[\"activity:UPLOAD,DELETE,LIST\"]}";
    assertThat(delegated(delegate(subject, "/data/mine/g", up)))
        .isEqualTo("[storage.create:/data/mine/g, storage.modify:/data/mine/g]");
    assertThat(delegate(subject, "/data/f", up).status()).isEqualTo(403);
    assertThat(delegate(subject, "/data/minestrone", up).status()).isEqualTo(403);
    String cut =
        "{\"caveats\":[\"activity:DOWNLOAD,UPLOAD\",\"activity:UPLOAD\",\"path:/data/mine/x\"]}";
    assertThat(delegated(delegate(subject, "/data/mine", cut)))
        .isEqualTo("[storage.create:/data/mine/x]");
    assertThat(delegate(subject, "/data/f", "{\"caveats\":[\"activity:LIST\"]}").status())
        .isEqualTo(403);
  }

  @ParameterizedTest(name = "H2 H3 H7: {0}")
  @ValueSource(
      strings = {
        "{\"caveats\":[\"unknown:x\"]}",
        "{\"caveats\":[\"name:x\"]}",
        "{\"caveats\":[\"activity:ALL\"]}",
        "{\"caveats\":[\"activity\"]}",
        "{\"caveats\":[\"path:/\"]}",
        "{\"caveats\":[\"path:/data/../x\"]}",
        "{\"caveats\":[\"before:tomorrow\"]}",
        "{\"caveats\":[\"before:2020-01-01T00:00:00Z\"]}",
        "{\"caveats\":[\"before:2026-11-23T13:00:00\"]}",
        "{\"caveats\":\"x\"}",
        "{\"validity\":\"1h\"}",
        "{\"validity\":\"PT0S\"}",
        "{\"validity\":\"-PT1H\"}",
        "{\"other\":1}",
        "[]",
        "{",
        ""
      })
  void strangeDelegationRequestsAre400(String body) throws IOException {
    assertThat(delegate(token("storage.read:/"), "/data/f", body).status()).isEqualTo(400);
  }

  @Test
  void delegationNeedsATokenAndEndsWithItH11() throws IOException {
    assertThat(delegate(null, "/data/f", "{}").status()).isEqualTo(401);
    String subject = token("storage.read:/");
    now = START.plusSeconds(3000);
    Answer late = delegate(subject, "/data/f", "{\"validity\":\"PT6H\"}");
    assertThat(late.json().get("expires_in").asInt()).isEqualTo(600);
  }
}
