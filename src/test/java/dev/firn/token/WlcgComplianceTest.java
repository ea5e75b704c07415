package dev.firn.token;

import static dev.firn.token.Mint.SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessRule.Who;
import dev.firn.token.key.KeySource;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The 29 behaviours of the WLCG JWT compliance suite (indigo-iam, 83827d4), with signed tokens and
/// the status a door answers by asking only [Authenticator] and [AccessPolicy].
class WlcgComplianceTest {
  private static final LogicalName BASE = LogicalName.parse("/wlcg");
  private static final LogicalName PROTECTED = LogicalName.parse("/wlcg/protected");
  private static final TrustedIssuer ISSUER =
      TrustedIssuer.of(SHARED.issuer, BASE, KeySource.of(SHARED.jwks()));
  private static final Authenticator AUTHENTICATOR =
      new Authenticator(
          List.of(ISSUER), Set.of(Mint.SITE), Revocations.NONE, InstantSource.fixed(Mint.NOW));
  private static final Who MEMBERS = new Who.Group(SHARED.issuer, "/wlcg");
  private static final AccessPolicy POLICY =
      AccessPolicy.of(
          List.of(ISSUER),
          List.of(
              AccessRule.allow(Set.of(Right.READ), BASE, MEMBERS),
              AccessRule.allow(Set.of(Right.MODIFY), BASE, MEMBERS).except(List.of(PROTECTED)),
              AccessRule.allow(
                  Set.of(Right.READ, Right.MODIFY),
                  PROTECTED,
                  new Who.Group(SHARED.issuer, "/wlcg/test"))));

  /// A door that knows of files only whether they are there.
  private static final class Files {
    private final Set<LogicalName> files = new TreeSet<>();

    int ask(String token, String method, String path) {
      try {
        Caller caller = AUTHENTICATOR.authenticate(Headers.bearer(token));
        LogicalName name = RequestPath.decode(path);
        boolean there = files.contains(name);
        TargetState state = there ? TargetState.FILE : TargetState.ABSENT;
        return switch (method) {
          case "GET" -> {
            POLICY.require(caller, Operation.GET_FILE, name, state);
            yield there ? 200 : 404;
          }
          case "PUT" -> {
            POLICY.require(caller, Operation.PUT_NEW, name, TargetState.UNKNOWN);
            if (there) {
              POLICY.require(caller, Operation.PUT_OVER, name, state);
            }
            files.add(name);
            yield there ? 204 : 201;
          }
          case "DELETE" -> {
            POLICY.require(caller, Operation.DELETE, name, state);
            yield files.remove(name) ? 204 : 404;
          }
          case "MKCOL" -> {
            POLICY.require(caller, Operation.MAKE_DIRECTORY, name, state);
            yield 201;
          }
          default -> throw new AssertionError(method);
        };
      } catch (HttpProblem p) {
        return p.status();
      }
    }
  }

  private record Case(String name, List<Step> steps) {
    @Override
    public String toString() {
      return name;
    }
  }

  private record Step(
      Map<String, Object> claims, String method, String path, Set<Integer> answers) {}

  private static Step step(String scope, String method, String path, Integer... answers) {
    return new Step(SHARED.claims(scope), method, path, Set.of(answers));
  }

  private static Step aimed(Object audience, String path, Integer... answers) {
    return new Step(SHARED.claims("storage.read:/", "aud", audience), "GET", path, Set.of(answers));
  }

  private static Step grouped(List<String> groups, String method, String path, Integer... answers) {
    return new Step(
        SHARED.claims("openid wlcg.groups", "wlcg.groups", groups), method, path, Set.of(answers));
  }

