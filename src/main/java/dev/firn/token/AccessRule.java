package dev.firn.token;

import dev.firn.model.LogicalName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// A configured rule: these people may, or may not, do these things below this path.
///
/// A deny rule beats everything that allows, wherever it stands. It denies what an operation *is*,
/// not how it was permitted: denying [Right#MODIFY] keeps what exists as it is and where it is, and
/// still lets new files come; deny [Right#CREATE] too to stop those. A segment `{sub}` of the path
/// stands for the caller's subject where that is a harmless word; otherwise the rule does not
/// apply.
///
/// @param except paths (absolute) at and below which an allow rule does not count
public record AccessRule(
    boolean allow, Set<Right> rights, LogicalName path, List<LogicalName> except, Who who) {
  private static final String SUBJECT = "{sub}";
  private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /// Whom a rule is about. Groups count only for callers whose token states no capability.
  public sealed interface Who {
    /// Everybody, with or without a token.
    record Anyone() implements Who {}

    /// Holders of any valid token of the issuer.
    record Issuer(String issuer) implements Who {}

    /// Members of a group by the issuer's word; `/a/b` does not make a member of `/a`.
    record Group(String issuer, String group) implements Who {}

    /// One subject of the issuer.
    record Subject(String issuer, String subject) implements Who {}
  }

  public AccessRule {
    rights = Set.copyOf(rights);
    except = List.copyOf(except);
    if (rights.isEmpty()) {
      throw new IllegalArgumentException("rule for " + path + " names no right");
    }
    for (LogicalName hole : except) {
      if (!hole.startsWith(path)) {
        throw new IllegalArgumentException("exception " + hole + " does not lie under " + path);
      }
    }
  }

  /// Everybody may read below the path.
  public static AccessRule publicRead(LogicalName path) {
    return allow(Set.of(Right.READ), path, new Who.Anyone());
  }

  public static AccessRule allow(Set<Right> rights, LogicalName path, Who who) {
    return new AccessRule(true, rights, path, List.of(), who);
  }

  public static AccessRule deny(Set<Right> rights, LogicalName path, Who who) {
    return new AccessRule(false, rights, path, List.of(), who);
  }

  public AccessRule except(List<LogicalName> holes) {
    return new AccessRule(allow, rights, path, holes, who);
  }

  boolean isAbout(Caller caller) {
    return switch (who) {
      case Who.Anyone() -> true;
      case Who.Issuer(String issuer) -> issuer.equals(caller.issuer());
      case Who.Group(String issuer, String group) ->
          issuer.equals(caller.issuer()) && caller.permissions().groups().contains(group);
      case Who.Subject(String issuer, String subject) ->
          issuer.equals(caller.issuer()) && subject.equals(caller.subject());
    };
  }

  /// Whether the rule counts although the caller's token states capabilities.
  boolean countsBesideCapabilities() {
    return !allow || who instanceof Who.Anyone;
  }

  /// The rule's path for this caller; empty when the subject cannot stand in a path.
  Optional<LogicalName> pathFor(Caller caller) {
    if (!path.segments().contains(SUBJECT)) {
      return Optional.of(path);
    }
    if (!HARMLESS.matcher(caller.subject()).matches()) {
      return Optional.empty();
    }
    List<String> segments = new ArrayList<>(path.segments());
    segments.replaceAll(segment -> segment.equals(SUBJECT) ? caller.subject() : segment);
    return Optional.of(new LogicalName(segments));
  }

  /// @param tree whether everything below `name` is meant too
  boolean excepts(LogicalName name, boolean tree) {
    return except.stream()
        .anyMatch(hole -> name.startsWith(hole) || (tree && hole.startsWith(name)));
  }

  @Override
  public String toString() {
    return (allow ? "allow " : "deny ")
        + rights.stream().sorted().map(Right::scopeName).toList()
        + " "
        + path
        + (except.isEmpty() ? "" : " except " + except)
        + " to "
        + who;
  }
}
