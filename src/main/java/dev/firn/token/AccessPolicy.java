package dev.firn.token;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/// The one access decision: may this caller do this to this name?
///
/// In order: a deny rule that fits refuses; a token's scopes are laid under the base paths of its
/// issuer, cut to what that issuer may reach, and compared segment by segment; rules for groups and
/// subjects count only for tokens that state no capability; rules for everybody always count; what
/// is published may be read by everybody; what nothing allows is refused. Every decision that lets
/// a request go on or refuses it is recorded, with the rule or the reason. Safe for many threads;
/// issuers stay, rules can be replaced.
public final class AccessPolicy {
  private static final int MOST_WORDS = 10_000;

  private final List<TrustedIssuer> issuers;
  private final AtomicReference<List<AccessRule>> rules;
  private final boolean open;
  private final Predicate<LogicalName> published;
  private final Audit audit;
  private final Map<Object, String> words = new ConcurrentHashMap<>();

  private AccessPolicy(
      List<TrustedIssuer> issuers,
      AtomicReference<List<AccessRule>> rules,
      boolean open,
      Predicate<LogicalName> published,
      Audit audit) {
    this.issuers = List.copyOf(issuers);
    this.rules = rules;
    this.open = open;
    this.published = published;
    this.audit = audit;
  }

  /// The same, recording what [#require] decides.
  public AccessPolicy recording(Audit to) {
    return new AccessPolicy(issuers, rules, open, published, to);
  }

  /// The same, under which everybody may read what `isPublished` holds for. It is asked only about
  /// what would be refused otherwise, and what a rule denies stays denied.
  public AccessPolicy publishing(Predicate<LogicalName> isPublished) {
    return new AccessPolicy(issuers, rules, open, isPublished, audit);
  }

  /// Puts other rules in force, all at once, here and in what [#recording] made of this.
  public void replace(List<AccessRule> others) {
    rules.set(List.copyOf(others));
  }

  /// @throws IllegalArgumentException when an issuer is named twice, or two issuers' bases overlap
  ///   and neither is shared
  public static AccessPolicy of(List<TrustedIssuer> issuers, List<AccessRule> rules) {
    for (int i = 0; i < issuers.size(); i++) {
      for (int j = 0; j < i; j++) {
        refuseOverlap(issuers.get(j), issuers.get(i));
      }
    }
    return new AccessPolicy(
        issuers, new AtomicReference<>(List.copyOf(rules)), false, name -> false, Audit.NONE);
  }

  /// A policy under which everybody may do everything, for protocol test suites.
  ///
  /// @param listening every address the server accepts connections on
  /// @throws IllegalArgumentException unless all of them are loopback addresses
  public static AccessPolicy open(List<InetAddress> listening) {
    if (listening.isEmpty() || !listening.stream().allMatch(InetAddress::isLoopbackAddress)) {
      throw new IllegalArgumentException(
          "open access is for loopback addresses only, not " + listening);
    }
    return new AccessPolicy(
        List.of(), new AtomicReference<>(List.of()), true, name -> false, Audit.NONE);
  }

  private static void refuseOverlap(TrustedIssuer one, TrustedIssuer other) {
    if (one.issuer().equals(other.issuer())) {
      throw new IllegalArgumentException("issuer is configured twice: " + one.issuer());
    }
    if (one.reach().shared() || other.reach().shared()) {
      return;
    }
    for (LogicalName a : one.reach().bases()) {
      for (LogicalName b : other.reach().bases()) {
        if (a.startsWith(b) || b.startsWith(a)) {
          throw new IllegalArgumentException(
              "bases of issuers overlap: %s of %s and %s of %s"
                  .formatted(a, one.issuer(), b, other.issuer()));
        }
      }
    }
  }

  /// Whether this is the policy of [#open(List)].
  public boolean isOpen() {
    return open;
  }

  /// Decides without side effects.
  ///
  /// @param state what is known of the thing; see [TargetState#UNKNOWN]
  public AccessDecision decide(
      Caller caller, Operation operation, LogicalName name, TargetState state) {
    if (open) {
      return new AccessDecision.Granted("open");
    }
    Question question = new Question(caller, operation, name, state);
    Set<Right> allowedHere = notDenied(question);
    AccessDecision decision =
        allowedHere.isEmpty()
            ? denied("denied-by-rule", caller, operation, name)
            : decideAmong(allowedHere, question);
    boolean reads = operation == Operation.GET_FILE || operation == Operation.STAT;
    if (!decision.granted() && reads && allowedHere.contains(Right.READ) && published.test(name)) {
      return new AccessDecision.Granted("published");
    }
    return caller.isAnonymous() && !decision.granted()
        ? new AccessDecision.Unauthenticated()
        : decision;
  }

