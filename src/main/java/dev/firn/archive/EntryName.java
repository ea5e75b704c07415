package dev.firn.archive;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The path that a ZIP entry is known by, whatever its name is.
///
/// A name that is a sound relative path in UTF-8 is that path. Any other one, `../x`, `/x`, `a\b`,
/// the empty one, one in an old character set, is kept below the folder `=odd`, where `=XX` is the
/// byte of that value and `=` at the end of a segment is nothing. So no two names have the same
/// path, the name is to be had back, and nothing that is written under a path leaves its folder. A
/// name too long for a path is `=odd/=sha512/` with its digest. The first of several entries of one
/// name is `=odd/=earlier1/` with its path, and so on; the last keeps the path. See
/// `docs/formats/bundle.md`.
final class EntryName {
  private static final String ODD = "=odd/";
  private static final String DIGEST = ODD + "=sha512/";
  private static final String EARLIER = ODD + "=earlier";
  private static final int LONGEST_SEGMENT = 240;
  private static final int LONGEST = 4000;
  private static final Charset DOS = Charset.forName("IBM437");

  private EntryName() {}

  /// The path of an entry with this name. A folder's ends with `/`, as its name does.
  static String of(byte[] name) {
    boolean folder = name.length > 0 && name[name.length - 1] == '/';
    int length = folder ? name.length - 1 : name.length;
    String path = path(name, length);
    return folder ? path + "/" : path;
  }

  /// The path of an entry whose own path belongs to a later entry of the same name.
  ///
  /// @param place among the entries of this name, from 1
  static String earlier(String path, int place) {
    String start = EARLIER + place + "/";
    return start.length() + path.getBytes(StandardCharsets.UTF_8).length <= LONGEST
        ? start + path
        : start + digestOf(path);
  }

  static boolean isEarlier(String path) {
    return path.startsWith(EARLIER);
  }

  /// The same for all entries of one name.
  static String shared(String path) {
    String own = own(path);
    // Of a long name the earlier entries have its digest only; a letter has up to four bytes.
    return own.length() > LONGEST / 4 ? digestOf(own) : own;
  }

  private static String own(String path) {
    return isEarlier(path) ? path.substring(path.indexOf('/', EARLIER.length()) + 1) : path;
  }

  /// Whether an entry of this path may have this name.
  static boolean is(byte[] name, String path) {
    return shared(of(name)).equals(shared(path));
  }

  private static String digestOf(String path) {
    boolean folder = path.endsWith("/");
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    return DIGEST + digest(bytes, bytes.length - (folder ? 1 : 0)) + (folder ? "/" : "");
  }

  private static String path(byte[] name, int length) {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name, 0, length)).toString();
      BundleMember.checkPath(text);
      if (!isOdd(text)) {
        return text;
      }
      return odd(name, length);
    } catch (CharacterCodingException | IllegalArgumentException e) {
      return odd(name, length); // what is wrong with it is seen in what it becomes
    }
  }

  private static String odd(byte[] name, int length) {
    StringBuilder out = new StringBuilder(ODD);
    int segment = 0;
    for (int i = 0; i < length; i++) {
      if (segment >= LONGEST_SEGMENT) {
        out.append("=/");
        segment = 0;
      }
      boolean between = segment > 0 && i + 1 < length && name[i + 1] != '/';
      if (name[i] == '/' && between) {
        out.append('/');
        segment = 0;
      } else if (isPlain(name[i]) && !isDots(name, length, i)) {
        out.append((char) name[i]);
        segment++;
      } else {
        out.append("=%02X".formatted(name[i]));
        segment += 3;
      }
    }
    if (segment == 0) {
      out.append('=');
    }
    return out.length() <= LONGEST ? out.toString() : DIGEST + digest(name, length);
  }

  private static boolean isPlain(byte b) {
    return b > 0x20 && b < 0x7f && b != '/' && b != '\\' && b != '=';
  }

  /// Whether the dot at `at` belongs to a segment that is `.` or `..`.
  private static boolean isDots(byte[] name, int length, int at) {
    if (name[at] != '.') {
      return false;
    }
    int from = at;
    int to = at + 1;
    while (from > 0 && name[from - 1] == '.') {
      from--;
    }
    while (to < length && name[to] == '.') {
      to++;
    }
    return to - from <= 2
        && (from == 0 || name[from - 1] == '/')
        && (to == length || name[to] == '/');
  }

  private static String digest(byte[] name, int length) {
    MessageDigest sha512 = Hashes.of(ChecksumAlgorithm.SHA512);
    sha512.update(name, 0, length);
    return HexFormat.of().formatHex(sha512.digest());
  }

  /// Whether a path stands for a name that is no path.
  static boolean isOdd(String path) {
    return path.startsWith(ODD);
  }

  /// What a manifest may call the entry of this path: the path itself, or what an odd name is in
  /// UTF-8, in the character sets of DOS and of Western Europe, and with the separators of Windows.
  static List<String> readings(String entry) {
    String path = own(entry);
    if (!isOdd(path)) {
      return List.of(path);
    }
    if (path.startsWith(DIGEST)) {
      return List.of();
    }
    byte[] name = name(path);
    Set<String> readings = new LinkedHashSet<>();
    for (Charset charset : List.of(StandardCharsets.UTF_8, DOS, StandardCharsets.ISO_8859_1)) {
      String text = new String(name, charset);
      readings.addAll(Stream.of(text, text.replace('\\', '/')).toList());
    }
    return new ArrayList<>(readings);
  }

  /// The name's bytes, which an odd path of all but the longest names holds.
  private static byte[] name(String path) {
    ByteBuffer out = ByteBuffer.allocate(path.length());
    for (int i = ODD.length(); i < path.length(); i++) {
      char c = path.charAt(i);
      if (c != '=') {
        out.put((byte) c);
      } else if (i + 1 < path.length() && path.charAt(i + 1) != '/') {
        out.put((byte) Integer.parseInt(path, i + 1, i + 3, 16));
        i += 2;
      } else {
        i++; // nothing: a long segment goes on behind the separator
      }
    }
    byte[] name = new byte[out.position()];
    out.flip().get(name);
    return name;
  }
}
