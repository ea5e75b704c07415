package dev.firn.archive.takeover;

import java.util.Locale;

/// Something out of order about a bundle or a file in it.
///
/// @param bundle the bundle's path at its site
/// @param subject what it is about: a member's path, a logical name, or the bundle itself
/// @param detail one line for a person
public record Finding(Kind kind, String bundle, String subject, String detail) {
  /// What can be out of order in a bundle that is taken over.
  public enum Kind {
    /// Not a sound bundle: cut off, inconsistent, or with an unsound manifest.
    UNREADABLE_BUNDLE,
    /// It holds a member whose bytes do not lie where its directory says, do not have its CRC-32,
    /// or cannot be read because they are encrypted or compressed in a way that is not known.
    UNREADABLE_MEMBER,
    /// Its manifest lists a file that it does not hold.
    ABSENT_MEMBER,
    /// It holds a file that its manifest does not list.
    UNLISTED_MEMBER,
    /// Directory and manifest disagree about a member's size.
    WRONG_SIZE,
    /// It holds another content under a name that the catalog knows.
    CONFLICTING_FILE,
    /// The name belongs to no family of names that is known.
    ODD_NAME,
    /// No manifest and no catalog record says where the file belongs.
    UNPLACED_FILE;

    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
