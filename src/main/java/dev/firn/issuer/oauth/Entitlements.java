package dev.firn.issuer.oauth;

import dev.firn.issuer.account.Account;
import dev.firn.token.Caller;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What people may have from this issuer: an account its own scopes and those of its groups; a
/// subject of another issuer what is configured for it and its groups, whatever its token says.
public final class Entitlements {
  private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final Map<String, String> foreign;
  private final List<GrantRule> rules;

  /// @param foreign issuers whose tokens are exchanged for ours, each with the word that begins the
  ///   subjects of those tokens, so that nobody is taken for an account of this hub
  /// @throws IllegalArgumentException when a word is none, two are alike, or a rule is about an
  ///   issuer that is not named
  public Entitlements(Map<String, String> foreign, List<GrantRule> rules) {
    this.foreign = Map.copyOf(foreign);
    this.rules = List.copyOf(rules);
    if (Set.copyOf(foreign.values()).size() != foreign.size()
        || !foreign.values().stream().allMatch(word -> word.matches("[a-z][a-z0-9-]{0,15}"))) {
      throw new IllegalArgumentException(
          "each issuer whose tokens are exchanged has a word of its own for its subjects");
    }
    for (GrantRule rule : rules) {
      if (!rule.issuer().isEmpty() && !foreign.containsKey(rule.issuer())) {
        throw new IllegalArgumentException(
            "a grant is to people of an issuer without `subjects`: " + rule.issuer());
      }
    }
  }

  /// Nobody has anything beyond an account's own scopes.
  public static Entitlements none() {
    return new Entitlements(Map.of(), List.of());
  }

  /// What an account may have now.
  List<String> of(Account account) {
    Set<String> held = new LinkedHashSet<>(account.scopes());
    held.addAll(byRules("", account.groups(), account.name(), account.name()));
    return List.copyOf(held);
  }

  /// The subject of tokens for a caller of another issuer; empty when its tokens are not exchanged.
  Optional<String> subject(Caller caller) {
    return Optional.ofNullable(foreign.get(caller.issuer()))
        .map(word -> word + "." + caller.subject());
  }

  /// What a caller of another issuer may have.
  List<String> of(Caller caller) {
    String name = subject(caller).orElse("");
    return byRules(caller.issuer(), caller.permissions().groups(), caller.subject(), name);
  }

  private List<String> byRules(
      String issuer, Collection<String> groups, String subject, String name) {
    Set<String> held = new LinkedHashSet<>();
    for (GrantRule rule : rules) {
      boolean meant =
          rule.issuer().equals(issuer)
              && (rule.group().isEmpty() || groups.contains(rule.group()))
              && (rule.subject().isEmpty() || rule.subject().equals(subject));
      if (!meant) {
        continue;
      }
      for (String scope : rule.scopes()) {
        if (!scope.contains(GrantRule.SUBJECT)) {
          held.add(scope);
        } else if (HARMLESS.matcher(name).matches()) {
          held.add(scope.replace(GrantRule.SUBJECT, name));
        }
      }
    }
    return List.copyOf(held);
  }
}
