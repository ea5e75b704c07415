package dev.firn.storage;

import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// What the texts of some digest records say, so that the record of a file that is read again and
/// again is taken apart once. Each has one place by its text; who comes later takes it.
///
/// For all threads.
final class ReadRecords {
  private static final int PLACES = 1024;

  private record Known(byte[] text, Optional<DigestRecord> record) {}

  private final AtomicReferenceArray<Known> places = new AtomicReferenceArray<>(PLACES);

  /// [DigestRecord#parse]; `text` is not changed afterwards.
  Optional<DigestRecord> parse(byte[] text) {
    int hash = Arrays.hashCode(text);
    int place = (hash ^ (hash >>> 16)) & (PLACES - 1);
    Known known = places.get(place);
    if (known == null || !Arrays.equals(known.text, text)) {
      known = new Known(text, DigestRecord.parse(text));
      places.set(place, known);
    }
    return known.record;
  }
}
