package dev.firn.archive;

import dev.firn.model.SiteName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads archived copies again as the schedule says, and has mended what is bad. For one thread;
/// the lease on a bundle keeps several processes from reading the same.
final class Auditor {
  static final String WHO = "fixity audit";
  private static final Logger LOG = LoggerFactory.getLogger(Auditor.class);
  private static final Duration WHILE_ON_TAPE = Duration.ofSeconds(30);
  private static final Duration AFTER_SILENCE = Duration.ofMinutes(10);

  /// How long the others go before a bundle that could not be read.
  private static final Duration AFTER_FAILURE = Duration.ofDays(1);

  private final AuditStore audits;
  private final Fixity fixity;
  private final AuditSchedule schedule;
  private final Clock clock;
  private final Map<SiteName, Instant> silent = new HashMap<>();

  /// Bundles that could not be read, for whatever reason, and until when the others go before them:
  /// one that cannot be read for good would else be the longest unread for ever, and the last that
  /// its site is asked for.
  private final Map<UUID, Instant> unreadable = new HashMap<>();

  Auditor(AuditStore audits, Fixity fixity, AuditSchedule schedule, Clock clock) {
    this.audits = audits;
    this.fixity = fixity;
    this.schedule = schedule;
    this.clock = clock;
  }

  /// Reads one bundle at each site where one is due.
  ///
  /// @return how many were read
  int round() {
    int read = 0;
    Instant now = clock.instant();
    for (AuditSchedule.View view : views(now)) {
      Optional<UUID> due = schedule.next(view, now);
      if (due.isPresent() && !now.isBefore(silent.getOrDefault(view.site(), Instant.MIN))) {
        read += read(view.site(), due.get()) ? 1 : 0;
      }
    }
    return read;
  }

  private List<AuditSchedule.View> views(Instant now) {
    unreadable.values().removeIf(until -> !until.isAfter(now));
    return audits.views(now.minus(Duration.ofDays(1)), unreadable.keySet());
  }

  private boolean read(SiteName site, UUID bundle) {
    Fixity.Result result = fixity.check(bundle, bytes -> {});
    if (result.damaged()) {
      LOG.warn("bundle {} at {} is bad: {}", bundle, site, result.detail());
      fixity.repair(bundle, WHO);
    } else if (result.onTape()) {
      silent.put(site, clock.instant().plus(WHILE_ON_TAPE));
    } else if (!result.sound()) {
      LOG.info("bundle {} at {} was not read: {}", bundle, site, result.detail());
      silent.put(site, clock.instant().plus(AFTER_SILENCE));
      unreadable.put(bundle, clock.instant().plus(AFTER_FAILURE));
    }
    return result.sound() || result.damaged();
  }
}
