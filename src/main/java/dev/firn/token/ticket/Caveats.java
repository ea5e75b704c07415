package dev.firn.token.ticket;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.token.RequestPath;
import dev.firn.token.Right;
import dev.firn.token.Scope;
import java.net.InetAddress;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What all caveats of a ticket leave: each narrows, in any order, and none can widen.
///
/// `path:/data/out/job7/`, absolute and percent-encoded, by whole segments; `activity:UPLOAD,...`;
/// `before:2026-11-23T12:00:00Z`; `ip:192.0.2.7,2001:db8::/32`.
public final class Caveats {
  private Set<Right> rights = EnumSet.allOf(Right.class);
  private LogicalName path = LogicalName.ROOT;
  private boolean directoryOnly;
  private Instant before = Instant.MAX;
  private boolean here = true;

  private Caveats() {}

  /// @param from whence the ticket came; null when that is not known, which no `ip` caveat allows
  /// @throws IllegalArgumentException for a caveat that is not understood; the message holds
  ///   nothing of it
  static Caveats of(List<String> all, @Nullable InetAddress from) {
    Caveats left = new Caveats();
    for (String caveat : all) {
      left.narrow(caveat, from);
    }
    return left;
  }

  /// Refuses a caveat that no door would understand.
  ///
  /// @throws IllegalArgumentException saying why
  public static void check(String caveat) {
    of(List.of(caveat), null);
  }

  private void narrow(String caveat, @Nullable InetAddress from) {
    int colon = caveat.indexOf(':');
    String value = caveat.substring(colon + 1);
    switch (colon < 0 ? "" : caveat.substring(0, colon)) {
      case "path" -> narrowPath(value);
      case "activity" -> rights = both(rights, rights(value));
      case "before" -> {
        Instant end = time(value);
        before = end.isBefore(before) ? end : before;
      }
      case "ip" -> here &= contains(value, from);
      default -> throw new IllegalArgumentException("a caveat is not understood");
    }
  }

  private void narrowPath(String raw) {
    LogicalName other;
    try {
      other = RequestPath.decode(raw);
    } catch (HttpProblem e) {
      throw new IllegalArgumentException("a path caveat holds no path", e);
    }
    boolean directory = raw.endsWith("/") && !other.isRoot();
    if (other.equals(path)) {
      directoryOnly |= directory;
    } else if (other.startsWith(path)) {
      path = other;
      directoryOnly = directory;
    } else if (!path.startsWith(other)) {
      rights = EnumSet.noneOf(Right.class); // nothing lies below both
    }
  }

  /// What both sets allow: modifying and creating have creating in common.
  private static Set<Right> both(Set<Right> one, Set<Right> other) {
    Set<Right> common = EnumSet.noneOf(Right.class);
    for (Right right : Right.values()) {
      if (one.stream().anyMatch(r -> r.includes(right))
          && other.stream().anyMatch(r -> r.includes(right))) {
        common.add(right);
      }
    }
    return common;
  }

  /// The weakest rights that allow the activities of dCache and XRootD.
  ///
  /// @throws IllegalArgumentException for a word that is none
  public static Set<Right> rights(String activities) {
    Set<Right> rights = EnumSet.noneOf(Right.class);
    for (String activity : activities.split(",", -1)) {
      switch (activity.strip().toUpperCase(Locale.ROOT)) {
        case "DOWNLOAD" -> rights.add(Right.READ);
        case "UPLOAD", "MANAGE" -> rights.add(Right.CREATE);
        case "DELETE", "UPDATE_METADATA" -> rights.add(Right.MODIFY);
        case "STAGE" -> rights.add(Right.STAGE);
        case "POLL" -> rights.add(Right.POLL); // Firn's own
        case "LIST", "READ_METADATA" -> {} // allowed by any of the others
        default -> throw new IllegalArgumentException("an activity is not understood");
      }
    }
    return rights;
  }

  /// The word for a right, `UPLOAD` for creating.
  static String activity(Right right) {
    return switch (right) {
      case READ -> "DOWNLOAD";
      case CREATE -> "UPLOAD";
      case MODIFY -> "DELETE";
      case STAGE -> "STAGE";
      case POLL -> "POLL";
    };
  }

  private static Instant time(String text) {
    try {
      Instant time = Instant.parse(text);
      if (text.endsWith("Z") && time.isBefore(Instant.parse("9999-12-31T00:00:00Z"))) {
        return time;
      }
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("a time is not of the form 2026-11-23T12:00:00Z", e);
    }
    throw new IllegalArgumentException("a time is not of the form 2026-11-23T12:00:00Z");
  }

  private static boolean contains(String networks, @Nullable InetAddress from) {
    boolean found = false;
    for (String network : networks.split(",", -1)) {
      String[] parts = network.strip().split("/", -1);
      byte[] base = InetAddress.ofLiteral(parts[0]).getAddress();
      int bits = base.length * 8;
      if (parts.length == 2 && parts[1].matches("[0-9]{1,3}")) {
        bits = Integer.parseInt(parts[1]);
      } else if (parts.length != 1) {
        throw new IllegalArgumentException("not a network");
      }
      if (bits > base.length * 8) {
        throw new IllegalArgumentException("not a network");
      }
      found |= from != null && startsAlike(base, from.getAddress(), bits);
    }
    return found;
  }

  private static boolean startsAlike(byte[] one, byte[] other, int bits) {
    if (one.length != other.length || !Arrays.equals(one, 0, bits / 8, other, 0, bits / 8)) {
      return false;
    }
    int rest = bits % 8;
    return rest == 0 || ((one[bits / 8] ^ other[bits / 8]) & 0xff) >> (8 - rest) == 0;
  }

  /// Whether the ticket came from where it may be used.
  boolean here() {
    return here;
  }

  Instant before() {
    return before;
  }

  List<Scope> scopes() {
    return rights.stream().map(right -> new Scope(right, path, directoryOnly)).toList();
  }
}
