package dev.firn.cli;

import picocli.CommandLine.Command;

/// `firn events`: events as columns.
@Command(
    name = "events",
    description = "Events as columns: tables of passes, one query away.",
    subcommands = {
      EventPasses.Ls.class,
      EventPasses.Create.class,
      EventPasses.Load.class,
      EventPasses.RuleVerb.class,
      EventPasses.Promote.class,
      EventPasses.Gc.class,
      EventPasses.Geometry.class,
      EventQuestions.Query.class,
      EventQuestions.Scan.class,
      EventQuestions.Check.class,
      EventQuestions.Locate.class,
      EventGet.class,
      EventExport.class
    },
    footer = {
      "",
      "  firn events create pass3 --pulses InIcePulses --columns columns.toml",
      "  firn events load --pass pass3 --query 'level = L2 and run between 131000 and 131500'",
      "  firn events promote pass3",
      "  firn events query 'select count(*), sum(charge) from pulses where run = 131263'",
      "  firn events get --run 131263 --event 83717938 --frames event.i3.zst"
    })
public final class EventCommands {}
