package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.ObjectStore.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A removal or renaming that takes more than one request, and what its note `.firn/changes/ID`
/// says of it.
///
/// @param to is `from` when it is removed
record S3Change(Step step, LogicalName from, LogicalName to) {
  private static final String FIRST_LINE = "firn-change 1";

  enum Step {
    REMOVE,
    COPYING,
    COPIED,
    RENAME,
    /// A directory that was copied, while it is not known whether the note says so.
    SAYING_COPIED,
    /// A file that was copied: its note is written once.
    RENAMED,
    /// Nothing was done, nor will be: the note is to go.
    WITHDRAWN;

    /// Whether a note can say it; the others are only ever in memory.
    private boolean written() {
      return switch (this) {
        case REMOVE, COPYING, COPIED, RENAME -> true;
        case SAYING_COPIED, RENAMED, WITHDRAWN -> false;
      };
    }
  }

  S3Change at(Step next) {
    return new S3Change(next, from, to);
  }

  /// Whether a name is out of sight.
  boolean hides(LogicalName name) {
    return switch (step) {
      case COPYING, SAYING_COPIED -> name.startsWith(to);
      case REMOVE, COPIED, RENAMED -> name.startsWith(from);
      case RENAME, WITHDRAWN -> false;
    };
  }

  /// Whether the change is at, above or below a name.
  boolean touches(LogicalName name) {
    return name.startsWith(from)
        || name.startsWith(to)
        || from.startsWith(name)
        || to.startsWith(name);
  }

  Bytes note() {
    byte[] text =
        String.join("\n", FIRST_LINE, step.name(), from.toString(), to.toString(), "")
            .getBytes(StandardCharsets.UTF_8);
    return new Bytes(text, text.length);
  }

  /// Empty when the text is not a note.
  static Optional<S3Change> parse(String text) {
    String[] lines = text.split("\n");
    if (lines.length != 4 || !lines[0].equals(FIRST_LINE)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
              new S3Change(
                  Step.valueOf(lines[1]), LogicalName.parse(lines[2]), LogicalName.parse(lines[3])))
          .filter(change -> change.step().written());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
