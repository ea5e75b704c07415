package dev.firn.server.config;

import dev.firn.door.admission.Calendar;
import dev.firn.door.admission.Direction;
import dev.firn.door.admission.Limit;
import dev.firn.door.admission.Network;
import dev.firn.model.LogicalName;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The `[[limits]]` of a site.
final class Limits {
  private Limits() {}

  /// @throws ConfigException when a value does not make sense
  static List<Limit> read(ConfigFile file) {
    List<Limit> limits = new ArrayList<>();
    for (int i = 0; i < file.count("limits"); i++) {
      limits.add(limit(file, "limits[" + i + "]."));
    }
    return List.copyOf(limits);
  }

  private static Limit limit(ConfigFile file, String at) {
    Limit.About about =
        new Limit.About(
            direction(file, at),
            file.parsed(at + "area", LogicalName::parse),
            file.text(at + "subject"),
            networks(file, at));
    try {
      return new Limit(file.text(at + "name"), about, most(file, at), rate(file, at));
    } catch (IllegalArgumentException e) {
      throw file.refuse(at + "connections", String.valueOf(e.getMessage()));
    }
  }

  private static Limit.Most most(ConfigFile file, String at) {
    return new Limit.Most(
        notNegative(file, at + "transfers"),
        notNegative(file, at + "requests"),
        notNegative(file, at + "connections"));
  }

  private static int notNegative(ConfigFile file, String key) {
    int number = file.number(key);
    if (number < 0) {
      throw file.refuse(key, "0 or more");
    }
    return number;
  }

  private static Optional<Direction> direction(ConfigFile file, String at) {
    return switch (file.text(at + "direction")) {
      case "both" -> Optional.empty();
      case "in" -> Optional.of(Direction.IN);
      case "out" -> Optional.of(Direction.OUT);
      default -> throw file.refuse(at + "direction", "in, out or both");
    };
  }

  private static List<Network> networks(ConfigFile file, String at) {
    try {
      return file.texts(at + "sites").stream().map(Network::parse).toList();
    } catch (IllegalArgumentException e) {
      throw file.refuse(at + "sites", String.valueOf(e.getMessage()));
    }
  }

  private static Calendar rate(ConfigFile file, String at) {
    ZoneId zone;
    try {
      zone = ZoneId.of(file.text(at + "zone"));
    } catch (DateTimeException e) {
      throw file.refuse(at + "zone", String.valueOf(e.getMessage()));
    }
    try {
      return Calendar.parse(file.texts(at + "calendar"), file.size(at + "rate").bytes(), zone);
    } catch (IllegalArgumentException e) {
      throw file.refuse(at + "calendar", String.valueOf(e.getMessage()));
    }
  }
}
