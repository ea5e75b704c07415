package dev.firn.cli;

import picocli.CommandLine.Command;

/// `firn i3`: looks into `.i3` files on this machine, without a server.
@Command(
    name = "i3",
    description = "Look into .i3 files and verify them.",
    subcommands = {
      I3Inspect.class,
      I3Verify.class,
      I3Cat.class,
      I3Columns.class,
      I3Annotate.class,
      I3Extract.class,
      I3Merge.class
    })
public final class I3Commands {}
