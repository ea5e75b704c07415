package dev.firn.publication;

import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/// A snapshot as the world sees it.
///
/// @param slug its name in addresses
/// @param dataset the snapshot's name
/// @param digest the snapshot's, sha256 over its members
/// @param files how many there are
/// @param changed when anything about it last changed: what harvesters go by
/// @param opens when its embargo ends; null without one
/// @param withdrawn when it was taken back; null while it stands
/// @param reason why it was taken back
/// @param successor the publication that replaced it
public record Publication(
    int id,
    String slug,
    String dataset,
    String digest,
    long files,
    long bytes,
    Description description,
    Instant published,
    Instant changed,
    @Nullable Instant opens,
    @Nullable Instant withdrawn,
    @Nullable String reason,
    @Nullable String successor) {
  /// Who may have the files.
  public enum Access {
    OPEN("http://purl.org/coar/access_right/c_abf2", "open access"),
    EMBARGOED("http://purl.org/coar/access_right/c_f1cf", "embargoed access"),
    WITHDRAWN("http://purl.org/coar/access_right/c_14cb", "metadata only access");

    private final String address;
    private final String words;

    Access(String address, String words) {
      this.address = address;
      this.words = words;
    }

    /// The concept of the COAR vocabulary.
    String address() {
      return address;
    }

    String words() {
      return words;
    }
  }

  /// Time alone opens what is under embargo.
  public Access access(Instant now) {
    if (withdrawn != null) {
      return Access.WITHDRAWN;
    }
    return opens != null && now.isBefore(opens) ? Access.EMBARGOED : Access.OPEN;
  }

  /// The moment a harvester should see as its last change: the end of an embargo is one.
  Instant datestamp(Instant now) {
    if (opens == null || withdrawn != null || now.isBefore(opens)) {
      return changed;
    }
    return opens.isAfter(changed) ? opens : changed;
  }

  int year() {
    return published.atOffset(ZoneOffset.UTC).getYear();
  }

  /// How it is cited.
  String citation(String address) {
    StringBuilder names = new StringBuilder();
    for (Description.Agent creator : description.creators()) {
      names.append(names.isEmpty() ? "" : "; ").append(creator.name());
    }
    return "%s (%d): %s (Version %s) [Data set]. %s. %s"
        .formatted(
            names,
            year(),
            description.title(),
            description.version(),
            description.publisher().name(),
            address);
  }
}
