package dev.firn.catalog;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Writes files and copies as rows of a `COPY`, for one transaction.
///
/// What it needs to know of an offer it learns before ([#learn]): nothing can be asked while a copy
/// runs. Words and directories that this transaction adds are remembered here and nowhere else.
final class BulkRows {
  static final String NAMES =
      "created, state, id, size, checksum_key, event_count, first_event, last_event, dir_id,"
          + " adler32, crc32c, run, subrun, part, season, level, data_type, name, sha512, sha256,"
          + " md5, metadata, uuid, starts, ends, livetime, load, owner, working_group";
  static final String COLUMNS = "(" + NAMES + ")";
  static final String COPY_COLUMNS = "(file_id, bundle, site, state, path)";

  private final Connection connection;
  private final Directories directories;
  private final Words words;
  private final @Nullable Integer load;
  private final Map<LogicalName, Integer> folders = new HashMap<>();
  private final Map<Dictionary, Map<String, Short>> numbers = new HashMap<>();

  BulkRows(Connection connection, Directories directories, Words words, @Nullable Integer load) {
    this.connection = connection;
    this.directories = directories;
    this.words = words;
    this.load = load;
  }

  /// Makes sure of an offer's directory and words.
  void learn(Offer offer) throws SQLException {
    LogicalName folder = offer.file().name().parent();
    if (!folders.containsKey(folder)) {
      folders.put(folder, directories.require(connection, folder));
    }
    FileMetadata m = offer.file().metadata();
    number(words.level(), m.level());
    number(words.dataType(), m.dataType());
    number(words.owner(), m.owner());
    number(words.group(), m.group());
    for (Offer.Copy copy : offer.copies()) {
      number(words.site(), copy.site().value());
    }
  }

  private short number(Dictionary dictionary, @Nullable String word) throws SQLException {
    if (word == null) {
      return Dictionary.UNKNOWN;
    }
    Map<String, Short> known = numbers.computeIfAbsent(dictionary, d -> new HashMap<>());
    Short number = known.get(word);
    if (number == null) {
      number = dictionary.id(connection, word);
      known.put(word, number);
    }
    return number;
  }

  /// A row with [#COLUMNS].
  void file(CopyText to, long id, Instant created, Offer offer, @Nullable UUID uuid)
      throws SQLException {
    NewFile file = offer.file();
    FileMetadata m = file.metadata();
    Checksums sums = file.checksums();
    String sha512 = sums.load(ChecksumAlgorithm.SHA512).hex();
    to.add(created).add(FileRows.LIVE).add(id).add(file.size());
    to.add(Long.parseUnsignedLong(sha512, 0, 16, 16));
    to.add(m.eventCount()).add(m.firstEvent()).add(m.lastEvent());
    to.add(Objects.requireNonNull(folders.get(file.name().parent())));
    to.add(narrow(sums, ChecksumAlgorithm.ADLER32)).add(narrow(sums, ChecksumAlgorithm.CRC32C));
    to.add(m.run()).add(m.subrun()).add(m.part()).add(m.season());
    to.add(number(words.level(), m.level()));
    to.add(number(words.dataType(), m.dataType()));
    to.add(file.name().lastSegment()).addHex(sha512);
    to.addHex(hex(sums, ChecksumAlgorithm.SHA256)).addHex(hex(sums, ChecksumAlgorithm.MD5));
    to.add(FileRows.json(m)).add(uuid).add(m.starts()).add(m.ends()).add(m.livetime());
    to.add(load);
    to.add(number(words.owner(), m.owner()));
    to.add(number(words.group(), m.group()));
    to.endRow();
  }

  /// A row with [#COPY_COLUMNS] for each copy.
  void copies(CopyText to, long id, Offer offer) throws SQLException {
    for (Offer.Copy one : offer.copies()) {
      boolean deterministic = one.path().equals(offer.file().name());
      to.add(id).add(one.bundle());
      to.add(number(words.site(), one.site().value()));
      to.add(FileRows.number(one.state()));
      to.add(deterministic ? null : one.path().toString());
      to.endRow();
    }
  }

  private static @Nullable Integer narrow(Checksums sums, ChecksumAlgorithm algorithm) {
    return sums.find(algorithm).map(c -> Integer.parseUnsignedInt(c.hex(), 0, 8, 16)).orElse(null);
  }

  private static @Nullable String hex(Checksums sums, ChecksumAlgorithm algorithm) {
    return sums.find(algorithm).map(Checksum::hex).orElse(null);
  }
}
