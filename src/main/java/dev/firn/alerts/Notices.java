package dev.firn.alerts;

import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.database.SqlWork;
import dev.firn.http.Json;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Composes notices and keeps them.
public final class Notices {
  /// History's kind of subject for what happens to a notice; its id is `EVENT/REVISION`.
  public static final String KIND = "notice";

  /// What wakes the senders.
  static final String CHANNEL = "notices";

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("'IceCube-'yyMMdd", Locale.ROOT).withZone(ZoneOffset.UTC);

  /// From which signalness on an event is told of.
  ///
  /// @param gold at least this is in the gold stream
  /// @param bronze at least this is told of at all
  public record Thresholds(double gold, double bronze) {
    /// Those of the observatory's own streams.
    public static final Thresholds STANDARD = new Thresholds(0.5, 0.3);
  }

  private final Database database;
  private final Thresholds thresholds;
  private final List<Outlet> outlets;
  private final Clock clock;

  /// A channel that notices are sent to.
  ///
  /// @param tests whether tests and injections too, which a receiver may take for earnest
  public record Outlet(String channel, boolean tests) {}

  public Notices(Database database, Thresholds thresholds, List<Outlet> outlets, Clock clock) {
    this.database = database;
    this.thresholds = thresholds;
    this.outlets = List.copyOf(outlets);
    this.clock = clock;
  }

  /// The initial notice of an event; empty when it is not above the threshold. The same event again
  /// in the same tense is the notice that there is, retracted or not: what was only tried or
  /// injected keeps nobody from being told in earnest, and has a name of its own.
  ///
  /// @throws AlertException `bad-candidate`
  public Optional<Notice> consider(Candidate candidate, String who) {
    candidate.requireSane(clock.instant());
    if (candidate.signalness() < thresholds.bronze()) {
      return Optional.empty();
    }
    return Optional.of(
        composed(c -> {
          NoticeStore.lock(c);
          List<Notice> known = NoticeStore.revisions(c, candidate);
          return known.isEmpty()
              ? compose(c, name(c, candidate), candidate, 0, Notice.Kind.INITIAL, null, who)
              : known.getFirst();
        }));
  }

  /// Another revision of an event's notice. What says the same as the last one is the last one.
  ///
  /// @throws AlertException `bad-candidate`, `not-found`, `retracted`, `conflict` when the
  ///   candidate is another event or of another tense
  public Notice update(String eventName, Candidate candidate, String who) {
    candidate.requireSane(clock.instant());
    return composed(c -> {
      NoticeStore.lock(c);
      Notice last = last(c, eventName);
      if (last.run() != candidate.run()
          || last.event() != candidate.event()
          || !last.tense().equals(candidate.tense())) {
        throw new AlertException(
            "conflict",
            eventName + " is event " + last.run() + ":" + last.event() + ", " + last.tense());
      }
      if (Json.same(last.payload(), payload(candidate, last))) {
        return last;
      }
      return compose(c, eventName, candidate, last.revision() + 1, Notice.Kind.UPDATE, null, who);
    });
  }

  /// Takes back what was said of an event. Doing so again changes nothing.
  public Notice retract(String eventName, String reason, String who) {
    if (reason.isBlank()) {
      throw new AlertException("bad-candidate", "a retraction needs its reason");
    }
    if (!Candidate.isText(reason)) {
      throw new AlertException("bad-candidate", "the reason has characters that cannot be kept");
    }
    return composed(c -> {
      NoticeStore.lock(c);
      List<Notice> known = NoticeStore.revisions(c, eventName);
      if (!known.isEmpty() && known.getLast().kind() == Notice.Kind.RETRACTION) {
        return known.getLast();
      }
      Notice last = last(c, eventName);
      return compose(
          c, eventName, candidate(last), last.revision() + 1, Notice.Kind.RETRACTION, reason, who);
    });
  }

  /// Sends to channels that have come since, and at once what waits for its turn. What has arrived
  /// is not sent again. Returns the event's revisions.
  public List<Notice> replay(String eventName, String who) {
    Instant now = clock.instant();
    return composed(c -> {
      last(c, eventName, true);
      for (Notice notice : NoticeStore.revisions(c, eventName)) {
        NoticeStore.queue(c, notice.id(), channels(notice.tense()), now);
      }
      NoticeStore.hurry(c, eventName, now);
      History.record(c, new HistoryEntry(KIND, eventName, who, "replayed", null, "queued", null));
      return NoticeStore.revisions(c, eventName);
    });
  }

