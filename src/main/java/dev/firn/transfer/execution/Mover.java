package dev.firn.transfer.execution;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.SiteName;
import dev.firn.transfer.execution.Copies.Heard;
import dev.firn.transfer.execution.Copies.Mode;
import dev.firn.transfer.execution.Copies.Order;
import dev.firn.transfer.execution.Destinations.Expected;
import dev.firn.transfer.execution.Destinations.Finding;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Older;
import dev.firn.transfer.queue.Outcome;
import dev.firn.transfer.queue.Outcome.Account;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Settlement.Trouble;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;

/// Executes one claim: looks, copies, verifies, and says how to settle it. Holds no state and
/// touches no database.
///
/// What a far side says is never the outcome. `success` is believed after the destination was
/// looked at, or when the destination is a Firn door that tells what it has there; a failure is
/// final only after the destination was looked at; silence is unknown until the destination was
/// looked at.
public final class Mover {
  private final Sites sites;
  private final Destinations destinations;
  private final Copies copies;
  private final RetryPolicy retries;
  private final DoubleSupplier jitter;

  public Mover(
      Sites sites,
      Destinations destinations,
      Copies copies,
      RetryPolicy retries,
      DoubleSupplier jitter) {
    this.sites = sites;
    this.destinations = destinations;
    this.copies = copies;
    this.retries = retries;
    this.jitter = jitter;
  }

  /// What the record knows of a transfer's past and of what was at its destination.
  @FunctionalInterface
  public interface Past {
    /// How often it has failed in a class before, as far as that counts.
    int attempts(FailureClass failure);

    /// Older versions of its file that are on record where it writes.
    default List<Older> older() {
      return List.of();
    }

    /// Writes down that those found there are about to be overwritten.
    ///
    /// @return why they must not be now; empty when they may
    default Optional<String> letGo(List<Older> found) {
      return Optional.of("nothing is known of older versions");
    }
  }

  public Outcome execute(Claim claim, Past past, CopyRun run) {
    TransferRequest request = claim.request();
    Optional<Site> source = sites.find(request.from().site());
    Optional<Site> destination = sites.find(request.to().site());
    if (source.isEmpty() || destination.isEmpty()) {
      SiteName gone = source.isEmpty() ? request.from().site() : request.to().site();
      Trouble trouble =
          new Trouble(FailureClass.REFUSED, "no site is called " + gone + " any more");
      return new Outcome(
          claim.look()
              ? new Settlement.Unknown(trouble, retries.longest())
              : new Settlement.Failed(trouble),
          new Account("look", 0, false),
          Set.of());
    }
    Work work = new Work(claim, past, run, source.get(), destination.get());
    return claim.look() ? work.look() : work.copy();
  }

  /// Older versions that lie at the destination, and what kept from seeing it.
  private record There(List<Older> older, Optional<Finding.CannotTell> blind) {}

  /// One claim's work.
  private final class Work {
    private final Claim claim;
    private final Past past;
    private final CopyRun run;
    private final Site source;
    private final Site destination;
    private final TransferRequest request;
    private final Expected expected;
    private boolean overwrite;

    Work(Claim claim, Past past, CopyRun run, Site source, Site destination) {
      this.claim = claim;
      this.past = past;
      this.run = run;
      this.source = source;
      this.destination = destination;
      this.request = claim.request();
      this.expected = Expected.of(request);
      this.overwrite = request.overwrite();
    }

    /// Settles an unknown outcome.
    Outcome look() {
      Account account = new Account("look", 0, false);
      return switch (find()) {
        case Finding.Right right -> done(right, account);
        case Finding.Wrong wrong -> {
          There there = there();
          boolean asBefore = !there.older().isEmpty() || there.blind().isPresent();
          yield retry(
              new Trouble(
                  asBefore ? FailureClass.UNHEARD : FailureClass.CHECKSUM,
                  "the outcome was unknown, and " + wrong.what()),
              account);
        }
        case Finding.Absent _ ->
            retry(
                new Trouble(
                    FailureClass.UNHEARD,
                    "the outcome was unknown, and " + request.to() + " is not there"),
                account);
        case Finding.CannotTell blind -> unknown(blind, account, past.attempts(blind.failure()));
      };
    }

    Outcome copy() {
      boolean first = claim.transfer().attempts() <= 1;
      boolean blind = overwrite && !past.older().isEmpty();
      if (!first || destination.kind() != Site.Kind.FIRN || blind) {
        Optional<Outcome> settled = settledBefore();
        if (settled.isPresent()) {
          return settled.get();
        }
      }
      return copy(copies.preferred(order()));
    }

