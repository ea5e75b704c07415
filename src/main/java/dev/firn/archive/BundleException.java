package dev.firn.archive;

import java.io.IOException;

/// A file that is not a sound bundle: says what is wrong and at which offset.
public final class BundleException extends IOException {
  private static final long serialVersionUID = 1L;

  /// What is wrong, for programs.
  public enum Code {
    /// No end record: not a ZIP file, or cut off.
    NOT_A_ZIP,
    /// Records contradict each other or point outside the file.
    INCONSISTENT,
    /// A member is encrypted, or compressed in a way that is not read.
    NOT_STORED,
    /// More entries or a longer manifest than a bundle can have.
    TOO_LARGE,
    /// The manifest cannot be read.
    BAD_MANIFEST
  }

  private final Code code;
  private final long offset;

  BundleException(Code code, long offset, String message) {
    super(message + " (at byte " + offset + ")");
    this.code = code;
    this.offset = offset;
  }

  public Code code() {
    return code;
  }

  public long offset() {
    return offset;
  }
}
