package dev.firn.ingest.index;

import dev.firn.catalog.run.GapsFile;
import dev.firn.catalog.run.RunFormatException;
import dev.firn.ingest.names.FileFacts;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.LogicalName;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/// The small files of one directory that say something of the others: gaps, descriptions, GCD. Each
/// is read at most once, when it is asked for; what cannot be read says nothing.
final class Beside {
  private static final Pattern STEM =
      Pattern.compile("(.*?)(?:_(?:IT|EHE|SLOP))?\\.i3(?:\\.(?:gz|bz2|zst|xz))?");
  private static final Pattern GAPS_TAR = Pattern.compile("Run(\\d{8})_GapsTxt\\.tar");
  private static final Pattern DESCRIPTION = Pattern.compile("level\\d_meta\\.xml");
  private static final int LONGEST_GAPS = 256 * 1024;
  private static final int MOST_MEMBERS = 100_000;

  private final Path directory;
  private final LogicalName name;
  private final List<String> names;
  private final FileNames patterns;
  private @Nullable Map<String, GapsFile> packed;
  private @Nullable Map<Integer, LogicalName> gcds;
  private @Nullable Optional<RunDescription> description;

  /// @param names of all entries, sorted
  Beside(Path directory, LogicalName name, List<String> names, FileNames patterns) {
    this.directory = directory;
    this.name = name;
    this.names = names;
    this.patterns = patterns;
  }

  boolean isOf(Path other) {
    return directory.equals(other);
  }

  /// What a file's own gaps file says, or the run's tar of them.
  Optional<GapsFile> gaps(String file) {
    Matcher stem = STEM.matcher(file);
    if (!stem.matches()) {
      return Optional.empty();
    }
    String wanted = stem.group(1) + "_gaps.txt";
    if (Collections.binarySearch(names, wanted) >= 0) {
      return gapsOf(directory.resolve(wanted));
    }
    return Optional.ofNullable(packed().get(wanted));
  }

  /// What a gaps file says.
  static Optional<GapsFile> gapsOf(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return parsed(in);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<GapsFile> parsed(InputStream in) throws IOException {
    try {
      byte[] bytes = in.readNBytes(LONGEST_GAPS);
      return Optional.of(GapsFile.parse(new String(bytes, StandardCharsets.ISO_8859_1)));
    } catch (RunFormatException e) {
      return Optional.empty();
    }
  }

  private synchronized Map<String, GapsFile> packed() {
    Map<String, GapsFile> known = packed;
    if (known == null) {
      known = new HashMap<>();
      for (String entry : names) {
        if (GAPS_TAR.matcher(entry).matches()) {
          unpack(directory.resolve(entry), known);
        }
      }
      packed = known;
    }
    return known;
  }

  private static void unpack(Path tar, Map<String, GapsFile> into) {
    try (TarArchiveInputStream in =
        new TarArchiveInputStream(new BufferedInputStream(Files.newInputStream(tar)))) {
      for (TarArchiveEntry entry = in.getNextEntry();
          entry != null && into.size() < MOST_MEMBERS;
          entry = in.getNextEntry()) {
        String member = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
        if (entry.isFile() && member.endsWith("_gaps.txt")) {
          parsed(in).ifPresent(gaps -> into.put(member, gaps));
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      // A damaged tar tells what stands before the damage; it is registered like any file.
      return;
    }
  }

  /// The GCD file of a run that lies here; empty when there is none, or several.
  synchronized Optional<LogicalName> gcd(int run) {
    Map<Integer, LogicalName> known = gcds;
    if (known == null) {
      known = new HashMap<>();
      List<Integer> several = new ArrayList<>();
      for (String entry : names) {
        if (entry.contains("GCD")) {
          FileFacts facts;
          try {
            facts = patterns.describe(name.child(entry));
          } catch (IllegalArgumentException e) {
            continue; // no name the catalog could have
          }
          Integer of = facts.run();
          if (facts.family().equals("GCD") && of != null) {
            if (known.put(of, facts.name()) != null) {
              several.add(of);
            }
          }
        }
      }
      several.forEach(known::remove);
      gcds = known;
    }
    return Optional.ofNullable(known.get(run));
  }

  /// What the run's description says.
  synchronized Optional<RunDescription> description() {
    Optional<RunDescription> known = description;
    if (known == null) {
      known =
          names.stream()
              .filter(entry -> DESCRIPTION.matcher(entry).matches())
              .findFirst()
              .flatMap(entry -> RunDescription.of(directory.resolve(entry)));
      description = known;
    }
    return known;
  }
}
