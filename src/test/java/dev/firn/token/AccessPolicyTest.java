package dev.firn.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessRule.Who;
import dev.firn.token.TrustedIssuer.Reach;
import dev.firn.token.key.KeySource;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Groups C (scopes against requests) and K (policy) of the hostile cases.
class AccessPolicyTest {
  private static final KeySource KEYS = KeySource.of(Mint.SHARED.jwks());
  private static final String ISSUER = Mint.ISSUER;
  private static final AccessPolicy ROOT = policy(LogicalName.ROOT, List.of());

  private static AccessPolicy policy(LogicalName base, List<AccessRule> rules) {
    return AccessPolicy.of(List.of(TrustedIssuer.of(ISSUER, base, KEYS)), rules);
  }

  private static LogicalName name(String path) {
    return LogicalName.parse(path);
  }

  private static Caller with(String scopes) {
    return Caller.of(ISSUER, "alice", scopes);
  }

  private static Caller member(String scopes, String... groups) {
    Caller plain = with(scopes);
    return new Caller(
        plain.identity(),
        new Caller.Permissions(
            plain.permissions().scopes(), plain.permissions().named(), List.of(groups), List.of()),
        plain.issued(),
        plain.expires());
  }

  private static boolean may(AccessPolicy policy, Caller caller, Operation operation, String path) {
    return policy.decide(caller, operation, name(path), TargetState.FILE).granted();
  }

  /// What each right alone allows (C18).
  private static final Map<Right, Set<Operation>> ALLOWED =
      Map.of(
          Right.READ,
          EnumSet.of(Operation.GET_FILE, Operation.LIST, Operation.STAT, Operation.LOCALITY),
          Right.CREATE,
          EnumSet.of(
              Operation.STAT,
              Operation.LOCALITY,
              Operation.PUT_NEW,
              Operation.MAKE_DIRECTORY,
              Operation.RENAME_FILE_FROM,
              Operation.RENAME_FILE_TO),
          Right.MODIFY,
          EnumSet.complementOf(EnumSet.of(Operation.GET_FILE, Operation.LIST, Operation.STAGE)),
          Right.STAGE,
          EnumSet.of(Operation.STAT, Operation.LOCALITY, Operation.STAGE),
          Right.POLL,
          EnumSet.of(Operation.LOCALITY));

  @Test
  void noRightImpliesAnotherC18() {
    for (Right right : Right.values()) {
      Caller caller = with(right.scopeName() + ":/foo");
      for (Operation operation : Operation.values()) {
        assertThat(may(ROOT, caller, operation, "/foo/x"))
            .as("%s with %s", operation, right)
            .isEqualTo(ALLOWED.get(right).contains(operation));
        assertThat(may(ROOT, caller, operation, "/foobar"))
            .as("%s outside %s", operation, right)
            .isFalse();
      }
    }
  }

  @Test
  void rightsOfDifferentPathsDoNotMixC19C41() {
    Caller caller = with("storage.read:/x storage.create:/y");
    assertThat(may(ROOT, caller, Operation.GET_FILE, "/y/f")).isFalse();
    assertThat(may(ROOT, caller, Operation.PUT_NEW, "/x/f")).isFalse();
    assertThat(may(ROOT, caller, Operation.GET_FILE, "/x/f")).isTrue();
    assertThat(may(ROOT, caller, Operation.PUT_NEW, "/y/f")).isTrue();
    assertThat(may(ROOT, caller, Operation.MOVE_FROM, "/x/f")).isFalse();
    assertThat(may(ROOT, caller, Operation.MOVE_TO, "/y/f")).isFalse();
  }

  @Test
  void ancestorsOfAScopeMayBeLookedAtAndMadeNotRead() {
    Caller reader = with("storage.read:/a/b/c");
    assertThat(may(ROOT, reader, Operation.STAT, "/a")).isTrue();
    assertThat(may(ROOT, reader, Operation.STAT, "/")).isTrue();
    assertThat(may(ROOT, reader, Operation.STAT, "/a/bc")).isFalse();
    assertThat(may(ROOT, reader, Operation.LIST, "/a")).isFalse();
    assertThat(may(ROOT, reader, Operation.GET_FILE, "/a/b")).isFalse();
    assertThat(may(ROOT, reader, Operation.MAKE_DIRECTORY, "/a")).isFalse();
    Caller creator = with("storage.create:/a/b/c");
    assertThat(may(ROOT, creator, Operation.MAKE_DIRECTORY, "/a/b")).isTrue();
    assertThat(may(ROOT, creator, Operation.PUT_NEW, "/a/b")).isFalse();
    assertThat(may(ROOT, creator, Operation.PUT_NEW, "/a/b/c")).isTrue();
    assertThat(may(ROOT, with("storage.poll:/a/b"), Operation.STAT, "/a")).isFalse();
  }

