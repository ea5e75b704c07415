package dev.firn.cli;

import dev.firn.columnar.TableRows;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "annotate",
    description = {
      "Write FILE with the numbers of TABLE, Parquet or a stream of Arrow, as an I3MapStringDouble in"
          + " the frames of its events: those of which 'columns' makes rows.",
      "Rows have event and, where the table has them, run, subrun and sub_event; every other column"
          + " is a number. The table is held in memory. Exit 1, and no OUT, when FILE lacks an event"
          + " of TABLE."
    },
    footer = {
      "",
      "  firn i3 columns in.i3 --pulses InIcePulses --format arrow --out in",
      "  python3 score.py in/events.arrow in/pulses.arrow scores.arrow",
      "  firn i3 annotate in.i3 scores.arrow --key Scores -o out.i3"
    })
final class I3Annotate implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "FILE")
  Path file = Path.of("");

  @Parameters(index = "1", paramLabel = "TABLE", description = "Parquet when it ends so.")
  Path table = Path.of("");

  @Option(names = "--key", required = true, paramLabel = "KEY", description = "A new key.")
  String key = "";

  @Option(
      names = "--columns",
      split = ",",
      paramLabel = "COLUMN",
      description = "Only these; otherwise all, which must be numbers.")
  List<String> columns = List.of();

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description = "Packed as its name says: .i3, .i3.gz, .i3.bz2 or .i3.zst.")
  Path out = Path.of("");

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    EventAnnotation annotation;
    try {
      annotation = new EventAnnotation(key, TableRows.read(table), columns);
    } catch (IOException e) {
      return refused(table, I3Verify.whyUnread(e));
    } catch (IllegalArgumentException e) {
      return refused(table, String.valueOf(e.getMessage()));
    }
    Path part = out.resolveSibling("." + out.getFileName() + ".part");
    try {
      try (InputStream in = Files.newInputStream(file);
          FrameReader frames = FrameReader.strict(in);
          OutputStream to = I3Packing.open(part, out)) {
        annotation.pass(frames, new FrameWriter(to));
      }
      if (annotation.unmatched() > 0) {
        return refused(table, annotation.unmatched() + " of its events are not in " + file);
      }
      Files.move(part, out, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      return refused(file, I3Verify.whyUnread(e));
    } finally {
      Files.deleteIfExists(part);
    }
    String line = "%s: %d frames have %s".formatted(out, annotation.frames(), key);
    spec.commandLine().getOut().println(Text.printable(line));
    return ExitCode.DONE.status();
  }

  private int refused(Path what, String why) {
    spec.commandLine().getErr().println("firn: " + Text.printable(what + ": " + why));
    return ExitCode.NEGATIVE.status();
  }
}