  /// [#decide] that throws.
  ///
  /// @throws HttpProblem 401 `token-required` or 403 `insufficient-scope`, with `WWW-Authenticate`
  public void require(Caller caller, Operation operation, LogicalName name, TargetState state) {
    switch (decide(caller, operation, name, state)) {
      case AccessDecision.Granted(Object rule) ->
          note(
              operation.writes() ? "allow_write" : Audit.ALLOW_READ,
              inWords(rule),
              caller,
              operation,
              name);
      case AccessDecision.Unauthenticated unauthenticated -> {
        note("deny", "token-required", caller, operation, name);
        throw Challenges.tokenRequired();
      }
      case AccessDecision.Denied denied -> {
        note("deny", denied.reason(), caller, operation, name);
        throw Challenges.insufficientScope(denied);
      }
    }
  }

  /// [#require] again for what was allowed to the same caller a moment before, now that more is
  /// known of it: recorded only when it is refused.
  ///
  /// @throws HttpProblem 401 or 403, with `WWW-Authenticate`
  public void confirm(Caller caller, Operation operation, LogicalName name, TargetState state) {
    if (!decide(caller, operation, name, state).granted()) {
      require(caller, operation, name, state);
    }
  }

  /// Rules and scopes are few and are asked for with every request.
  private String inWords(Object rule) {
    if (rule instanceof String word) {
      return word;
    }
    String known = words.get(rule);
    if (known == null) {
      known = rule.toString();
      if (words.size() >= MOST_WORDS) {
        words.clear();
      }
      words.put(rule, known);
    }
    return known;
  }

  private void note(
      String kind, String reason, Caller caller, Operation operation, LogicalName name) {
    audit.record(
        new Audit.Event(
            kind, reason, caller, Map.of("operation", operation.name(), "path", name.toString())));
  }

  private void note(String kind, String reason, Caller caller, Role role) {
    audit.record(new Audit.Event(kind, reason, caller, Map.of("role", role.scope())));
  }

  /// The caller of `exchange`, who must have the scope `firn.admin`.
  ///
  /// @throws HttpProblem 401 or 403
  public Caller requireAdmin(Authenticator authenticator, Exchange exchange) {
    Caller caller = authenticator.authenticate(exchange);
    requireAdmin(caller);
    return caller;
  }

  /// Requires the scope `firn.admin`.
  ///
  /// @throws HttpProblem 401 or 403
  public void requireAdmin(Caller caller) {
    require(caller, Role.ADMIN);
  }

  /// The caller of `exchange`, who must have a role.
  ///
  /// @throws HttpProblem 401 or 403
  public Caller require(Authenticator authenticator, Exchange exchange, Role role) {
    Caller caller = authenticator.authenticate(exchange);
    require(caller, role);
    return caller;
  }

  /// Requires a role, which an administrator has in any case.
  ///
  /// @throws HttpProblem 401 or 403
  public void require(Caller caller, Role role) {
    if (may(caller, role)) {
      note(Audit.ALLOW_ROLE, open ? "open" : "role-held", caller, role);
      return;
    }
    if (caller.isAnonymous()) {
      note("deny", "token-required", caller, role);
      throw Challenges.tokenRequired();
    }
    String reason = role == Role.ADMIN ? "not-an-administrator" : "role-missing";
    note("deny", reason, caller, role);
    throw Challenges.insufficientScope(new AccessDecision.Denied(reason, role.scope()));
  }

  /// [#require(Caller, Role)] as a question.
  public boolean may(Caller caller, Role role) {
    return open || caller.has(role);
  }

  private record Question(Caller caller, Operation operation, LogicalName name, TargetState state) {
    /// Whether the operation is about everything below the name as well, so that what is denied
    /// below denies it here.
    boolean tree() {
      return operation.reachesDescendants() && state != TargetState.FILE;
    }

    boolean answeredBy(Scope scope) {
      return scope.covers(name, operation.meansDirectory(state))
          || (operation.reachesAncestors() && scope.isBelow(name));
    }
  }