  @Test
  void trailingSlashMeansTheDirectoryC17() {
    Caller caller = with("storage.create:/foo/bar/ storage.read:/foo/bar/");
    LogicalName bar = name("/foo/bar");
    assertThat(ROOT.decide(caller, Operation.PUT_NEW, bar, TargetState.ABSENT).granted()).isFalse();
    assertThat(ROOT.decide(caller, Operation.MAKE_DIRECTORY, bar, TargetState.ABSENT).granted())
        .isTrue();
    assertThat(ROOT.decide(caller, Operation.GET_FILE, bar, TargetState.FILE).granted()).isFalse();
    assertThat(ROOT.decide(caller, Operation.LIST, bar, TargetState.DIRECTORY).granted()).isTrue();
    assertThat(ROOT.decide(caller, Operation.GET_FILE, bar, TargetState.UNKNOWN).granted())
        .isTrue();
    assertThat(may(ROOT, caller, Operation.PUT_NEW, "/foo/bar/x")).isTrue();
  }

  @ParameterizedTest(name = "C2 base /vo: {0} {1} is {2}")
  @CsvSource({
    "GET_FILE, /vo/x, true",
    "GET_FILE, /x, false",
    "GET_FILE, /vo2/x, false",
    "PUT_NEW, /vo/x, false",
    "PUT_NEW, /vo/stageout/x, true",
    "PUT_NEW, /stageout/x, false"
  })
  void scopesAreRelativeToTheIssuersBase(Operation operation, String path, boolean allowed) {
    AccessPolicy policy = policy(name("/vo"), List.of());
    Caller caller = with("storage.read:/ storage.create:/stageout");
    assertThat(may(policy, caller, operation, path)).isEqualTo(allowed);
  }

  @Test
  void refusalsNameTheScopeThatWouldHelp() {
    AccessPolicy policy = policy(name("/vo"), List.of());
    Caller caller = with("storage.read:/a");
    assertThat(policy.decide(caller, Operation.PUT_NEW, name("/vo/b c"), TargetState.UNKNOWN))
        .isEqualTo(new AccessDecision.Denied("no-matching-scope", "storage.create:/b%20c"));
    assertThat(policy.decide(caller, Operation.GET_FILE, name("/vo2/a"), TargetState.UNKNOWN))
        .isEqualTo(new AccessDecision.Denied("outside-area", "storage.read:/vo2/a"));
    assertThatThrownBy(
            () -> policy.require(caller, Operation.DELETE, name("/vo/a"), TargetState.UNKNOWN))
        .isInstanceOfSatisfying(
            HttpProblem.class,
            p -> {
              assertThat(p.status()).isEqualTo(403);
              assertThat(p.headers().get("WWW-Authenticate"))
                  .isEqualTo(
                      "Bearer realm=\"firn\", error=\"insufficient_scope\","
                          + " scope=\"storage.modify:/a\"");
            });
    assertThatThrownBy(() ->
            policy.require(Caller.anonymous(), Operation.STAT, name("/vo/a"), TargetState.UNKNOWN))
        .isInstanceOfSatisfying(
            HttpProblem.class,
            p -> {
              assertThat(p.status()).isEqualTo(401);
              assertThat(p.headers()).containsEntry("WWW-Authenticate", "Bearer realm=\"firn\"");
            });
  }

  @Test
  void otherIssuersTokensReachNothing() {
    Caller foreign = Caller.of("https://other.example", "alice", "storage.modify:/");
    assertThat(may(ROOT, foreign, Operation.PUT_NEW, "/x")).isFalse();
    assertThat(may(ROOT, foreign, Operation.STAT, "/")).isFalse();
  }

  @Test
  void tokensWithoutScopesNeedARuleK1() {
    AccessPolicy policy =
        policy(
            LogicalName.ROOT,
            List.of(
                AccessRule.allow(
                    Set.of(Right.READ), name("/g"), new Who.Group(ISSUER, "/icecube"))));
    assertThat(may(policy, with("openid"), Operation.GET_FILE, "/g/x")).isFalse();
    assertThat(may(policy, member("openid", "/icecube/sub"), Operation.GET_FILE, "/g/x")).isFalse();
    assertThat(may(policy, member("openid", "/icecube"), Operation.GET_FILE, "/g/x")).isTrue();
    assertThat(may(policy, member("openid", "/icecube"), Operation.GET_FILE, "/g2/x")).isFalse();
  }