  /// @throws AlertException `not-found`
  public List<Notice> load(String eventName) {
    List<Notice> all = database.read(c -> NoticeStore.revisions(c, eventName));
    if (all.isEmpty()) {
      throw new AlertException("not-found", "there is no notice about " + eventName);
    }
    return all;
  }

  /// Newest first, older than the one with id `before`.
  public List<Notice> list(long before, int limit) {
    return database.read(c -> NoticeStore.list(c, before, limit));
  }

  private List<String> channels(String tense) {
    return outlets.stream()
        .filter(outlet -> tense.equals(Notice.EARNEST) || outlet.tests())
        .map(Outlet::channel)
        .toList();
  }

  private <T> T composed(SqlWork<T> work) {
    T result = database.inTransaction(work);
    database.wake(CHANNEL);
    return result;
  }

  private static Notice last(Connection connection, String eventName) throws SQLException {
    return last(connection, eventName, false);
  }

  private static Notice last(Connection connection, String eventName, boolean orRetracted)
      throws SQLException {
    List<Notice> known = NoticeStore.revisions(connection, eventName);
    if (known.isEmpty()) {
      throw new AlertException("not-found", "there is no notice about " + eventName);
    }
    Notice last = known.getLast();
    if (last.kind() == Notice.Kind.RETRACTION && !orRetracted) {
      throw new AlertException("retracted", eventName + " was retracted");
    }
    return last;
  }

  /// What a candidate would say as the revision that there is.
  private JsonNode payload(Candidate candidate, Notice last) {
    Composer.Heading heading =
        new Composer.Heading(
            last.eventName(),
            last.revision(),
            last.kind(),
            pipeline(candidate),
            last.composed(),
            null);
    return Json.mapper().readTree(Composer.json(candidate, heading).toString());
  }

  private Notice compose(
      Connection connection,
      String eventName,
      Candidate candidate,
      int revision,
      Notice.Kind kind,
      @Nullable String why,
      String who)
      throws SQLException {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    Composer.Heading heading =
        new Composer.Heading(eventName, revision, kind, pipeline(candidate), now, why);
    NoticeStore.New made =
        new NoticeStore.New(
            eventName,
            candidate,
            revision,
            kind,
            now,
            Composer.json(candidate, heading).toString(),
            Composer.voevent(candidate, heading));
    NoticeStore.queue(
        connection, NoticeStore.insert(connection, made), channels(candidate.tense()), now);
    History.record(
        connection,
        new HistoryEntry(
            KIND,
            eventName + "/" + revision,
            who,
            why == null ? "composed" : why,
            null,
            kind.label(),
            null));
    return NoticeStore.revisions(connection, eventName).getLast();
  }

  private String pipeline(Candidate candidate) {
    if (candidate.topology().equals("cascade")) {
      return "Cascade Alert";
    }
    return candidate.signalness() >= thresholds.gold() ? "Gold Track Alert" : "Bronze Track Alert";
  }

  /// The next name of the day of an event: `IceCube-230416A`, after Z comes AA.
  private static String name(Connection connection, Candidate candidate) throws SQLException {
    String day = DAY.format(candidate.triggered());
    int n = NoticeStore.named(connection, day);
    StringBuilder letters = new StringBuilder();
    for (int i = n; i >= 0; i = i / 26 - 1) {
      letters.insert(0, (char) ('A' + i % 26));
    }
    return day + letters;
  }

  /// What a notice was composed from.
  private static Candidate candidate(Notice n) {
    JsonNode p = n.payload();
    return new Candidate(
        n.run(),
        n.event(),
        p.path("alert_topology").asString().equals("Track") ? "track" : "cascade",
        n.triggered(),
        p.path("ra").asDouble(),
        p.path("dec").asDouble(),
        p.path("ra_dec_error").asDouble(),
        p.path("containment_probability").asDouble(),
        p.has("nu_energy") ? p.path("nu_energy").asDouble() : null,
        p.path("p_astro").asDouble(),
        p.has("far") ? p.path("far").asDouble() : null,
        n.tense(),
        p.path("systematic_included").asBoolean(),
        p.has("healpix_url") ? p.path("healpix_url").asString() : null,
        null,
        null);
  }
}
