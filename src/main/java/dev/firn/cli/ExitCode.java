package dev.firn.cli;

/// What a command's exit status says to a script.
public enum ExitCode {
  DONE(0),
  /// The question was answered, and the answer is no: damaged, not found, a promise broken.
  NEGATIVE(1),
  /// The command was not understood; nothing was done.
  USAGE(2),
  /// The remote side refused or failed.
  REMOTE(3),
  /// The outcome is not known; look before doing it again.
  UNKNOWN(4);

  private final int status;

  ExitCode(int status) {
    this.status = status;
  }

  public int status() {
    return status;
  }
}
