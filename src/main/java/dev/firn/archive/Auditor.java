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
import java.util.function.Supplier;
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
  private final ArchivistConfig config;
  private final Clock clock;
  private final Map<SiteName, Instant> silent = new HashMap<>();

  /// Bundles that could not be read, for whatever reason, and until when the others go before them:
  /// one that cannot be read for good would else be the longest unread for ever, and the last that
  /// its site is asked for.
  private final Map<UUID, Instant> unreadable = new HashMap<>();

  Auditor(AuditStore audits, Fixity fixity, ArchivistConfig config, Clock clock) {
    this.audits = audits;
    this.fixity = fixity;
    this.config = config;
    this.clock = clock;
  }

  /// Reads one bundle at each site where one is due, and of another some members.
  ///
  /// @return how many were read
  int round() {
    int read = 0;
    Instant now = clock.instant();
    unreadable.values().removeIf(until -> !until.isAfter(now));
    for (AuditSchedule.View view : views(AuditStore.Kind.FULL, now)) {
      Optional<UUID> due = config.careOf(view.site()).full().next(view, now);
      if (due.isPresent()) {
        read += heed(view.site(), due.get(), () -> fixity.check(due.get(), bytes -> {})) ? 1 : 0;
      }
    }
    for (AuditSchedule.View view : views(AuditStore.Kind.SAMPLE, now)) {
      read += sample(view, now) ? 1 : 0;
    }
    return read;
  }

  private List<AuditSchedule.View> views(AuditStore.Kind kind, Instant now) {
    return audits.views(kind, now.minus(Duration.ofDays(1)), unreadable.keySet()).stream()
        .filter(v -> !now.isBefore(silent.getOrDefault(v.site(), Instant.MIN)))
        .toList();
  }

  private boolean sample(AuditSchedule.View view, Instant now) {
    ArchiveCare care = config.careOf(view.site());
    Optional<AuditSchedule.Candidate> due = care.sampled().due(view, now);
    if (due.isEmpty()) {
      return false;
    }
    UUID bundle = due.get().bundle();
    boolean room =
        fixity
            .sampleOf(bundle, care.percent())
            .filter(s -> care.sampled().allows(view, s.bytes()))
            .isPresent();
    return room
        && heed(view.site(), bundle, () -> fixity.sample(bundle, care.percent(), bytes -> {}));
  }

  /// A fault of ours in reading one bundle keeps neither the other bundles nor the other sites from
  /// being read.
  private boolean heed(SiteName site, UUID bundle, Supplier<Fixity.Result> look) {
    try {
      return heed(site, bundle, look.get());
    } catch (RuntimeException e) {
      LOG.warn("bundle {} at {} could not be audited; the others go on", bundle, site, e);
      silent.put(site, clock.instant().plus(AFTER_SILENCE));
      unreadable.put(bundle, clock.instant().plus(AFTER_FAILURE));
      return false;
    }
  }

  private boolean heed(SiteName site, UUID bundle, Fixity.Result result) {
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
