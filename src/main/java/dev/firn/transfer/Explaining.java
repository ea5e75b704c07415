package dev.firn.transfer;

import dev.firn.model.ByteSize;
import dev.firn.model.SiteName;
import dev.firn.transfer.link.Hold;
import dev.firn.transfer.link.Hold.Kind;
import dev.firn.transfer.link.TransferScheduler.Pause;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.Transfer.Lease;
import dev.firn.transfer.queue.Transfer.Progress;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.CopyRequest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Puts the state of a transfer or a request into one sentence. Pure.
public final class Explaining {
  private static final String NOTHING = "nothing needs to be done";

  private Explaining() {}

  /// What else one has to know.
  ///
  /// @param ahead queued transfers of the same activity that go before it on its link, at most
  ///   [#COUNTED]
  /// @param held why its link starts nothing more now; null when it does
  /// @param lost names of its sites that this hub does not know
  /// @param goal where the copy is wanted, when its destination is a stop on the way; else null
  /// @param replaces the older version of its file that it overwrites or has overwritten
  public record Situation(
      Instant now,
      long ahead,
      @Nullable Hold held,
      List<Pause> pauses,
      List<SiteName> lost,
      @Nullable SiteName goal,
      OptionalLong replaces) {
    public static final int COUNTED = 500;

    /// Of a transfer that goes where its copy is wanted.
    public Situation(
        Instant now, long ahead, @Nullable Hold held, List<Pause> pauses, List<SiteName> lost) {
      this(now, ahead, held, pauses, lost, null, OptionalLong.empty());
    }
  }

  public static Explanation transfer(
      Transfer transfer, Situation situation, List<Attempt> attempts) {
    Explanation short_ =
        switch (transfer.state()) {
          case QUEUED -> queued(transfer, situation);
          case ACTIVE -> active(transfer, situation.now());
          case UNKNOWN -> unknown(transfer, situation);
          case DONE -> done(transfer);
          case FAILED -> failed(transfer);
          case CANCELLED -> of("was cancelled before it was done", ended(transfer), NOTHING);
        };
    return new Explanation(
        what(transfer, situation) + " " + short_.sentence(),
        short_.since(),
        short_.advice(),
        attempts);
  }

  private static String what(Transfer transfer, Situation situation) {
    TransferRequest request = transfer.request();
    SiteName goal = situation.goal();
    OptionalLong older = situation.replaces();
    return "transfer %d (%s, %s to %s%s%s)"
        .formatted(
            transfer.id(),
            new ByteSize(request.size()),
            request.from(),
            request.to().site(),
            goal == null ? "" : ", a stop on the way to " + goal,
            older.isEmpty()
                ? ""
                : ", in place of file %d, an older version of it".formatted(older.getAsLong()));
  }

  private static Explanation of(String sentence, Instant since, String advice) {
    return new Explanation(sentence, since, advice, List.of());
  }

  private static Explanation queued(Transfer transfer, Situation situation) {
    Instant since = waitsSince(transfer);
    if (!situation.lost().isEmpty()) {
      return of(
          "waits for site " + situation.lost().getFirst() + ", which this hub does not know",
          since,
          "add the site to the hub's configuration, or cancel the transfer");
    }
    Hold held = situation.held();
    if (held != null && (held.kind() == Kind.DOWNTIME || held.kind() == Kind.BLOCKED)) {
      return of("waits because " + held.words(), since, held.kind().advice());
    }
    Optional<Pause> pause = pauseOf(transfer, situation);
    if (pause.isPresent()) {
      return of(
          "waits for " + silent(pause.get(), situation.now()),
          pause.get().since(),
          FailureClass.UNREACHABLE.advice());
    }
    if (transfer.notBefore().isAfter(situation.now())) {
      return of(
          "waits until %s for attempt %d, because attempt %d did not succeed: %s"
              .formatted(
                  at(transfer.notBefore()),
                  transfer.attempts() + 1,
                  transfer.attempts(),
                  transfer.lastError().reason()),
          since,
          advice(transfer));
    }
    String link = transfer.request().from().site() + " to " + transfer.request().to().site();
    String ahead =
        situation.ahead() == 0
            ? ""
            : "behind %s%d others of activity %s "
                .formatted(
                    situation.ahead() >= Situation.COUNTED ? "more than " : "",
                    situation.ahead(),
                    transfer.request().activity());
    if (held != null) {
      return of("waits " + ahead + "because " + held.words(), since, held.kind().advice());
    }
    if (situation.ahead() > 0) {
      return of(
          "waits " + ahead + "for the link " + link + ", which starts them one after the other",
          since,
          "raise its priority, or its activity's share of the link: firn link set --shares");
    }
    boolean failedBefore = !transfer.lastError().failureClass().isEmpty();
    return of(
        "is the next on the link %s and waits for a hub with a free place%s"
            .formatted(
                link,
                failedBefore
                    ? ", for attempt %d: attempt %d did not succeed: %s"
                        .formatted(
                            transfer.attempts() + 1,
                            transfer.attempts(),
                            transfer.lastError().reason())
                    : ""),
        since,
        failedBefore
            ? advice(transfer)
            : "if this lasts longer than a few seconds, look whether a hub runs and is not full");
  }

  private static Instant waitsSince(Transfer transfer) {
    Instant heard = transfer.progress().heard();
    return heard == null ? transfer.queued() : heard;
  }