  @Test
  void anyCapabilitySilencesGroupsK2() {
    AccessPolicy policy =
        policy(
            LogicalName.ROOT,
            List.of(
                AccessRule.allow(
                    Set.of(Right.READ), name("/g"), new Who.Group(ISSUER, "/icecube"))));
    for (String scope :
        List.of("compute.read", "storage.poll:/z", "storage.future:/", "host.auth")) {
      Caller caller =
          scope.startsWith("storage.future")
              ? new Caller(
                  with("").identity(),
                  new Caller.Permissions(List.of(), Set.of(scope), List.of("/icecube"), List.of()),
                  Mint.NOW,
                  Mint.NOW)
              : member(scope, "/icecube");
      assertThat(may(policy, caller, Operation.GET_FILE, "/g/x")).as(scope).isFalse();
    }
  }

  @Test
  void denyRulesWinInAnyOrderK3() {
    AccessRule allow =
        AccessRule.allow(
            Set.of(Right.MODIFY, Right.READ), LogicalName.ROOT, new Who.Issuer(ISSUER));
    AccessRule deny = AccessRule.deny(Set.of(Right.MODIFY), name("/data/exp"), new Who.Anyone());
    for (List<AccessRule> rules : List.of(List.of(allow, deny), List.of(deny, allow))) {
      AccessPolicy policy = policy(LogicalName.ROOT, rules);
      for (Caller caller : List.of(with("openid"), with("storage.modify:/ storage.read:/"))) {
        assertThat(may(policy, caller, Operation.PUT_OVER, "/data/exp/raw")).isFalse();
        assertThat(may(policy, caller, Operation.DELETE, "/data/exp/raw")).isFalse();
        assertThat(may(policy, caller, Operation.PUT_NEW, "/data/exp/raw")).isTrue();
        assertThat(may(policy, caller, Operation.GET_FILE, "/data/exp/raw")).isTrue();
        assertThat(may(policy, caller, Operation.DELETE, "/data/expert")).isTrue();
      }
    }
  }

  @Test
  void whatIsDeniedBelowIsNotRemovedFromAboveK3() {
    AccessRule everywhere =
        AccessRule.allow(Set.of(Right.MODIFY), LogicalName.ROOT, new Who.Issuer(ISSUER));
    AccessRule deny = AccessRule.deny(Set.of(Right.MODIFY), name("/data/exp"), new Who.Anyone());
    AccessPolicy denied = policy(LogicalName.ROOT, List.of(deny));
    AccessPolicy holed =
        policy(LogicalName.ROOT, List.of(everywhere.except(List.of(name("/data/exp")))));
    for (Operation operation : List.of(Operation.DELETE, Operation.MOVE_FROM, Operation.MOVE_TO)) {
      for (TargetState state : List.of(TargetState.UNKNOWN, TargetState.DIRECTORY)) {
        for (String path : List.of("/data/exp/x", "/data/exp", "/data", "/")) {
          LogicalName name = name(path);
          assertThat(denied.decide(with("storage.modify:/"), operation, name, state).granted())
              .as("%s %s", operation, path)
              .isFalse();
          assertThat(holed.decide(with("openid"), operation, name, state).granted()).isFalse();
        }
        LogicalName beside = name("/data/expert");
        assertThat(denied.decide(with("storage.modify:/"), operation, beside, state).granted())
            .isTrue();
        assertThat(holed.decide(with("openid"), operation, beside, state).granted()).isTrue();
      }
    }
    assertThat(may(denied, with("storage.modify:/"), Operation.PUT_OVER, "/data/x")).isTrue();
  }

  @Test
  void whatMayNotBeModifiedKeepsItsNameK3() {
    AccessRule deny = AccessRule.deny(Set.of(Right.MODIFY), name("/data/raw"), new Who.Anyone());
    AccessPolicy policy = policy(LogicalName.ROOT, List.of(deny));
    for (String scope : List.of("storage.modify:/", "storage.create:/")) {
      assertThat(may(policy, with(scope), Operation.RENAME_FILE_FROM, "/data/raw/f"))
          .as(scope)
          .isFalse();
      assertThat(may(policy, with(scope), Operation.RENAME_FILE_TO, "/data/raw/f")).isTrue();
      assertThat(may(policy, with(scope), Operation.RENAME_FILE_FROM, "/data/rawer/f")).isTrue();
    }
  }

