package dev.firn.processing;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.CatalogQueries;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.Replica;
import dev.firn.catalog.run.GoodRunList;
import dev.firn.catalog.run.RunPart;
import dev.firn.catalog.run.Runs;
import dev.firn.i3.I3Report;
import dev.firn.i3.I3Scan;
import dev.firn.ingest.names.FileFacts;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.ChannelStream;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Looks up all that a campaign's readiness depends on. Files whose events nobody counted yet, and
/// GCD files, are read.
final class Gathering {
  private static final String GCD = "GCD";

  private final Catalog catalog;
  private final Runs runs;
  private final StorageArea area;
  private final SiteName site;
  private final FileNames names = FileNames.shipped();

  Gathering(Catalog catalog, Runs runs, StorageArea area, SiteName site) {
    this.catalog = catalog;
    this.runs = runs;
    this.area = area;
    this.site = site;
  }

  /// @param list the good-run list; null for all runs
  /// @param version of the GCD files
  Readiness.View view(FileQuery query, @Nullable GoodRunList list, String version)
      throws IOException {
    List<Readiness.Input> inputs = new ArrayList<>();
    CatalogQueries.Sink<IOException> take = file -> inputs.add(input(file));
    catalog.queries().stream(query, take);
    Map<Integer, Boolean> good = new TreeMap<>();
    if (list != null) {
      list.rows().forEach(row -> good.put(row.run(), row.goodInIce()));
    }
    TreeSet<Integer> wanted = new TreeSet<>();
    inputs.stream().map(Readiness.Input::run).filter(Objects::nonNull).forEach(wanted::add);
    if (list != null) {
      wanted.addAll(good.keySet());
      wanted.removeIf(run -> !good.getOrDefault(run, false));
    }
    Map<Integer, List<Readiness.Gcd>> gcds = new HashMap<>();
    Map<Integer, SortedSet<Readiness.Part>> expected = new HashMap<>();
    for (int run : wanted) {
      gcds.put(run, gcds(run, version));
      SortedSet<Readiness.Part> parts = new TreeSet<>();
      for (RunPart part : runs.expectedParts(run)) {
        parts.add(new Readiness.Part(part.subrun(), part.part()));
      }
      expected.put(run, parts);
    }
    return new Readiness.View(
        inputs,
        list == null ? "" : list.name(),
        list == null ? Optional.empty() : Optional.of(good),
        version,
        gcds,
        expected);
  }

  private Readiness.Input input(CatalogFile file) throws IOException {
    FileFacts facts = names.describe(file.name());
    Integer run = first(file.metadata().run(), facts.run());
    Integer part = first(file.metadata().part(), facts.part());
    Integer subrun = first(file.metadata().subrun(), facts.subrun());
    String other = other(facts);
    String trouble = other == null ? trouble(file) : null;
    Long known = file.metadata().eventCount();
    long events = known == null ? -1 : known;
    if (other == null && trouble == null && known == null) {
      I3Report report = scan(file.name());
      events = report.sound() ? report.events() : -1;
      trouble = report.sound() ? null : report.problems().getFirst().toString();
    }
    return new Readiness.Input(
        file.id(),
        file.name().toString(),
        file.checksums().load(ChecksumAlgorithm.SHA512).hex(),
        run,
        part == null ? null : new Readiness.Part(subrun == null ? 0 : subrun, part),
        events,
        other,
        trouble);
  }

  private static @Nullable Integer first(@Nullable Integer one, @Nullable Integer other) {
    return one == null ? other : one;
  }

  /// What a file is that has no events to process; null when it may have some.
  private static @Nullable String other(FileFacts facts) {
    if (facts.family().equals(GCD)) {
      return "it is a GCD file";
    }
    if (!facts.name().lastSegment().contains(".i3")
        && !facts.name().lastSegment().contains(".tar")) {
      return "it is no .i3 file";
    }
    return null;
  }

  private @Nullable String trouble(CatalogFile file) {
    Optional<Replica> here = file.replicaAt(site);
    if (here.isEmpty() || here.get().bundle() != null) {
      return "it has no copy at " + site;
    }
    return here.get().state() == ReplicaState.AVAILABLE
        ? null
        : "its copy at " + site + " is " + here.get().state().label();
  }

  private I3Report scan(LogicalName name) throws IOException {
    try (ReadChannel channel = area.open(name);
        ChannelStream in = new ChannelStream(channel)) {
      return I3Scan.scan(in);
    }
  }

  /// GCD files of a run whose name, or a directory above them, says the version.
  private List<Readiness.Gcd> gcds(int run, String version) throws IOException {
    List<Readiness.Gcd> found = new ArrayList<>();
    List<CatalogFile> files = new ArrayList<>();
    CatalogQueries.Sink<RuntimeException> take = files::add;
    catalog.queries().stream(FileQuery.parse("run = " + run + " and name ~ '/**/*GCD*'"), take);
    for (CatalogFile file : files) {
      FileFacts facts = names.describe(file.name());
      if (facts.family().equals(GCD) && isVersion(facts, version)) {
        String fault = trouble(file);
        if (fault == null) {
          fault = check(file.name());
        }
        found.add(
            new Readiness.Gcd(
                file.id(),
                file.name().toString(),
                file.checksums().load(ChecksumAlgorithm.SHA512).hex(),
                fault));
      }
    }
    return found;
  }

  private static boolean isVersion(FileFacts facts, String version) {
    return version.equals(facts.further().get("version"))
        || facts.name().segments().contains(version);
  }

  private @Nullable String check(LogicalName name) throws IOException {
    try (ReadChannel channel = area.open(name);
        ChannelStream in = new ChannelStream(channel)) {
      return GcdCheck.fault(in);
    } catch (StorageException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
