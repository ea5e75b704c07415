package dev.firn.transfer.queue;

import dev.firn.model.Checksums;
import dev.firn.transfer.site.Place;
import java.util.regex.Pattern;

/// One copy to make: what, from where, to where, and what it must be when it is there.
///
/// @param size length in bytes
/// @param checksums what the copy is verified against; at least one
/// @param priority 1 (last) to 5 (first)
/// @param overwrite whether another file at the destination may be replaced
/// @param activity whose share of a link it uses: a short word (`raw`, `archive`, `recall`)
public record TransferRequest(
    Subject subject,
    Place from,
    Place to,
    long size,
    Checksums checksums,
    int priority,
    boolean overwrite,
    String activity) {
  public static final int NORMAL = 3;

  private static final Pattern ACTIVITY = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  /// The activity of what names none.
  public static final String DEFAULT_ACTIVITY = "default";

  public TransferRequest {
    if (from.equals(to)) {
      throw new IllegalArgumentException("a transfer is to another place than " + to);
    }
    if (checksums.values().isEmpty()) {
      throw new IllegalArgumentException("a transfer needs a checksum to be verified by: " + from);
    }
    if (size < 0 || priority < 1 || priority > 5) {
      throw new IllegalArgumentException(
          "size or priority out of range: " + size + ", " + priority);
    }
    requireActivity(activity);
  }

  /// @throws IllegalArgumentException when it is no word for an activity
  public static void requireActivity(String word) {
    if (!ACTIVITY.matcher(word).matches()) {
      throw new IllegalArgumentException(
          "an activity is a word of small letters, digits and dashes: " + word);
    }
  }

  /// Of the default activity.
  public TransferRequest(
      Subject subject,
      Place from,
      Place to,
      long size,
      Checksums checksums,
      int priority,
      boolean overwrite) {
    this(subject, from, to, size, checksums, priority, overwrite, DEFAULT_ACTIVITY);
  }

  public TransferRequest withActivity(String word) {
    return new TransferRequest(subject, from, to, size, checksums, priority, overwrite, word);
  }

  /// At normal priority, replacing nothing.
  public static TransferRequest of(
      Subject subject, Place from, Place to, long size, Checksums checksums) {
    return new TransferRequest(subject, from, to, size, checksums, NORMAL, false);
  }
}
