package dev.firn.archive;

import dev.firn.archive.BundleReader.Entry;
import dev.firn.archive.BundleReader.Form;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/// Fetches one file out of a remote bundle by a byte range; nothing else of the bundle is read.
public final class Recall {
  private static final int BUFFER = 1 << 20;

  private final ArchiveStore store;
  private final Catalog catalog;
  private final Sites sites;
  private final RemoteCopy remote;

  Recall(ArchiveStore store, Catalog catalog, Sites sites, RemoteCopy remote) {
    this.store = store;
    this.catalog = catalog;
    this.sites = sites;
    this.remote = remote;
  }

  /// Where a file's bytes lie in an archive.
  ///
  /// @param bundleName the bundle's path at the site
  /// @param offset of the file's first byte in the bundle
  /// @param deflated the bytes that it takes up there where it is deflated; else -1
  /// @param checksums what the catalog says the bytes are
  public record Location(
      LogicalName name,
      SiteName site,
      UUID bundle,
      LogicalName bundleName,
      long offset,
      long size,
      long deflated,
      Checksums checksums) {
    /// A stream of the file's own bytes out of those at its place in the bundle.
    InputStream own(InputStream bytes) {
      return deflated < 0
          ? bytes
          : Inflating.own(
              new Entry(name.toString(), size, -1, offset, Form.DEFLATED, deflated), bytes);
    }

    /// The bytes that it takes up in the bundle.
    long room() {
      return deflated < 0 ? size : deflated;
    }
  }

  /// An archive's bytes are not the file's.
  public static final class WrongBytesException extends IOException {
    private static final long serialVersionUID = 1L;

    WrongBytesException(String message) {
      super(message);
    }
  }

  /// The bundled copies of a file that can be recalled: online archives before tape, then what was
  /// verified last. Nothing is asked of a site.
  public List<Bundle> holders(CatalogFile file) {
    return bundled(file).flatMap(r -> store.find(bundleOf(r)).stream()).toList();
  }

  /// A bundle on record.
  Optional<Bundle> bundle(UUID uuid) {
    return store.find(uuid);
  }

  private Stream<Replica> bundled(CatalogFile file) {
    return file.replicas().stream()
        .filter(r -> r.state() == ReplicaState.AVAILABLE && r.bundle() != null)
        .filter(r -> sites.find(r.site()).isPresent()) // sites go, and their copies stay on record
        .sorted(
            Comparator.comparing((Replica r) -> sites.load(r.site()).nearline())
                .thenComparing(
                    r -> r.verified() == null ? Instant.EPOCH : r.verified(),
                    Comparator.reverseOrder()));
  }

  private static UUID bundleOf(Replica replica) {
    if (replica.bundle() == null) {
      throw new IllegalStateException("the copy at " + replica.site() + " lies in no bundle");
    }
    return replica.bundle();
  }

  /// The bundled copy of a file that is best recalled; empty when there is none.
  public Optional<Location> find(LogicalName name) {
    Optional<CatalogFile> file = catalog.find(name);
    return file.flatMap(f -> bundled(f).findFirst().flatMap(r -> locate(f, r)));
  }

  /// Where a file lies in a bundle that holds a sound copy of it.
  public Optional<Location> find(CatalogFile file, UUID bundle) {
    return bundled(file)
        .filter(r -> bundle.equals(r.bundle()))
        .findFirst()
        .flatMap(r -> locate(file, r));
  }

  /// Where a member begins: known since it was packed, or found behind its local header, whose
  /// place is known since the bundle was taken over; -1 for neither.
  private long offset(Bundle bundle, Member member) {
    if (member.dataOffset() >= 0 || member.headerOffset() < 0) {
      return member.dataOffset();
    }
    try {
      return ZipDirectory.dataOffset(
          remote.bundle(sites.load(bundle.site()), bundle.name(), bundle.size()), member.entry());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<Location> locate(CatalogFile file, Replica replica) {
    UUID uuid = bundleOf(replica);
    Optional<Bundle> bundle = store.find(uuid);
    Optional<Member> member = store.memberOf(uuid, file.id());
    if (bundle.isEmpty() || member.isEmpty()) {
      return Optional.empty();
    }
    long offset = offset(bundle.get(), member.get());
    if (offset < 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Location(
            file.name(),
            replica.site(),
            uuid,
            bundle.get().name(),
            offset,
            file.size(),
            member.get().deflated(),
            file.checksums()));
  }

  /// Hands the file's bytes to `sink`. The last piece is handed over only after the sha512 of all
  /// of it was found right, so that a sink that knows the size never takes wrong bytes for a whole
  /// file.
  ///
  /// @throws IOException when the archive fails or its bytes are not the file's; the message says
  ///   which
  public void fetch(Location location, BundleWriter.Sink sink) throws IOException {
    MessageDigest sha512 = RemoteCopy.sha512();
    ByteBuffer held = ByteBuffer.allocate(0);
    if (location.size() > 0) {
      try (Response response =
              remote.range(
                  sites.load(location.site()),
                  location.bundleName(),
                  location.offset(),
                  location.room());
          InputStream own = location.own(response.body())) {
        held = pass(own, location.size(), sha512, sink);
      } catch (BundleException e) {
        throw new WrongBytesException(
            "%s in bundle %s at %s: %s"
                .formatted(location.name(), location.bundle(), location.site(), e.getMessage()));
      }
    }
    Checksum found = Checksum.of(ChecksumAlgorithm.SHA512, sha512.digest());
    if (!found.equals(location.checksums().load(ChecksumAlgorithm.SHA512))) {
      throw new WrongBytesException(
          "%s in bundle %s at %s has %s: not what the catalog says"
              .formatted(location.name(), location.bundle(), location.site(), found));
    }
    sink.write(held);
  }

  private static ByteBuffer pass(
      InputStream body, long size, MessageDigest sha512, BundleWriter.Sink sink)
      throws IOException {
    long left = size;
    byte[] buffer = new byte[(int) Math.min(BUFFER, size)];
    while (true) {
      int wanted = (int) Math.min(buffer.length, left);
      int n = body.readNBytes(buffer, 0, wanted);
      if (n < wanted) {
        throw new IOException("the archive's answer ended " + (left - n) + " bytes early");
      }
      sha512.update(buffer, 0, n);
      left -= n;
      if (left == 0) {
        return ByteBuffer.wrap(buffer, 0, n);
      }
      sink.write(ByteBuffer.wrap(buffer, 0, n));
    }
  }
}