  private static Optional<Pause> pauseOf(Transfer transfer, Situation situation) {
    return situation.pauses().stream()
        .filter(p ->
            p.site().equals(transfer.request().from().site())
                || p.site().equals(transfer.request().to().site()))
        .max(Comparator.comparing(Pause::retryAt));
  }

  private static String silent(Pause pause, Instant now) {
    return "%s, which has not answered since %s (%s) and is tried again %s"
        .formatted(
            pause.site(),
            at(pause.since()),
            pause.why(),
            pause.retryAt().isAfter(now) ? "at " + at(pause.retryAt()) : "now");
  }

  private static Explanation active(Transfer transfer, Instant now) {
    Progress progress = transfer.progress();
    Lease lease = transfer.lease();
    String owner = lease == null ? "nobody" : lease.owner();
    boolean late = lease == null || lease.until().isBefore(now);
    Instant started = progress.started() == null ? transfer.queued() : progress.started();
    return of(
        "is being copied by %s, attempt %d: %s of %s arrived, %s/s%s"
            .formatted(
                owner,
                transfer.attempts(),
                new ByteSize(progress.bytes()),
                new ByteSize(transfer.request().size()),
                new ByteSize(progress.bytesPerSecond()),
                late ? "; its holder has not been heard of and its lease has ended" : ""),
        started,
        late ? "nothing: the next hub that plans looks at the destination" : NOTHING);
  }

  private static Explanation unknown(Transfer transfer, Situation situation) {
    Instant since = waitsSince(transfer);
    String begin =
        "has an unknown outcome (" + transfer.lastError().reason() + "); the destination ";
    if (!situation.lost().isEmpty()) {
      return of(
          begin + "cannot be looked at: this hub does not know " + situation.lost().getFirst(),
          since,
          "add the site to the hub's configuration again");
    }
    Optional<Pause> pause =
        situation.pauses().stream()
            .filter(p -> p.site().equals(transfer.request().to().site()))
            .findFirst();
    if (pause.isPresent()) {
      return of(
          begin
              + "is looked at when it answers; it waits for "
              + silent(pause.get(), situation.now()),
          since,
          FailureClass.UNREACHABLE.advice());
    }
    String when =
        transfer.lease() != null
            ? "is being looked at"
            : transfer.notBefore().isAfter(situation.now())
                ? "is looked at " + at(transfer.notBefore())
                : "is looked at next";
    return of(begin + when, since, FailureClass.UNHEARD.advice());
  }

  private static Explanation done(Transfer transfer) {
    Transfer.Verification verification = transfer.verification();
    return of(
        "is done: verified at the destination by "
            + (verification == null ? "nothing" : verification.how())
            + " after "
            + count(transfer.attempts()),
        ended(transfer),
        NOTHING);
  }

  private static Explanation failed(Transfer transfer) {
    return of(
        "has failed after %s: %s"
            .formatted(count(transfer.attempts()), transfer.lastError().reason()),
        ended(transfer),
        advice(transfer) + "; then: firn transfer retry " + transfer.id());
  }

  private static String count(int attempts) {
    return attempts == 1 ? "1 attempt" : attempts + " attempts";
  }

  private static Instant ended(Transfer transfer) {
    Instant finished = transfer.finished();
    return finished == null ? transfer.queued() : finished;
  }

  private static String advice(Transfer transfer) {
    String failure = transfer.lastError().failureClass();
    return failure.isEmpty() ? NOTHING : FailureClass.ofLabel(failure).advice();
  }

  private static String at(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// @param ahead open bundled requests for the same site that are older
  /// @param transfer what its transfer says, when it has one
  public static Explanation request(
      CopyRequest request, String name, long ahead, Optional<Explanation> transfer) {
    String what =
        "the %scopy of %s at %s "
            .formatted(request.bundled() ? "bundled " : "", name, request.site());
    return switch (request.state()) {
      case HELD ->
          of(
              what + "is held: " + request.why(),
              request.since(),
              "raise the quota (firn quota set), or remove rules of that account");
      case OPEN ->
          request.bundled()
              ? of(
                  what
                      + "waits for the archive to close a bundle for "
                      + request.site()
                      + (ahead == 0 ? "" : ", as do " + ahead + " older ones"),
                  request.since(),
                  "bundles close by size or age: archive.bundle-size, archive.bundle-age")
              : of(
                  what + "is not begun: " + request.why(),
                  request.since(),
                  "bring a copy to a site from which it can be copied, or open a link (firn link set"
                      + " --no-blocked)");
      case ASSIGNED ->
          transfer
              .map(t ->
                  new Explanation(
                      what
                          + (request.via() == null
                              ? "is on its way: "
                              : "goes by way of " + request.via() + ": ")
                          + t.sentence(),
                      t.since(),
                      t.advice(),
                      t.attempts()))
              .orElseGet(() ->
                  of(
                      what + "lies in bundle " + request.bundle() + ", which is on its way",
                      request.since(),
                      "see the bundle: firn archive ls"));
      case DONE -> of(what + "is there: " + request.why(), request.since(), NOTHING);
      case FAILED ->
          of(
              what + "could not be made: " + request.why(),
              request.since(),
              request.transfer().isPresent()
                  ? "see its transfer: firn transfer explain " + request.transfer().getAsLong()
                  : "see the bundle: firn archive ls");
      case CANCELLED ->
          of(what + "is not asked for any more: " + request.why(), request.since(), NOTHING);
    };
  }
}
