package dev.firn.archive.takeover;

import dev.firn.archive.BundleManifest;
import dev.firn.archive.BundleReader;
import dev.firn.archive.BundleReader.Entry;
import dev.firn.model.Checksum;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The members of a bundle that share their names with others, which only their bytes tell apart:
/// they are read. Those of one name and one content are one.
final class Repeated {
  private final Collection<List<Entry>> groups;
  private final BundleReader.Digests read;

  Repeated(BundleReader reader) throws IOException {
    this.groups = reader.repeated();
    this.read = reader.digests(groups.stream().flatMap(List::stream).toList());
  }

  /// What a member is by its bytes; empty for one that was not read.
  Optional<Checksum> sha512(Entry entry) {
    return Optional.ofNullable(read.sha512().get(entry));
  }

  /// What is wrong with a member that was read.
  Optional<String> trouble(Entry entry) {
    return Optional.ofNullable(read.trouble().get(entry));
  }

  /// Takes the manifest's record of a member: of one that shares its name, a record that agrees.
  Optional<BundleManifest.File> take(Entry entry, BundleManifest.Matcher matcher) {
    return sha512(entry).map(s -> matcher.take(entry, s)).orElseGet(() -> matcher.take(entry));
  }

  /// Takes out whatever is there once more: of members of one name and one content those remain
  /// that have a record, else the last.
  void dropCopies(Map<Entry, Optional<BundleManifest.File>> records) {
    for (List<Entry> group : groups) {
      Map<Checksum, Entry> kept = new HashMap<>();
      for (Entry entry : group) {
        sha512(entry)
            .ifPresent(
                s -> kept.merge(s, entry, (one, next) -> isListed(one, records) ? one : next));
      }
      for (Entry entry : group) {
        if (sha512(entry).filter(s -> kept.get(s) != entry).isPresent()
            && !isListed(entry, records)) {
          records.remove(entry);
        }
      }
    }
  }

  private static boolean isListed(Entry entry, Map<Entry, Optional<BundleManifest.File>> records) {
    return records.getOrDefault(entry, Optional.empty()).isPresent();
  }
}
