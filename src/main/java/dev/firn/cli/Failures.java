package dev.firn.cli;

import dev.firn.http.RemoteException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/// What a command that ended in an exception says, and with which status it ends.
///
/// A site that answers 404 has answered the question: the status is [ExitCode#NEGATIVE]. A
/// connection that broke after a request with an effect had begun leaves it [ExitCode#UNKNOWN]. A
/// name or a file of this machine that cannot be used is [ExitCode#USAGE]. All else is
/// [ExitCode#REMOTE].
public final class Failures {
  private Failures() {}

  public static ExitCode exitCode(Exception failure) {
    return switch (failure) {
      case Remote.Failure answer when answer.status() == 404 -> ExitCode.NEGATIVE;
      case RemoteException remote when remote.kind() == RemoteException.Kind.UNKNOWN ->
          ExitCode.UNKNOWN;
      case FileSystemException _, IllegalArgumentException _ -> ExitCode.USAGE;
      default -> ExitCode.REMOTE;
    };
  }

  /// One printable line. Java's exceptions on files carry the name alone: the reason is added.
  public static String oneLine(Exception failure) {
    String text =
        switch (failure) {
          case NoSuchFileException missing -> missing.getFile() + ": no such file";
          case AccessDeniedException denied -> denied.getFile() + ": permission denied";
          case NotDirectoryException file -> file.getFile() + ": not a directory";
          default ->
              failure.getMessage() == null
                  ? failure.getClass().getSimpleName()
                  : failure.getMessage();
        };
    return "firn: " + Text.printable(text);
  }
}
