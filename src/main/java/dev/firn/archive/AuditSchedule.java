package dev.firn.archive;

import dev.firn.model.ByteSize;
import dev.firn.model.SiteName;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Decides which archived copy is read again next: never read before longest unread, within the
/// bytes a site may be asked for in a day.
///
/// @param perDay bytes read at one site in any 24 hours; 0 for no audits of its own accord
/// @param every how long a copy is trusted after it was read
public record AuditSchedule(ByteSize perDay, Duration every) {
  static final AuditSchedule OFF = new AuditSchedule(new ByteSize(0), Duration.ofDays(365));

  /// The copy at a site that has gone unread for longest.
  ///
  /// @param audited when it was read last; null for never
  record Candidate(UUID bundle, long size, @Nullable Instant audited) {}

  /// What is known of a site.
  ///
  /// @param readLately bytes read there in the last 24 hours by audits of this kind
  /// @param longestUnread empty when nothing is in custody there
  record View(SiteName site, long readLately, Optional<Candidate> longestUnread) {}

  boolean enabled() {
    return perDay.bytes() > 0;
  }

  /// What is read now. A bundle larger than a day's bytes is read on a day that has nothing else.
  Optional<UUID> next(View view, Instant now) {
    return due(view, now).filter(c -> allows(view, c.size)).map(Candidate::bundle);
  }

  /// The copy that has gone unread for longest, when that is too long.
  Optional<Candidate> due(View view, Instant now) {
    return view.longestUnread
        .filter(c -> enabled() && (view.readLately == 0 || view.readLately < perDay.bytes()))
        .filter(c -> c.audited == null || !c.audited.plus(every).isAfter(now));
  }

  /// Whether the day has room for reading so much.
  boolean allows(View view, long bytes) {
    return view.readLately == 0 || view.readLately + bytes <= perDay.bytes();
  }

  /// How long one round over `bytes` in custody takes at this pace; empty when it never ends.
  Optional<Duration> round(long bytes) {
    if (!enabled()) {
      return Optional.empty();
    }
    double days = (double) bytes / perDay.bytes();
    return Optional.of(Duration.ofSeconds((long) (days * 86_400)));
  }
}
