package dev.firn.archive;

import dev.firn.model.ByteSize;
import java.time.Duration;

/// How the copies at one archive are looked after.
///
/// @param full audits that read every byte
/// @param sampled audits that read some members of a bundle
/// @param percent how many hundredths of a bundle's members a sample reads, at least one member
/// @param custody what is asked before an archive's copy is believed in
public record ArchiveCare(AuditSchedule full, AuditSchedule sampled, int percent, Custody custody) {
  /// What an archive has to show before a bundle is in its custody.
  public enum Custody {
    /// Every byte, read back.
    READ_BACK,
    /// A sha512 that the site gives; where it gives none, every byte.
    DIGEST,
    /// An adler32 that the site gives will do as well.
    ADLER32
  }

  /// No audits by themselves; custody by reading back.
  public static final ArchiveCare USUAL =
      new ArchiveCare(AuditSchedule.OFF, AuditSchedule.OFF, 5, Custody.READ_BACK);

  public ArchiveCare {
    if (percent < 1 || percent > 100) {
      throw new IllegalArgumentException("a sample is 1 to 100 percent, not " + percent);
    }
  }

  boolean audits() {
    return full.enabled() || sampled.enabled();
  }

  public ArchiveCare withAudits(ByteSize perDay, Duration every) {
    return new ArchiveCare(new AuditSchedule(perDay, every), sampled, percent, custody);
  }

  public ArchiveCare withSamples(ByteSize perDay, Duration every, int hundredths) {
    return new ArchiveCare(full, new AuditSchedule(perDay, every), hundredths, custody);
  }

  public ArchiveCare withCustody(Custody other) {
    return new ArchiveCare(full, sampled, percent, other);
  }
}
