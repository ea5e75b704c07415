package dev.firn.alerts;

import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends what waits in the outbox, one thread a channel.
public final class Dispatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  /// Longer than a channel usually takes for one step. Who is slower may be overtaken, and then
  /// neither sends the notice nor settles it.
  private static final Duration LEASE = Duration.ofSeconds(30);

  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final Database database;
  private final Clock clock;
  private final List<Sender> senders = new ArrayList<>();
  private final AutoCloseable listening;

  /// Starts sending. The channels are closed with this.
  public static Dispatcher start(Database database, List<Channel> channels, Clock clock) {
    Dispatcher dispatcher = new Dispatcher(database, channels, clock);
    dispatcher.senders.forEach(s -> s.thread.start());
    return dispatcher;
  }

  private Dispatcher(Database database, List<Channel> channels, Clock clock) {
    this.database = database;
    this.clock = clock;
    channels.forEach(c -> senders.add(new Sender(c)));
    this.listening =
        database.listen(Notices.CHANNEL, () -> senders.forEach(s -> s.wakeUp.release()));
  }

  /// One channel's thread.
  private final class Sender {
    private final Channel channel;
    private final Semaphore wakeUp = new Semaphore(0);
    private final Thread thread;

    Sender(Channel channel) {
      this.channel = channel;
      this.thread =
          Thread.ofPlatform().daemon().name("firn-notices-" + channel.name()).unstarted(this::run);
    }

    private void run() {
      while (!Thread.currentThread().isInterrupted()) {
        try {
          if (!step(channel)) {
            wakeUp.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            wakeUp.drainPermits();
          }
        } catch (DatabaseException e) {
          LOG.warn("notices to {} wait for the database: {}", channel.name(), e.getMessage());
          pause();
        } catch (InterruptedException e) {
          return;
        } catch (RuntimeException
            | Error e) { // else nothing more goes to this channel, and silently
          LOG.error("the sender of notices to {} stumbled and goes on", channel.name(), e);
          pause();
        }
      }
    }

    private void pause() {
      try {
        Thread.sleep(LOOK);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Sends one notice, when one is due.
  boolean step(Channel channel) {
    Optional<NoticeStore.Claim> found =
        database.inTransaction(c -> NoticeStore.claim(c, channel.name(), clock.instant(), LEASE));
    if (found.isEmpty()) {
      return false;
    }
    NoticeStore.Claim claim = found.get();
    Notice notice = claim.notice();
    try {
      Optional<String> receipt = deliver(channel, claim);
      if (receipt.isPresent()) {
        String where = receipt.get();
        database.inTransaction(
            c -> NoticeStore.sent(c, notice.id(), channel.name(), where, clock.instant()));
        LOG.info("notice {} is at {}: {}", notice.key(), channel.name(), where);
      }
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage());
      LOG.warn("notice {} did not reach {}: {}", notice.key(), channel.name(), why);
      Instant again = clock.instant().plus(pause(claim.attempts()));
      database.inTransaction(c -> NoticeStore.later(c, claim, channel.name(), why, again));
    }
    return true;
  }

  /// Where the notice is at its receiver; empty when another sender has taken it up meanwhile.
  private Optional<String> deliver(Channel channel, NoticeStore.Claim claim) throws IOException {
    Notice notice = claim.notice();
    String before = claim.position();
    if (before != null) {
      Optional<String> arrived = channel.find(notice, before);
      if (arrived.isPresent()) {
        return arrived;
      }
    }
    String position = channel.position(notice);
    Instant until = clock.instant().plus(LEASE);
    int noted =
        database.inTransaction(c -> NoticeStore.note(c, claim, channel.name(), position, until));
    return noted == 0 ? Optional.empty() : Optional.of(channel.send(notice));
  }

  private static Duration pause(int attempts) {
    Duration pause = Duration.ofSeconds(1L << Math.min(6, Math.max(0, attempts - 1)));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  @Override
  public void close() throws Exception {
    listening.close();
    for (Sender sender : senders) {
      sender.thread.interrupt();
    }
    for (Sender sender : senders) {
      sender.thread.join(Duration.ofSeconds(30));
      sender.channel.close();
    }
  }
}
