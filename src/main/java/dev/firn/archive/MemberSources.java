package dev.firn.archive;

import static java.util.stream.Collectors.toSet;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where the members of a bundle are read from while it is packed: the hub's own area, and for a
/// bundle that is rebuilt any other site that has a verified copy, alone or in another bundle.
final class MemberSources {
  private final Catalog catalog;
  private final StorageArea area;
  private final SiteName hub;
  private final Recall recall;
  private final BundleSource archives;

  MemberSources(
      Catalog catalog, StorageArea area, SiteName hub, Recall recall, BundleSource archives) {
    this.catalog = catalog;
    this.area = area;
    this.hub = hub;
    this.recall = recall;
    this.archives = archives;
  }

  /// Opens a member where it was found.
  interface Opener {
    ReadableByteChannel open() throws IOException;
  }

  /// @param site whose copy it is
  /// @param place what is read there: the copy, or the bundle that it lies in
  record Source(SiteName site, LogicalName place, Opener opener) {}

  /// The hub's copy of each member, which a bundle that is packed for the first time is made of.
  Map<BundleMember, Source> here(Bundle bundle, List<Member> members) {
    Map<BundleMember, Source> sources = new LinkedHashMap<>();
    members.forEach(m -> sources.put(m.packed(), here(name(bundle, m.packed()))));
    return sources;
  }

  /// A copy of each member, the hub's first. All that lie on tape are ordered at once.
  ///
  /// @throws IOException when some are not there yet, or nowhere: the message says which
  Map<BundleMember, Source> anywhere(Bundle bundle, List<Member> members) throws IOException {
    Map<BundleMember, Source> sources = new LinkedHashMap<>();
    Optional<String> waits = Optional.empty();
    for (Member member : members) {
      LogicalName name = name(bundle, member.packed());
      Optional<CatalogFile> file = catalog.find(member.fileId());
      if (file.isEmpty() || hasOwn(file.get())) {
        sources.put(member.packed(), here(name));
        continue;
      }
      Optional<Replica> copy = elsewhere(file.get()).findFirst();
      if (copy.isEmpty()) {
        // Opening what is not there says so in the area's own words.
        sources.put(member.packed(), here(name));
        continue;
      }
      LogicalName place = place(copy.get());
      Optional<String> late = archives.waits(copy.get().site(), place);
      waits = waits.or(() -> late.map(why -> name + ": " + why));
      sources.put(
          member.packed(),
          new Source(copy.get().site(), place, () -> stream(file.get(), copy.get(), place)));
    }
    if (waits.isPresent()) {
      throw new IOException(waits.get());
    }
    return sources;
  }

  /// Whether a verified copy of a file is to be had.
  boolean has(long fileId) {
    return catalog
        .find(fileId)
        .filter(f -> hasOwn(f) || elsewhere(f).findAny().isPresent())
        .isPresent();
  }

  private boolean hasOwn(CatalogFile file) {
    return file.replicaAt(hub).filter(r -> r.state() == ReplicaState.AVAILABLE).isPresent();
  }

  /// Verified copies at other sites, those on disk first.
  private Stream<Replica> elsewhere(CatalogFile file) {
    return file.replicas().stream()
        .filter(r -> !r.site().equals(hub) && r.state() == ReplicaState.AVAILABLE)
        .filter(r -> r.verified() != null && archives.sites().find(r.site()).isPresent())
        .sorted(Comparator.comparing((Replica r) -> archives.sites().load(r.site()).nearline()));
  }

  private LogicalName place(Replica copy) {
    return copy.bundle() == null
        ? copy.path()
        : recall.bundle(copy.bundle()).map(Bundle::name).orElse(copy.path());
  }

  private Source here(LogicalName name) {
    return new Source(hub, name, () -> channel(area.open(name)));
  }

  /// What was brought from tape for them may go again.
  void done(Collection<Source> sources) {
    sources.stream()
        .filter(s -> !s.site.equals(hub))
        .collect(Collectors.groupingBy(Source::site, Collectors.mapping(Source::place, toSet())))
        .forEach((site, places) -> archives.staging().done(archives.sites().load(site), places));
  }

  private ReadableByteChannel stream(CatalogFile file, Replica copy, LogicalName place)
      throws IOException {
    if (file.size() == 0) {
      return Channels.newChannel(new ByteArrayInputStream(new byte[0]));
    }
    Response response;
    InputStream body;
    if (copy.bundle() == null) {
      response = archives.range(copy.site(), place, 0, file.size());
      body = response.body();
    } else {
      Recall.Location in =
          recall
              .find(file, copy.bundle())
              .orElseThrow(
                  () -> new IOException(file.name() + " was not found in bundle " + copy.bundle()));
      response = archives.range(copy.site(), place, in.offset(), in.room());
      body = in.own(response.body());
    }
    ReadableByteChannel bytes = Channels.newChannel(body);
    return new ReadableByteChannel() {
      @Override
      public int read(ByteBuffer into) throws IOException {
        return bytes.read(into);
      }

      @Override
      public boolean isOpen() {
        return bytes.isOpen();
      }

      @Override
      public void close() throws IOException {
        bytes.close();
        response.close();
      }
    };
  }

  private static LogicalName name(Bundle bundle, BundleMember member) {
    return bundle.requestPath().resolve(List.of(member.path().split("/")));
  }

  private static ReadableByteChannel channel(ReadChannel file) {
    return new ReadableByteChannel() {
      private long position;
      private boolean closed;

      @Override
      public int read(ByteBuffer into) throws IOException {
        int n = file.read(into, position);
        position += Math.max(0, n);
        return n;
      }

      @Override
      public boolean isOpen() {
        return !closed;
      }

      @Override
      public void close() throws IOException {
        closed = true;
        file.close();
      }
    };
  }
}
