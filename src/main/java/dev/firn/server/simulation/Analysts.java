package dev.firn.server.simulation;

import dev.firn.model.SiteName;
import dev.firn.server.simulation.SimFile.Level;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkCalendar;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.ReplicationRule.Grouping;
import dev.firn.transfer.rule.ReplicationRule.Handling;
import dev.firn.transfer.rule.ReplicationRule.Placing;
import dev.firn.transfer.rule.ReplicationRule.Selection;
import dev.firn.transfer.rule.SiteExpression;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/// People who want some days' files, or a dataset that grows, for a while, near where they compute:
/// rules come, are changed, and end. And links that are closed for a while, by somebody or by their
/// calendar; the computing centre and the observatory cannot talk at all.
final class Analysts {
  private static final List<String> WHERE =
      List.of("hpc", "hpc", "mirror", "spare", "mirror | hpc", "hpc | spare");
  private static final List<String> ACCOUNTS = List.of("analysis", "students");
  private static final List<String> ACTIVITIES = List.of("analysis", "default", "urgent");
  private static final LinkPolicy OPEN = LinkPolicy.adaptive(4, 12);
  private static final LinkPolicy CLOSED =
      new LinkPolicy(true, 4, 12, 0, 0, Map.of(), LinkCalendar.NONE);

  private static final List<Link> FICKLE =
      List.of(
          link("mirror", "hpc"),
          link("spare", "hpc"),
          link("madison", "spare"),
          link("mirror", "spare"),
          link("spare", "mirror"));

  private final SimWorld world;
  private final MemoryBook book;
  private final SimCatalog catalog;
  private final SimRules rules;
  private final Random random;
  private int ended;
  private boolean resting;

  Analysts(SimWorld world, MemoryBook book, SimCatalog catalog) {
    this.world = world;
    this.book = book;
    this.catalog = catalog;
    this.rules = catalog.rules();
    this.random = world.random;
    book.set(link("madison", "hpc"), CLOSED);
    book.set(link("hpc", "madison"), CLOSED);
    book.set(link("madison", "mirror"), by("mon-fri 08:00-11:00 closed; 11:00-18:00 60 MB/s"));
    book.set(link("mirror", "hpc"), by("sun closed"));
  }

  private static Link link(String from, String to) {
    return new Link(new SiteName(from), new SiteName(to));
  }

  private static LinkPolicy by(String calendar) {
    return new LinkPolicy(
        false,
        4,
        12,
        0,
        0,
        Map.of("default", 3, "analysis", 2, "urgent", 5),
        LinkCalendar.parse(calendar));
  }

  /// How many rules have ended.
  int ended() {
    return ended;
  }

  /// Somebody wants files.
  void want() {
    Instant now = world.agenda.instant();
    Level level = Level.values()[random.nextInt(Level.values().length)];
    Instant day = now.truncatedTo(ChronoUnit.DAYS).minus(Duration.ofDays(random.nextInt(12) - 1L));
    boolean query = random.nextInt(3) == 0;
    String where = WHERE.get(random.nextInt(WHERE.size()));
    int copies = where.contains("|") ? 1 + random.nextInt(2) : 1;
    Grouping grouping = random.nextInt(3) == 0 ? Grouping.DIRECTORY : Grouping.NONE;
    boolean standing = query || random.nextInt(3) > 0;
    long id = rules.nextId();
    ReplicationRule.Wanted wanted =
        new ReplicationRule.Wanted(
            new Selection(
                NamePattern.parse(query ? "/data/exp/**" : pattern(level, day)),
                level.label,
                query ? "in dataset set-" + id : ""),
            new Placing(SiteExpression.parse(where), copies, grouping, false),
            new Handling(
                1 + random.nextInt(5),
                ACTIVITIES.get(random.nextInt(ACTIVITIES.size())),
                book.now().plus(lifetime()),
                standing));
    String account = ACCOUNTS.get(random.nextInt(ACCOUNTS.size()));
    OptionalLong onlyTo =
        standing ? OptionalLong.empty() : OptionalLong.of(catalog.files().size() - 1L);
    ReplicationRule rule = new ReplicationRule(id, wanted, account, account, book.now(), onlyTo);
    rules.add(rule);
    if (query) {
      grow(rule);
    } else {
      List.copyOf(catalog.between(day, day.plus(Duration.ofDays(1)))).forEach(catalog::evaluate);
    }
  }

  private Duration lifetime() {
    return Duration.ofHours(6 + (long) (Math.pow(random.nextDouble(), 3) * 24 * 25));
  }

  /// One of ten of a day's raw files, all of its others.
  private static String pattern(Level level, Instant day) {
    ZonedDateTime date = day.atZone(ZoneOffset.UTC);
    return "/data/exp/IceCube/%d/%s/%s/%02d%02d/%s"
        .formatted(
            date.getYear(),
            level.kind,
            level.label,
            date.getMonthValue(),
            date.getDayOfMonth(),
            level == Level.RAW ? "PFRaw_*7.tar.gz" : "**");
  }

  /// Somebody's rule, one of those that end.
  private Optional<ReplicationRule> any() {
    List<ReplicationRule> some =
        rules.inForce().stream().filter(r -> r.wanted().how().expires() != null).toList();
    return some.isEmpty() ? Optional.empty() : Optional.of(some.get(random.nextInt(some.size())));
  }

  /// Somebody changes their mind: a rule is removed, lives longer or shorter, or its dataset grows.
  void change() {
    ReplicationRule rule = any().orElse(null);
    if (rule == null) {
      return;
    }
    boolean query = !rule.wanted().what().query().isEmpty();
    switch (random.nextInt(query ? 6 : 3)) {
      case 0 -> end(rule);
      case 1, 2 -> rules.change(rule, book.now().plus(lifetime()));
      default -> grow(rule);
    }
  }

  private void grow(ReplicationRule rule) {
    List<SimFile> files = catalog.files();
    int count = Math.min(files.size(), 1 + random.nextInt(60));
    int from = random.nextInt(Math.min(files.size(), 3_000) - count + 1);
    List<SimFile> some =
        List.copyOf(files.subList(files.size() - from - count, files.size() - from));
    rules.grow(rule, some);
    some.forEach(catalog::evaluate);
  }

  private void end(ReplicationRule rule) {
    rules.end(rule);
    ended++;
  }

  /// Ends rules whose lifetime is over.
  void expire() {
    rules.over(book.now()).forEach(this::end);
  }

  /// A link is closed for a while.
  void close() {
    Link link = FICKLE.get(random.nextInt(FICKLE.size()));
    LinkPolicy before = book.policy(link);
    if (resting || before.blocked()) {
      return;
    }
    book.set(link, CLOSED);
    Duration spell = Duration.ofHours(1 + (long) (Math.pow(random.nextDouble(), 3) * 24 * 8));
    world.agenda.in(spell, () -> open(link, before));
  }

  private void open(Link link, LinkPolicy policy) {
    book.set(link, policy);
    catalog.lookAgainAtStranded();
  }

  /// No more rules come, those there are end in their time, and all links that may be are open.
  void rest() {
    resting = true;
    for (Link link : FICKLE) {
      if (book.policy(link).blocked()) {
        open(link, OPEN);
      }
    }
  }
}
