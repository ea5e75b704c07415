package dev.firn.archive.takeover;

import dev.firn.archive.BundleException;
import dev.firn.archive.BundleManifest;
import dev.firn.archive.BundleReader;
import dev.firn.archive.BundleReader.Entry;
import dev.firn.archive.takeover.FoundBundle.FoundMember;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.FileMetadata;
import dev.firn.model.Checksum;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Opens one bundle and says what is in it, member by member, and what is out of order.
final class BundleInspection {
  private static final Pattern HEX32 = Pattern.compile("[0-9a-fA-F]{32}");
  private static final Set<String> ROOTS = Set.of("exp", "sim", "ana", "user");
  private static final int LONGEST_SUBJECT = 1000;
  private static final String NOTHING_KNOWN = "no family of names that is known has it";

  private final Function<LogicalName, Optional<FileMetadata>> names;
  private final LogicalName name;
  private final List<Finding> findings = new ArrayList<>();

  /// @param names what a file's name says of it; empty when it is of no known family
  BundleInspection(Function<LogicalName, Optional<FileMetadata>> names, LogicalName name) {
    this.names = names;
    this.name = name;
  }

  /// @param claimed the bundle's checksums, as somebody says
  /// @throws IOException when the site does not answer: nothing is known then
  FoundBundle inspect(BundleReader.Source source, Checksums claimed) throws IOException {
    try {
      BundleReader reader = BundleReader.open(source);
      List<FoundMember> members = members(reader);
      return new FoundBundle(
          name,
          source.size(),
          claimed,
          reader.manifest().map(m -> Math.clamp(m.version(), 1, 3)).orElse(0),
          uuid(reader),
          members,
          findings);
    } catch (BundleException | EOFException e) {
      findings.add(
          finding(Finding.Kind.UNREADABLE_BUNDLE, name.toString(), String.valueOf(e.getMessage())));
      return new FoundBundle(name, source.size(), claimed, 0, uuidOf(stem()), List.of(), findings);
    }
  }

  private List<FoundMember> members(BundleReader reader) throws IOException {
    BundleManifest.Matcher matcher =
        new BundleManifest.Matcher(reader.manifest().map(BundleManifest::files).orElse(List.of()));
    Repeated repeated = new Repeated(reader);
    Map<Entry, Optional<BundleManifest.File>> records = new LinkedHashMap<>();
    for (Entry entry : reader.members()) {
      records.put(entry, repeated.take(entry, matcher));
    }
    repeated.dropCopies(records);
    Map<Entry, Optional<BundleManifest.File>> listed = new LinkedHashMap<>();
    records.forEach((entry, record) -> {
      if (isTaken(entry, record, reader.manifest().isPresent(), repeated)) {
        listed.put(entry, record);
      }
    });
    for (BundleManifest.File absent : matcher.left()) {
      findings.add(
          finding(
              Finding.Kind.ABSENT_MEMBER, absent.logicalName(), "listed, but the bundle lacks it"));
    }
    return members(listed, repeated, unlisted(reader, listed, repeated));
  }

  /// Says what is out of order about a member, and whether it is taken over all the same.
  private boolean isTaken(
      Entry entry, Optional<BundleManifest.File> record, boolean manifest, Repeated repeated) {
    if (entry.odd()) {
      findings.add(finding(Finding.Kind.ODD_NAME, entry.name(), calledOddly(entry)));
    }
    if (record.isEmpty() && manifest) {
      findings.add(
          finding(Finding.Kind.UNLISTED_MEMBER, entry.name(), "its manifest does not list it"));
    }
    Optional<String> trouble = entry.form().trouble().or(() -> repeated.trouble(entry));
    if (trouble.isPresent()) {
      findings.add(finding(Finding.Kind.UNREADABLE_MEMBER, entry.name(), trouble.get()));
      return false;
    }
    if (record.filter(r -> r.size() >= 0 && r.size() != entry.size()).isPresent()) {
      findings.add(
          finding(
              Finding.Kind.WRONG_SIZE,
              entry.name(),
              "%d bytes, its manifest says %d".formatted(entry.size(), record.get().size())));
      return false;
    }
    return true;
  }

  /// The members of which no manifest gives the sha512, read.
  private static BundleReader.Digests unlisted(
      BundleReader reader, Map<Entry, Optional<BundleManifest.File>> listed, Repeated repeated)
      throws IOException {
    return reader.digests(
        listed.entrySet().stream()
            .filter(e -> e.getValue().flatMap(BundleManifest.File::sha512).isEmpty())
            .map(Map.Entry::getKey)
            .filter(e -> repeated.sha512(e).isEmpty())
            .toList());
  }

