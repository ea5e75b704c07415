package dev.firn.catalog;

import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A file version as the catalog knows it, with its copies in the order of their sites' names.
///
/// @param id the catalog's own number, growing in the order of registration
/// @param uuid the same for the outside, unique among all catalogs
/// @param live whether it is what its name means now; false when it was superseded or has no copies
public record CatalogFile(
    long id,
    UUID uuid,
    LogicalName name,
    long size,
    Checksums checksums,
    FileMetadata metadata,
    Instant created,
    boolean live,
    List<Replica> replicas) {

  public CatalogFile {
    replicas = List.copyOf(replicas);
  }

  public Optional<Replica> replicaAt(SiteName site) {
    return replicas.stream().filter(r -> r.site().equals(site)).findFirst();
  }

  /// This as another catalog may take it, with the same identity.
  public Offer toOffer(List<LogicalName> parents) {
    List<Offer.Copy> copies =
        replicas.stream()
            .map(r -> new Offer.Copy(r.site(), r.state(), r.path(), r.bundle()))
            .toList();
    return new Offer(new NewFile(name, size, checksums, metadata), uuid, copies, parents);
  }
}
