package dev.firn.ingest.inbox;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// What the owner of an inbox does, for tests in other packages; doing it again goes on with what
/// is there, as the owner would.
public final class InboxSteps {
  private static final SiteName NERSC = new SiteName("nersc");
  private final Inboxes inboxes;

  public InboxSteps(Inboxes inboxes) {
    this.inboxes = inboxes;
  }

  public void open(LogicalName goal) throws IOException {
    if (of(goal).isEmpty()) {
      inboxes.open("ana", new Inboxes.Wanted(goal, 10, Duration.ofDays(30), NERSC)).orElseThrow();
    }
  }

  public LogicalName directory(LogicalName goal) {
    return inboxes.directory(of(goal).orElseThrow());
  }

  /// To its end, on this thread.
  public void publish(LogicalName goal) throws IOException {
    Inbox inbox = of(goal).orElseThrow();
    if (inbox.is("open")) {
      inboxes.store().change(inbox, "open", "locked", "ana", null);
    }
    Inbox now = of(goal).orElseThrow();
    if (now.is("locked")) {
      inboxes.publishLocked(now);
    }
  }

  private Optional<Inbox> of(LogicalName goal) {
    return inboxes.store().list(10_000).stream().filter(i -> i.goal().equals(goal)).findFirst();
  }
}