    private Order order() {
      return new Order(request, source, destination, overwrite);
    }

    /// Looks whether the file is there already, from an earlier attempt or by another way.
    private Optional<Outcome> settledBefore() {
      Account account = new Account("look", 0, false);
      return switch (find()) {
        case Finding.Right right -> Optional.of(done(right, account));
        case Finding.Wrong wrong -> inTheWay(wrong, account);
        case Finding.Absent _ -> Optional.empty();
        case Finding.CannotTell blind ->
            Optional.of(
                retry(new Trouble(blind.failure(), blind.reason(), destination.name()), account));
      };
    }

    /// Other bytes lie there. They are overwritten where that was asked for, where an earlier
    /// attempt may have left them, and where they are an older version of the same name, once the
    /// record says so.
    ///
    /// @return how it ends; empty when they may be overwritten
    private Optional<Outcome> inTheWay(Finding.Wrong wrong, Account account) {
      There there = there();
      if (there.blind().isPresent()) {
        Finding.CannotTell blind = there.blind().get();
        return Optional.of(
            retry(new Trouble(blind.failure(), blind.reason(), destination.name()), account));
      }
      if (there.older().isEmpty()) {
        if (!overwrite && !mayBeOurs()) {
          return Optional.of(occupied(wrong, account));
        }
      } else {
        Optional<String> kept = past.letGo(there.older());
        if (kept.isPresent()) {
          return Optional.of(retry(new Trouble(FailureClass.KEPT, kept.get()), account));
        }
      }
      overwrite = true;
      return Optional.empty();
    }

    /// What of the older versions on record there is known to lie there.
    private There there() {
      List<Older> older = new ArrayList<>();
      for (Older one : past.older()) {
        Expected then = new Expected(one.size(), one.checksums());
        switch (destinations.look(destination, request.to(), then)) {
          case Finding.Right right when !right.compared().values().isEmpty() -> older.add(one);
          case Finding.CannotTell blind -> {
            return new There(List.of(), Optional.of(blind));
          }
          case Finding.Right _, Finding.Wrong _, Finding.Absent _ -> {
            // another one, or none
          }
        }
      }
      return new There(older, Optional.empty());
    }

    /// Whether other bytes there may be what an earlier attempt left. A Firn door that fetches is
    /// told what the bytes must be and publishes none but those: others are somebody else's.
    private boolean mayBeOurs() {
      boolean told =
          destination.kind() == Site.Kind.FIRN
              && destination.pulls()
              && request.checksums().values().keySet().stream()
                  .anyMatch(a -> a != ChecksumAlgorithm.MD5);
      return claim.touched() && !told;
    }

    private Outcome copy(Mode mode) {
      Heard heard = copies.run(order(), mode, run);
      if (mode == Mode.PULL && heard instanceof Heard.Refused refused && cannotPull(refused)) {
        return copy(Mode.PUSH);
      }
      Account account = new Account(label(mode), run.bytes(), touches(heard));
      return switch (heard) {
        case Heard.Success success -> verify(told(mode, success).orElseGet(this::find), account);
        case Heard.Failure failure -> diagnose(failure.reason(), FailureClass.REMOTE, account);
        case Heard.Refused refused -> refused(refused, mode, account);
        case Heard.Nothing nothing ->
            new Outcome(
                new Settlement.Unknown(
                    new Trouble(FailureClass.UNHEARD, nothing.reason()), delay(1)),
                account,
                Set.of());
      };
    }

    private static boolean cannotPull(Heard.Refused refused) {
      return refused.status() == 405 || refused.status() == 501;
    }

    private boolean touches(Heard heard) {
      return switch (heard) {
        case Heard.Success _, Heard.Nothing _ -> true;
        case Heard.Failure _ -> destination.kind() != Site.Kind.FIRN;
        case Heard.Refused _ -> false;
      };
    }

    /// What a Firn door that fetched the file or was sent it says is there now: no other answer
    /// than to a look afterwards.
    private Optional<Finding> told(Mode mode, Heard.Success success) {
      boolean looked =
          mode != Mode.PUSH
              && destination.kind() == Site.Kind.FIRN
              && !request.overwrite()
              && success.there().comparableWith(expected.checksums());
      return looked
          ? Optional.of(expected.compare(request.to(), "digest", success.bytes(), success.there()))
          : Optional.empty();
    }

