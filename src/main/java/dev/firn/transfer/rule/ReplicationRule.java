package dev.firn.transfer.rule;

import dev.firn.model.SiteName;
import dev.firn.transfer.queue.TransferRequest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What should be true: files that match have copies at sites.
///
/// @param wanted what the rule says
/// @param account who is charged for its copies
/// @param createdBy who added it
/// @param created when it was added
/// @param onlyTo the highest number of a file it is for; empty when also for files to come
public record ReplicationRule(
    long id,
    Wanted wanted,
    String account,
    String createdBy,
    Instant created,
    OptionalLong onlyTo) {

  /// Which files.
  ///
  /// @param pattern which names
  /// @param level which level (`raw`, `L2`), or empty for any
  /// @param query a query of the catalog that also holds for them, or empty; datasets are named in
  ///   it: `in dataset pass2`
  public record Selection(NamePattern pattern, String level, String query) {
    public Selection {
      if (level.length() > 64) {
        throw new IllegalArgumentException("a level has at most 64 characters");
      }
      if (query.length() > 8192) {
        throw new IllegalArgumentException("the query of a rule has at most 8192 characters");
      }
    }

    String sentence() {
      return "files matching "
          + pattern
          + (level.isEmpty() ? "" : " of level " + level)
          + (query.isEmpty() ? "" : " with " + query);
    }
  }

  /// What lies together at the same sites when there is a choice.
  public enum Grouping {
    /// Each file by itself.
    NONE,
    /// The files of a directory.
    DIRECTORY,
    /// All files of the rule.
    RULE;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException when there is none of this name
    public static Grouping ofLabel(String label) {
      try {
        return valueOf(label.toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("grouping is none, directory or rule: " + label, e);
      }
    }
  }

  /// Where.
  ///
  /// @param at among which sites
  /// @param copies at how many of them
  /// @param bundled whether the copies lie in bundles of the archive
  public record Placing(SiteExpression at, int copies, Grouping grouping, boolean bundled) {
    public Placing {
      if (copies < 1 || copies > 16) {
        throw new IllegalArgumentException("a rule asks for 1 to 16 copies: " + copies);
      }
    }

    String sentence() {
      String kind = bundled ? "bundled " : "";
      String together =
          switch (grouping) {
            case NONE -> "";
            case DIRECTORY -> ", directory by directory";
            case RULE -> ", all at the same";
          };
      return (copies == 1 ? "a " + kind + "copy at " : copies + " " + kind + "copies at ")
          + at
          + together;
    }
  }

  /// How, and for how long.
  ///
  /// @param priority of the transfers, 1 (last) to 5 (first)
  /// @param activity whose share of the links they use
  /// @param expires when the rule ends by itself; null for never
  /// @param standing whether it is also for files to come
  public record Handling(
      int priority, String activity, @Nullable Instant expires, boolean standing) {
    public static final Handling USUAL =
        new Handling(TransferRequest.NORMAL, TransferRequest.DEFAULT_ACTIVITY, null, true);

    public Handling {
      if (priority < 1 || priority > 5) {
        throw new IllegalArgumentException("a priority is 1 (last) to 5 (first): " + priority);
      }
      TransferRequest.requireActivity(activity);
      expires = expires == null ? null : expires.truncatedTo(ChronoUnit.SECONDS);
    }

    public Handling withPriority(int value) {
      return new Handling(value, activity, expires, standing);
    }
  }

  /// What a rule says; two that want the same files at the same places are one rule.
  public record Wanted(Selection what, Placing where, Handling how) {
    /// One copy at one site, for ever.
    public Wanted(NamePattern pattern, String level, SiteName site, boolean bundled, int priority) {
      this(
          new Selection(pattern, level, ""),
          new Placing(SiteExpression.of(site), 1, Grouping.NONE, bundled),
          Handling.USUAL.withPriority(priority));
    }

    public boolean bundled() {
      return where.bundled();
    }

    /// Whether both want the same; they may differ in how.
    boolean sameAs(Wanted other) {
      return what.equals(other.what)
          && where.equals(other.where)
          && how.standing() == other.how.standing();
    }

    /// One sentence, as an operator would say it.
    public String sentence() {
      return what.sentence()
          + " have "
          + where.sentence()
          + (how.standing() ? "" : ", those there are now")
          + (how.expires() == null ? "" : ", until " + how.expires());
    }
  }

  /// The rule with other words of how.
  ReplicationRule with(Handling how) {
    return new ReplicationRule(
        id, new Wanted(wanted.what(), wanted.where(), how), account, createdBy, created, onlyTo);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ReplicationRule rule && rule.id == id && rule.wanted.equals(wanted);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id);
  }
}