  static Stream<Case> behaviours() {
    List<Case> cases = new ArrayList<>();
    String missing = "/wlcg/missing";
    String elsewhere = "https://wlcg.cern.ch/jwt/v1/elsewhere";
    List<String> wrong = List.of("https://a.example", "https://b.example");
    List<String> some = List.of("https://a.example", Mint.SITE);
    add(cases, "1 random audience, permissive", aimed(elsewhere, missing, 401, 403, 404));
    add(cases, "2 random audience, strict", aimed(elsewhere, missing, 401));
    add(cases, "3 correct audience", aimed(Mint.SITE, missing, 404));
    add(cases, "3b any audience", aimed("https://wlcg.cern.ch/jwt/v1/any", missing, 404));
    add(cases, "4 one of several audiences", aimed(some, missing, 404));
    add(cases, "5 wrong audiences, permissive", aimed(wrong, missing, 401, 403, 404));
    add(cases, "6 wrong audiences, strict", aimed(wrong, missing, 401));
    add(cases, "7 read denied to openid", step("openid", "GET", missing, 403));
    add(cases, "8 write denied to openid", step("openid", "PUT", missing, 403));
    List<String> members = List.of("/wlcg");
    List<String> testers = List.of("/wlcg/test", "/wlcg");
    add(cases, "9 groups read", grouped(members, "GET", missing, 404));
    add(cases, "10 groups write", grouped(members, "PUT", "/wlcg/f", 200, 201));
    add(cases, "11 modify writes", step("storage.modify:/", "PUT", "/wlcg/f", 200, 201));
    add(
        cases,
        "12 modify deletes",
        step("storage.modify:/", "PUT", "/wlcg/f", 201),
        step("storage.modify:/", "DELETE", "/wlcg/f", 200, 204));
    add(cases, "13 modify makes directories", step("storage.modify:/", "MKCOL", "/wlcg/d", 201));
    add(cases, "14 read reads", step("storage.read:/", "GET", missing, 404));
    add(cases, "15 read does not write", step("storage.read:/", "PUT", "/wlcg/f", 403));
    Step existing = step("storage.modify:/", "PUT", "/wlcg/f", 201);
    add(
        cases,
        "16 modify does not read",
        existing,
        step("storage.modify:/", "GET", "/wlcg/f", 403));
    add(
        cases,
        "17 create does not read",
        existing,
        step("storage.create:/", "GET", "/wlcg/f", 403));
    add(
        cases,
        "18 create does not replace",
        existing,
        step("storage.create:/", "PUT", "/wlcg/f", 403));
    add(
        cases,
        "19 create does not delete",
        existing,
        step("storage.create:/", "DELETE", "/wlcg/f", 403));
    add(
        cases,
        "20 default groups do not write to /protected",
        grouped(members, "GET", "/wlcg/protected/f", 404),
        grouped(members, "PUT", "/wlcg/protected/f", 403));
    add(
        cases,
        "21 wlcg/test has full access to /protected",
        grouped(testers, "GET", "/wlcg/protected/f", 404),
        grouped(testers, "PUT", "/wlcg/protected/f", 200, 201),
        grouped(testers, "DELETE", "/wlcg/protected/f", 200, 204));
    add(
        cases,
        "22 read is bound to its path",
        step("storage.read:/foo", "GET", "/wlcg/bar", 403),
        step("storage.read:/foo", "GET", "/wlcg/foo/f", 404));
    add(
        cases,
        "23 modify is bound to its path",
        step("storage.modify:/foo", "PUT", "/wlcg/bar", 403),
        step("storage.modify:/foo", "PUT", "/wlcg/foo/f", 201));
    Step inFoobar = step("storage.modify:/", "PUT", "/wlcg/foobar/f", 201);
    add(
        cases,
        "24 /foobar reads below /foobar",
        inFoobar,
        step("storage.read:/foobar", "GET", "/wlcg/foobar/f", 200));
    add(
        cases,
        "25 /foo does not read below /foobar",
        inFoobar,
        step("storage.read:/foo", "GET", "/wlcg/foobar/f", 403));
    add(cases, "26 create makes directories", step("storage.create:/d", "MKCOL", "/wlcg/d", 201));
    add(cases, "27 not by a partial path", step("storage.create:/fo", "MKCOL", "/wlcg/foo", 403));
    add(
        cases,
        "28 other paths do not read",
        step("storage.modify:/", "PUT", "/wlcg/bar/f", 201),
        step("storage.read:/foobar", "GET", "/wlcg/bar/f", 403),
        step("storage.read:/foo", "GET", "/wlcg/bar/f", 403));
    // The suite's third assertion contradicts its own case 24 and the profile: scope /foobar must
    // cover /foobar/f. It is not asserted here.
    add(
        cases,
        "29 trailing slash reads below the directory",
        inFoobar,
        step("storage.read:/foobar/", "GET", "/wlcg/foobar/f", 200),
        step("storage.read:/foo/", "GET", "/wlcg/foobar/f", 403));
    return cases.stream();
  }

  private static void add(List<Case> cases, String name, Step... steps) {
    cases.add(new Case(name, List.of(steps)));
  }

  @ParameterizedTest
  @MethodSource("behaviours")
  void behavesAsTheSuiteDemands(Case behaviour) {
    Files files = new Files();
    for (Step step : behaviour.steps()) {
      assertThat(files.ask(SHARED.sign(step.claims()), step.method(), step.path()))
          .as("%s %s with %s", step.method(), step.path(), step.claims().get("scope"))
          .isIn(step.answers());
    }
  }
}
