package dev.firn.door;

import dev.firn.http.DigestHeaders;
import dev.firn.http.Markup;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.xml.namespace.QName;

/// Properties the server computes: those of RFC 4918, quota (RFC 4331), checksums as dCache and
/// ownCloud show them, and locality as SRM clients ask for it.
final class LiveProperties {
  private static final String DCACHE = "http://www.dcache.org/2013/webdav";
  private static final String SRM = "http://srm.lbl.gov/StorageResourceManager";
  private static final String OWNCLOUD = "http://owncloud.org/ns";
  private static final String APACHE = "http://apache.org/dav/props/";
  private static final QName QUOTA_FREE = XmlElement.dav("quota-available-bytes");
  private static final QName QUOTA_USED = XmlElement.dav("quota-used-bytes");

  @FunctionalInterface
  private interface Property {
    /// The value as markup; empty when the object has none.
    Optional<String> value(StoredObject object) throws IOException;
  }

  private final Map<QName, Property> ordinary = new LinkedHashMap<>();
  private final Map<QName, Property> onlyWhenNamed = new LinkedHashMap<>();

  LiveProperties(StorageArea area, Locks locks) {
    ordinary.put(
        XmlElement.dav("resourcetype"),
        object -> Optional.of(object.directory() ? "<D:collection/>" : ""));
    ordinary.put(XmlElement.dav("displayname"), object -> text(object.name().lastSegment()));
    ordinary.put(XmlElement.dav("getcontentlength"), object -> ofFile(object, "" + object.size()));
    ordinary.put(
        XmlElement.dav("getcontenttype"), object -> ofFile(object, "application/octet-stream"));
    ordinary.put(
        XmlElement.dav("getlastmodified"), object -> text(HttpDates.format(object.modified())));
    ordinary.put(XmlElement.dav("creationdate"), object -> text(date(object.modified())));
    ordinary.put(XmlElement.dav("getetag"), object -> ofFile(object, Preconditions.quoted(object)));
    ordinary.put(XmlElement.dav("supportedlock"), object -> Optional.of(Locks.SUPPORTED));
    ordinary.put(
        XmlElement.dav("lockdiscovery"), object -> Optional.of(locks.discovery(object.name())));
    ordinary.put(XmlElement.dav("iscollection"), object -> text(object.directory() ? "1" : "0"));
    ordinary.put(new QName(DCACHE, "Checksums"), LiveProperties::checksums);
    onlyWhenNamed.put(new QName(OWNCLOUD, "checksums"), LiveProperties::ownCloudChecksums);
    onlyWhenNamed.put(new QName(APACHE, "executable"), object -> ofFile(object, "F"));
    onlyWhenNamed.put(
        new QName(SRM, "FileLocality"),
        object -> ofFile(object, area.residence(object.name()).name()));
    onlyWhenNamed.put(
        new QName(SRM, "AccessLatency"),
        object -> ofFile(object, latency(area.residence(object.name()))));
    onlyWhenNamed.put(QUOTA_FREE, object -> ofDirectory(object, area.usage().free()));
    onlyWhenNamed.put(QUOTA_USED, object -> ofDirectory(object, area.usage().used()));
  }

  /// Names of what `allprop` shows.
  List<QName> ordinaryNames() {
    return List.copyOf(ordinary.keySet());
  }

  boolean knows(QName name) {
    return ordinary.containsKey(name) || onlyWhenNamed.containsKey(name);
  }

  /// The value of a property of `object` as markup.
  Optional<String> find(StoredObject object, QName name) throws IOException {
    Property property = ordinary.getOrDefault(name, onlyWhenNamed.get(name));
    return property == null ? Optional.empty() : property.value(object);
  }

  /// What a file's copy on disk is for: to stay, or to be there while it is asked for.
  private static String latency(StorageArea.Residence residence) {
    return residence == StorageArea.Residence.ONLINE ? "ONLINE" : "NEARLINE";
  }

  private static Optional<String> text(String value) {
    return Optional.of(Markup.escape(value));
  }

  private static Optional<String> ofFile(StoredObject object, String value) {
    return object.directory() ? Optional.empty() : text(value);
  }

  private static Optional<String> ofDirectory(StoredObject object, long bytes) {
    return object.directory() ? text("" + bytes) : Optional.empty();
  }

  private static String date(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static Optional<String> checksums(StoredObject object) {
    if (object.checksums().values().isEmpty()) {
      return Optional.empty();
    }
    return text(
        object.checksums().values().values().stream()
            .map(DigestHeaders::digest)
            .collect(Collectors.joining(",")));
  }

  private static Optional<String> ownCloudChecksums(StoredObject object) {
    List<String> known =
        object.checksums().values().values().stream()
            .filter(c -> isOwnCloud(c.algorithm()))
            .map(LiveProperties::ownCloud)
            .toList();
    return known.isEmpty()
        ? Optional.empty()
        : Optional.of("<n:checksum>" + Markup.escape(String.join(" ", known)) + "</n:checksum>");
  }

  private static boolean isOwnCloud(ChecksumAlgorithm algorithm) {
    return algorithm == ChecksumAlgorithm.MD5 || algorithm == ChecksumAlgorithm.ADLER32;
  }

  private static String ownCloud(Checksum checksum) {
    return checksum.algorithm().name() + ":" + checksum.hex();
  }
}