  @Test
  void overlappingBasesAreRefusedK4() {
    TrustedIssuer one = TrustedIssuer.of(ISSUER, name("/a"), KEYS);
    TrustedIssuer inside = TrustedIssuer.of("https://b.example", name("/a/b"), KEYS);
    TrustedIssuer beside = TrustedIssuer.of("https://b.example", name("/ab"), KEYS);
    assertThatThrownBy(() -> AccessPolicy.of(List.of(one, inside), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("/a/b");
    AccessPolicy.of(List.of(one, beside), List.of());
    AccessPolicy.of(List.of(one.asOwn(), inside), List.of());
    assertThatThrownBy(() -> AccessPolicy.of(List.of(one, one), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void rulesCompareSegmentsK5C4() {
    AccessPolicy policy = policy(LogicalName.ROOT, List.of(AccessRule.publicRead(name("/p"))));
    assertThat(may(policy, Caller.anonymous(), Operation.GET_FILE, "/p/x")).isTrue();
    assertThat(may(policy, Caller.anonymous(), Operation.LIST, "/p")).isTrue();
    assertThat(may(policy, Caller.anonymous(), Operation.STAT, "/")).isTrue();
    assertThat(may(policy, Caller.anonymous(), Operation.GET_FILE, "/p-auth/x")).isFalse();
    assertThat(may(policy, Caller.anonymous(), Operation.PUT_NEW, "/p/x")).isFalse();
    assertThat(may(policy, with("storage.read:/elsewhere"), Operation.GET_FILE, "/p/x")).isTrue();
  }

  @Test
  void subjectsInPathsMustBeHarmlessK6() {
    AccessPolicy policy =
        policy(
            LogicalName.ROOT,
            List.of(
                AccessRule.allow(Set.of(Right.READ), name("/user/{sub}"), new Who.Issuer(ISSUER))));
    Caller alice = Caller.of(ISSUER, "alice", "");
    assertThat(may(policy, alice, Operation.GET_FILE, "/user/alice/x")).isTrue();
    assertThat(may(policy, alice, Operation.GET_FILE, "/user/alicent/x")).isFalse();
    assertThat(may(policy, alice, Operation.GET_FILE, "/user/{sub}/x")).isFalse();
    for (String subject :
        List.of("a/../b", "..", ".", "../admin", "a b", "{sub}", "x".repeat(65))) {
      Caller caller = Caller.of(ISSUER, subject, "");
      for (String path : List.of("/user/b/x", "/user", "/admin", "/user/{sub}/x", "/user/a/x")) {
        assertThat(may(policy, caller, Operation.GET_FILE, path)).as(subject + path).isFalse();
      }
    }
  }

  @Test
  void ceilingsAndRestrictionsCutScopesK7C4() {
    TrustedIssuer cut =
        TrustedIssuer.of(ISSUER, name("/vo"), KEYS)
            .withReach(
                new Reach(
                    List.of(name("/vo")),
                    List.of(name("/vo/data"), name("/vo/scratch")),
                    Set.of(Right.READ, Right.CREATE),
                    false,
                    false));
    AccessPolicy policy = AccessPolicy.of(List.of(cut), List.of());
    Caller caller = with("storage.modify:/ storage.read:/ storage.stage:/");
    assertThat(may(policy, caller, Operation.GET_FILE, "/vo/data/x")).isTrue();
    assertThat(may(policy, caller, Operation.PUT_NEW, "/vo/data/x")).isTrue();
    assertThat(may(policy, caller, Operation.GET_FILE, "/vo/database/x")).isFalse();
    assertThat(may(policy, caller, Operation.GET_FILE, "/vo/x")).isFalse();
    assertThat(may(policy, caller, Operation.STAT, "/vo")).isTrue();
    assertThat(policy.decide(caller, Operation.DELETE, name("/vo/data/x"), TargetState.FILE))
        .isEqualTo(new AccessDecision.Denied("above-ceiling", "storage.modify:/data/x"));
    assertThat(may(policy, caller, Operation.STAGE, "/vo/data/x")).isFalse();
  }

  @Test
  void openAccessIsForLoopbackOnly() throws Exception {
    InetAddress here = InetAddress.getLoopbackAddress();
    AccessPolicy open = AccessPolicy.open(List.of(here, InetAddress.getByName("::1")));
    for (Operation operation : Operation.values()) {
      assertThat(may(open, Caller.anonymous(), operation, "/x")).isTrue();
    }
    open.requireAdmin(Caller.anonymous());
    for (String address : List.of("0.0.0.0", "::", "192.0.2.1", "10.0.0.1")) {
      List<InetAddress> listening = List.of(here, InetAddress.getByName(address));
      assertThatThrownBy(() -> AccessPolicy.open(listening))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> AccessPolicy.open(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void administrationNeedsItsScope() {
    ROOT.requireAdmin(with("firn.admin"));
    assertThatThrownBy(() -> ROOT.requireAdmin(with("storage.modify:/")))
        .isInstanceOfSatisfying(HttpProblem.class, p -> assertThat(p.status()).isEqualTo(403));
    assertThatThrownBy(() -> ROOT.requireAdmin(Caller.anonymous()))
        .isInstanceOfSatisfying(HttpProblem.class, p -> assertThat(p.status()).isEqualTo(401));
  }
}
