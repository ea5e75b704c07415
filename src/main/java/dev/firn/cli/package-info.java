/// One command, `firn NOUN VERB`.
///
/// Commands talk HTTP to a site; only `inspect` and `verify` work on local files without one. Each
/// noun is one class of picocli commands (`TransferCommands`), wired into the root command by
/// `dev.firn.server.Main`. A command returns an [ExitCode]; what was asked for goes to standard
/// output, everything else to standard error. `--json` gives one JSON document or JSON lines. Text
/// that comes from data is shown through [Text#printable(String)], so that no file name reprograms
/// a terminal.
@NullMarked
package dev.firn.cli;

import org.jspecify.annotations.NullMarked;