    private Outcome verify(Finding finding, Account account) {
      return switch (finding) {
        case Finding.Right right -> done(right, account);
        case Finding.Wrong wrong -> diagnose(wrong.what(), FailureClass.CHECKSUM, account);
        case Finding.Absent _ ->
            retry(
                new Trouble(
                    FailureClass.REMOTE,
                    "success was reported, and " + request.to() + " is not there"),
                account);
        case Finding.CannotTell blind -> unknown(blind, account, 1);
      };
    }

    private Outcome refused(Heard.Refused refused, Mode mode, Account account) {
      Site active = mode == Mode.PUSH ? source : destination;
      Trouble trouble = new Trouble(refused.failure(), refused.reason(), active.name());
      return switch (refused.failure()) {
        case OCCUPIED ->
            switch (find()) {
              case Finding.Right right -> done(right, account);
              case Finding.Wrong _ when overwrite || mayBeOurs() -> retry(trouble, account);
              case Finding.Wrong wrong -> inTheWay(wrong, account).orElseGet(() -> copy(mode));
              case Finding.Absent _ ->
                  retry(new Trouble(FailureClass.REMOTE, refused.reason()), account);
              case Finding.CannotTell blind ->
                  retry(new Trouble(blind.failure(), blind.reason(), destination.name()), account);
            };
        case REMOTE -> diagnose(refused.reason(), FailureClass.REMOTE, account);
        default -> retry(trouble, account);
      };
    }

    /// Finds out whether the source is to blame.
    private Outcome diagnose(String reason, FailureClass otherwise, Account account) {
      Finding finding = destinations.glance(source, request.from(), expected);
      Trouble trouble =
          switch (finding) {
            case Finding.Absent _ ->
                new Trouble(FailureClass.SOURCE, request.from() + " is not there: " + reason);
            case Finding.Wrong wrong ->
                new Trouble(FailureClass.SOURCE, "the source " + wrong.what());
            case Finding.CannotTell blind when cannotServe(blind) ->
                new Trouble(blind.failure(), blind.reason(), source.name());
            case Finding.CannotTell _, Finding.Right _ ->
                new Trouble(
                    Failures.classOfWords(
                            reason, List.of(request.from().path(), request.to().path()))
                        .orElse(otherwise),
                    reason);
          };
      return retry(trouble, account);
    }

    private static boolean cannotServe(Finding.CannotTell blind) {
      return blind.failure() == FailureClass.UNREACHABLE || blind.failure() == FailureClass.KEYS;
    }

    /// A copy that replaces a bad one is read: the digest that its site kept is that of the good
    /// days, and would take the rotten bytes for right.
    private Finding find() {
      return request.overwrite()
          ? destinations.read(destination, request.to(), expected)
          : destinations.look(destination, request.to(), expected);
    }

    private Outcome done(Finding.Right right, Account account) {
      return new Outcome(
          new Settlement.Done(right.by(), right.compared()),
          account,
          Set.of(source.name(), destination.name()));
    }

    private Outcome occupied(Finding.Wrong wrong, Account account) {
      return new Outcome(
          new Settlement.Failed(
              new Trouble(FailureClass.OCCUPIED, "another file is there: " + wrong.what())),
          account,
          Set.of(destination.name()));
    }

    private Outcome unknown(Finding.CannotTell blind, Account account, int vain) {
      Trouble trouble = new Trouble(blind.failure(), blind.reason(), destination.name());
      return new Outcome(
          new Settlement.Unknown(trouble, delay(vain + 1)), account, answered(trouble));
    }

    /// Tries again later, or gives up after one more look at the destination.
    private Outcome retry(Trouble trouble, Account account) {
      Optional<Duration> delay =
          retries.next(
              trouble.failure(), past.attempts(trouble.failure()) + 1, jitter.getAsDouble());
      if (delay.isPresent()) {
        return new Outcome(new Settlement.Retry(trouble, delay.get()), account, answered(trouble));
      }
      return switch (find()) {
        case Finding.Right right -> done(right, account);
        case Finding.CannotTell blind when account.touched() || claim.touched() ->
            unknown(blind, account, past.attempts(blind.failure()));
        case Finding.CannotTell _, Finding.Wrong _, Finding.Absent _ ->
            new Outcome(new Settlement.Failed(trouble), account, answered(trouble));
      };
    }

    private Set<SiteName> answered(Trouble trouble) {
      return trouble.failure() == FailureClass.UNREACHABLE
              || trouble.failure() == FailureClass.UNHEARD
          ? Set.of()
          : Set.of(destination.name());
    }

    private Duration delay(int vain) {
      return retries.delay(vain, jitter.getAsDouble());
    }
  }

  private static String label(Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }
}
