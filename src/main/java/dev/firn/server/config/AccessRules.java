package dev.firn.server.config;

import dev.firn.model.LogicalName;
import dev.firn.token.AccessRule;
import dev.firn.token.AccessRule.Who;
import dev.firn.token.Right;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.TrustedIssuer.Profile;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The `[[rules]]` of a site, and how far each of its `[[issuers]]` reaches.
final class AccessRules {
  private AccessRules() {}

  /// @throws ConfigException when a value does not make sense
  static List<AccessRule> read(ConfigFile file) {
    List<AccessRule> rules = new ArrayList<>();
    for (int i = 0; i < file.count("rules"); i++) {
      rules.add(rule(file, "rules[" + i + "]."));
    }
    return List.copyOf(rules);
  }

  private static AccessRule rule(ConfigFile file, String at) {
    boolean allow =
        switch (file.text(at + "effect")) {
          case "allow" -> true;
          case "deny" -> false;
          default -> throw file.refuse(at + "effect", "allow or deny");
        };
    try {
      LogicalName path = file.parsed(at + "path", LogicalName::parse);
      return new AccessRule(
          allow, rights(file, at + "rights"), path, names(file, at + "except"), who(file, at));
    } catch (IllegalArgumentException e) {
      throw file.refuse(at + "path", String.valueOf(e.getMessage()));
    }
  }

  private static Who who(ConfigFile file, String at) {
    String issuer = file.text(at + "issuer");
    String group = file.text(at + "group");
    String subject = file.text(at + "subject");
    if (!group.isEmpty() && !subject.isEmpty()) {
      throw file.refuse(at + "group", "a rule is about a group or a subject, not both");
    }
    if (issuer.isEmpty()) {
      if (!group.isEmpty() || !subject.isEmpty()) {
        throw file.refuse(at + "issuer", "a group or subject is one by some issuer's word");
      }
      return new Who.Anyone();
    }
    return !group.isEmpty()
        ? new Who.Group(issuer, group)
        : !subject.isEmpty() ? new Who.Subject(issuer, subject) : new Who.Issuer(issuer);
  }

  private static Set<Right> rights(ConfigFile file, String name) {
    Set<Right> rights = EnumSet.noneOf(Right.class);
    for (String word : file.texts(name)) {
      try {
        rights.add(Right.valueOf(word.toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw file.refuse(name, "read, create, modify, stage and poll are the rights there are");
      }
    }
    return rights;
  }

  private static List<LogicalName> names(ConfigFile file, String name) {
    try {
      return file.texts(name).stream().map(LogicalName::parse).toList();
    } catch (IllegalArgumentException e) {
      throw file.refuse(name, String.valueOf(e.getMessage()));
    }
  }

  /// Where the issuer's tokens count.
  static TrustedIssuer.Reach reach(ConfigFile file, String at) {
    Set<Right> ceiling = rights(file, at + "ceiling");
    return new TrustedIssuer.Reach(
        List.of(file.parsed(at + "base", LogicalName::parse)),
        names(file, at + "restrict"),
        ceiling.isEmpty() ? EnumSet.allOf(Right.class) : ceiling,
        file.flag(at + "shared"),
        file.flag(at + "administers"));
  }

  /// What the issuer's tokens must look like.
  static TrustedIssuer.Acceptance acceptance(ConfigFile file, String at) {
    Set<Profile> profiles = EnumSet.noneOf(Profile.class);
    for (String word : file.texts(at + "profiles")) {
      try {
        profiles.add(Profile.valueOf(word.toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw file.refuse(
            at + "profiles", "wlcg, scitokens and generic are the profiles there are");
      }
    }
    List<String> algorithms = file.texts(at + "algorithms");
    try {
      return new TrustedIssuer.Acceptance(
          profiles.isEmpty() ? Set.of(Profile.WLCG, Profile.SCITOKENS) : profiles,
          algorithms.isEmpty() ? Set.of("RS256", "ES256") : new HashSet<>(algorithms),
          file.duration(at + "max-lifetime"),
          file.flag(at + "any-audience"),
          file.text(at + "groups-claim"));
    } catch (IllegalArgumentException e) {
      throw file.refuse(at + "algorithms", String.valueOf(e.getMessage()));
    }
  }
}