  /// The rights of which one is enough, less those that are denied here. Who may only add files may
  /// give them other names, and where nothing is to be changed they keep those that they have.
  private Set<Right> notDenied(Question question) {
    if (question.operation() == Operation.RENAME_FILE_FROM && isDenied(Right.MODIFY, question)) {
      return Set.of();
    }
    Set<Right> needed = question.operation().needs();
    Set<Right> left = needed;
    for (Right right : needed) {
      if (isDenied(right, question)) {
        left = left == needed ? new HashSet<>(needed) : left;
        left.remove(right);
      }
    }
    return left;
  }

  private boolean isDenied(Right right, Question question) {
    LogicalName name = question.name();
    for (AccessRule rule : rules.get()) {
      if (!rule.allow()
          && rule.rights().contains(right)
          && rule.isAbout(question.caller())
          && rule.pathFor(question.caller())
              .map(path -> name.startsWith(path) || (question.tree() && path.startsWith(name)))
              .orElse(false)
          && !rule.excepts(name, false)) {
        return true;
      }
    }
    return false;
  }

  private AccessDecision decideAmong(Set<Right> needed, Question question) {
    Caller caller = question.caller();
    boolean capability = caller.hasCapability();
    for (AccessRule rule : rules.get()) {
      if (rule.allow()
          && (!capability || rule.countsBesideCapabilities())
          && allows(rule, needed, question)) {
        return new AccessDecision.Granted(rule);
      }
    }
    if (!capability) {
      return denied("no-matching-rule", caller, question.operation(), question.name());
    }
    for (TrustedIssuer issuer : issuers) {
      if (issuer.issuer().equals(caller.issuer())) {
        return decideByScopes(issuer, needed, question);
      }
    }
    return denied("outside-area", caller, question.operation(), question.name());
  }

  private static boolean allows(AccessRule rule, Set<Right> needed, Question question) {
    if (!rule.isAbout(question.caller()) || rule.excepts(question.name(), question.tree())) {
      return false;
    }
    Optional<LogicalName> path = rule.pathFor(question.caller());
    if (path.isEmpty()) {
      return false;
    }
    for (Right right : rule.rights()) {
      if (includesAny(right, needed) && question.answeredBy(new Scope(right, path.get()))) {
        return true;
      }
    }
    return false;
  }

  /// Every request asks this several times: no stream is made for it.
  private static boolean includesAny(Right held, Set<Right> needed) {
    for (Right right : needed) {
      if (held.includes(right)) {
        return true;
      }
    }
    return false;
  }

  /// A token's scope and where it was laid.
  private record Laid(Scope scope, LogicalName base) {
    @Override
    public String toString() {
      return scope + " under " + base;
    }
  }

  private AccessDecision decideByScopes(
      TrustedIssuer issuer, Set<Right> needed, Question question) {
    boolean aboveCeiling = false;
    for (Scope scope : question.caller().permissions().scopes()) {
      if (!includesAny(scope.right(), needed)) {
        continue;
      }
      for (LogicalName base : issuer.reach().bases()) {
        for (Scope effective : issuer.reach().effective(base, scope)) {
          if (question.answeredBy(effective)) {
            if (honoured(issuer, scope.right(), needed)) {
              return new AccessDecision.Granted(new Laid(scope, base));
            }
            aboveCeiling = true;
          }
        }
      }
    }
    boolean inside = issuer.reach().bases().stream().anyMatch(question.name()::startsWith);
    String reason = aboveCeiling ? "above-ceiling" : inside ? "no-matching-scope" : "outside-area";
    return denied(reason, question.caller(), question.operation(), question.name());
  }

  /// A modify scope under a ceiling of create still creates.
  private static boolean honoured(TrustedIssuer issuer, Right held, Set<Right> needed) {
    for (Right right : needed) {
      for (Right most : issuer.reach().ceiling()) {
        if (held.includes(right) && most.includes(right)) {
          return true;
        }
      }
    }
    return false;
  }

  private AccessDecision denied(
      String reason, Caller caller, Operation operation, LogicalName name) {
    LogicalName relative = name;
    for (TrustedIssuer issuer : issuers) {
      for (LogicalName base : issuer.reach().bases()) {
        if (issuer.issuer().equals(caller.issuer()) && name.startsWith(base)) {
          relative = new LogicalName(name.below(base));
        }
      }
    }
    return new AccessDecision.Denied(reason, new Scope(operation.asksFor(), relative).toString());
  }
}
