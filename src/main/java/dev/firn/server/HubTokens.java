package dev.firn.server;

import dev.firn.issuer.KeyKind;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.firn.model.LogicalName;
import dev.firn.token.RequestPath;
import dev.firn.token.Right;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import java.time.Duration;
import java.util.List;

/// Signs the tokens of transfers: each names one path, one right and one site, and lives an hour.
final class HubTokens implements TransferTokens {
  private static final Duration LIFE = Duration.ofHours(1);
  private static final String SUBJECT = "firn-transfer";

  private final TokenSigner signer;

  HubTokens(TokenSigner signer) {
    this.signer = signer;
  }

  @Override
  public String readToken(Site site, LogicalName name) {
    return sign(site, name, Right.READ);
  }

  @Override
  public String stageToken(Site site, LogicalName folder) {
    return sign(site, folder, Right.STAGE);
  }

  @Override
  public String createToken(Site site, LogicalName name, boolean overwrite) {
    return sign(site, name, overwrite ? Right.MODIFY : Right.CREATE);
  }

  private String sign(Site site, LogicalName name, Right right) {
    String scope = right.scopeName() + ":" + RequestPath.encode(name);
    TokenRequest request = new TokenRequest(SUBJECT, site.audience(), List.of(scope), LIFE);
    return signer.issue(request, KeyKind.ES256).token();
  }
}
