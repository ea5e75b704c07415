package dev.firn.catalog.filecatalog;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Where a copy lies, as the File Catalog's clients write it.
///
/// @param site as written: `WIPAC`, `NERSC`
/// @param path as written, also `<bundle>:<logical name>`
/// @param flags `archive`, `hpss`, `online` and whatever else came along
record Location(String site, String path, ObjectNode flags) {
  private static final int LONGEST_SITE = 63;
  private static final int LONGEST_PATH = 8192;

  /// @throws Refusal 400
  static Location read(JsonNode node) {
    if (!node.isObject() || text(node, "site").isEmpty() || text(node, "path").isEmpty()) {
      throw Refusal.bad("a location is an object with a 'site' and a 'path'");
    }
    String site = text(node, "site");
    String path = text(node, "path");
    if (site.length() > LONGEST_SITE || path.length() > LONGEST_PATH) {
      throw Refusal.bad("a location's site or path is too long");
    }
    if (site.indexOf('\0') >= 0 || path.indexOf('\0') >= 0) {
      throw Refusal.bad("a location has a NUL character");
    }
    ObjectNode flags = ((ObjectNode) node).deepCopy();
    flags.remove("site");
    flags.remove("path");
    return new Location(site, path, flags);
  }

  private static String text(JsonNode node, String key) {
    return node.path(key).isString() ? node.path(key).asString() : "";
  }

  boolean archive() {
    return flags.path("archive").asBoolean(false);
  }

  /// Whether it is the same: the flag makes another of it, as in the old catalog.
  boolean isAt(Location other) {
    return isBeside(other) && archived().equals(other.archived());
  }

  /// Whether it is the same place, whatever its flag.
  boolean isBeside(Location other) {
    return site.equals(other.site) && path.equals(other.path);
  }

  /// The flag `archive` as it was written; empty when it was not.
  String archived() {
    return flags.path("archive").asString("");
  }

  /// Firn's name of the site: lower case, with `-` for what no site name has.
  SiteName firnSite() {
    String name = site.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
    String begun = Character.isLetter(name.charAt(0)) ? name : "s" + name;
    return new SiteName(begun.substring(0, Math.min(begun.length(), LONGEST_SITE)));
  }

  /// Where Firn looks for it at the site; null when that cannot be said.
  @Nullable LogicalName firnPath() {
    try {
      return LogicalName.parse(path);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  ObjectNode document() {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("site", site).put("path", path);
    document.setAll(flags);
    return document;
  }
}
