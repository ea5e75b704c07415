package dev.firn.publication;

import java.time.Instant;
import java.util.List;

/// Everything that a publication's documents are made of.
///
/// @param items its first files, at most [#MOST]; all of them stand in `SHA512SUMS`
/// @param now the moment it is looked at, which decides whether an embargo holds
record Dossier(Publication publication, List<Item> items, Addresses addresses, Instant now) {
  /// A page or document names no more files than this.
  static final int MOST = 1_000;

  Dossier {
    items = List.copyOf(items);
  }

  static Dossier of(
      Publication publication, Publications publications, Addresses addresses, Instant now) {
    List<Item> items =
        publications.first(publication, MOST).stream().map(f -> Item.of(f, addresses)).toList();
    return new Dossier(publication, items, addresses, now);
  }

  Description description() {
    return publication.description();
  }

  String landing() {
    return addresses.landing(publication.slug());
  }

  String identifier() {
    return addresses.identifier(publication);
  }

  Publication.Access access() {
    return publication.access(now);
  }

  boolean open() {
    return access() == Publication.Access.OPEN;
  }

  /// Whether the linked data are Croissant, which wants sha256 or md5 of every file.
  boolean croissant() {
    return !open() || items.stream().allMatch(Item::croissant);
  }

  /// What the document of a form keeps to; empty where the media type says it all, or nothing does.
  String profile(Format format) {
    return format == Format.CROISSANT && !croissant() ? "" : format.profile();
  }
}
