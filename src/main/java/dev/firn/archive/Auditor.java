package dev.firn.archive;

import dev.firn.model.SiteName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads archived copies again as the schedule says, and has mended what is bad. Each site has its
/// own turn and budget; different sites may be read by different threads at once, one site by one.
/// The lease on a bundle keeps several processes from reading the same.
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
  private final Map<SiteName, Instant> silent = new ConcurrentHashMap<>();

  /// Bundles that could not be read, for whatever reason, and until when the others go before them:
  /// one that cannot be read for good would else be the longest unread for ever, and the last that
  /// its site is asked for.
  private final Map<UUID, Instant> unreadable = new ConcurrentHashMap<>();

  Auditor(AuditStore audits, Fixity fixity, ArchivistConfig config, Clock clock) {
    this.audits = audits;
    this.fixity = fixity;
    this.config = config;
    this.clock = clock;
  }

  /// The sites that have something in custody.
  List<SiteName> sites() {
    return audits.sites();
  }

  /// Does one round at each site, one after the other.
  ///
  /// @return how many bundles were read
  int round() {
    return sites().stream().mapToInt(this::round).sum();
  }

  /// Reads one bundle of a site where one is due, and of another some members.
  ///
  /// @return how many were read
  int round(SiteName site) {
    Instant now = clock.instant();
    unreadable.values().removeIf(until -> !until.isAfter(now));
    int read = 0;
    if (!isSilent(site, now)) {
      AuditSchedule.View view = view(AuditStore.Kind.FULL, site, now);
      Optional<UUID> due = config.careOf(site).full().next(view, now);
      if (due.isPresent()) {
        read += heed(site, due.get(), () -> fixity.check(due.get(), bytes -> {})) ? 1 : 0;
      }
    }
    if (!isSilent(site, now)) {
      read += sample(view(AuditStore.Kind.SAMPLE, site, now), now) ? 1 : 0;
    }
    return read;
  }

  private boolean isSilent(SiteName site, Instant now) {
    return now.isBefore(silent.getOrDefault(site, Instant.MIN));
  }

  private AuditSchedule.View view(AuditStore.Kind kind, SiteName site, Instant now) {
    return audits.view(kind, site, now.minus(Duration.ofDays(1)), unreadable.keySet());
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