  private List<FoundMember> members(
      Map<Entry, Optional<BundleManifest.File>> listed,
      Repeated repeated,
      BundleReader.Digests read) {
    List<FoundMember> members = new ArrayList<>();
    listed.forEach((entry, record) -> {
      @Nullable String trouble = read.trouble().get(entry);
      if (trouble != null) {
        findings.add(finding(Finding.Kind.UNREADABLE_MEMBER, entry.name(), trouble));
      } else {
        Checksum sha512 =
            record
                .flatMap(BundleManifest.File::sha512)
                .or(() -> repeated.sha512(entry))
                .orElseGet(() -> Objects.requireNonNull(read.sha512().get(entry)));
        members.add(member(entry, record, sha512));
      }
    });
    return members;
  }

  private static String calledOddly(Entry entry) {
    if (entry.earlier()) {
      return "a later member of the bundle has its name; it is kept under this one";
    }
    String called =
        entry.readings().isEmpty()
            ? "longer than a path"
            : "\"" + entry.readings().getFirst() + "\"";
    return "its name in the bundle is " + called + ", which is no path; it is kept under this one";
  }

  private FoundMember member(Entry entry, Optional<BundleManifest.File> record, Checksum sha512) {
    @Nullable LogicalName place = place(entry, record);
    @Nullable LogicalName guess =
        place == null && record.isEmpty() && !entry.odd() ? byFolder(entry) : null;
    return new FoundMember(
        entry.name(),
        place,
        guess,
        record.flatMap(r -> uuidOf(r.uuid())).orElse(null),
        entry.size(),
        sha512,
        metadata(place == null ? guess : place, record),
        entry.headerOffset(),
        entry.crc32(),
        entry.form() == BundleReader.Form.STORED ? -1 : entry.room());
  }

  private FileMetadata metadata(@Nullable LogicalName place, Optional<BundleManifest.File> record) {
    if (place == null) {
      return FileMetadata.NONE;
    }
    Optional<FileMetadata> known = names.apply(place);
    FileMetadata told = known.orElse(FileMetadata.NONE);
    if (known.isEmpty()) {
      findings.add(finding(Finding.Kind.ODD_NAME, place.toString(), NOTHING_KNOWN));
    }
    return record.isPresent() ? OldRecord.metadata(record.get().record(), told) : told;
  }

  /// Where a member belongs: its record's name, else its own path where that is a whole one.
  private @Nullable LogicalName place(Entry entry, Optional<BundleManifest.File> record) {
    String text = record.map(BundleManifest.File::logicalName).orElse("/" + entry.name());
    if (record.isEmpty() && !text.startsWith("/data/")) {
      return null;
    }
    try {
      return LogicalName.parse(text);
    } catch (IllegalArgumentException | CatalogException e) {
      findings.add(finding(Finding.Kind.ODD_NAME, text, String.valueOf(e.getMessage())));
      return null;
    }
  }

  /// Archives repeat the folders of the data, `.../data/exp/IceCube/2014/...`, and a member's path
  /// is relative to the folder that was asked to be archived.
  private @Nullable LogicalName byFolder(Entry entry) {
    List<String> folder = name.parent().segments();
    for (int i = folder.size() - 2; i >= 0; i--) {
      if (folder.get(i).equals("data") && ROOTS.contains(folder.get(i + 1))) {
        return new LogicalName(folder.subList(i, folder.size()))
            .resolve(List.of(entry.name().split("/")));
      }
    }
    return null;
  }

  private Optional<UUID> uuid(BundleReader reader) {
    Optional<UUID> own = uuidOf(stem());
    return own.isPresent() ? own : reader.manifest().flatMap(m -> uuidOf(m.uuid()));
  }

  private String stem() {
    String last = name.lastSegment();
    return last.endsWith(".zip") ? last.substring(0, last.length() - 4) : last;
  }

  /// Both with and without hyphens, as the observatory's old bundler wrote them.
  private static Optional<UUID> uuidOf(String text) {
    String hex = text.replace("-", "");
    if (!HEX32.matcher(hex).matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new UUID(Long.parseUnsignedLong(hex, 0, 16, 16), Long.parseUnsignedLong(hex, 16, 32, 16)));
  }

  private Finding finding(Finding.Kind kind, String subject, String detail) {
    return new Finding(kind, name.toString(), shown(subject), shown(detail));
  }

  /// What a manifest says may be anything: control characters are shown as blanks, and it is cut.
  static String shown(String text) {
    String flat = text.replaceAll("\\p{Cntrl}", " ");
    return flat.length() <= LONGEST_SUBJECT ? flat : flat.substring(0, LONGEST_SUBJECT) + "...";
  }
}
