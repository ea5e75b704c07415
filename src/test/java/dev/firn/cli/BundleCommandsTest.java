package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BundleCommandsTest {
  @TempDir Path directory;

  private record Result(int status, String out, String err) {}

  @Test
  void soundBundleExitsWithZeroAndADamagedOneWithOne() throws Exception {
    Path file = directory.resolve("b.zip");
    byte[] data = "snow".repeat(100).getBytes(StandardCharsets.US_ASCII);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.setMethod(ZipOutputStream.STORED);
      ZipEntry entry = new ZipEntry("a.i3");
      CRC32 crc = new CRC32();
      crc.update(data);
      entry.setSize(data.length);
      entry.setCrc(crc.getValue());
      zip.putNextEntry(entry);
      zip.write(data);
    }
    assertThat(run("verify", file.toString()).status()).isZero();
    Result inspected = run("inspect", "--json", file.toString());
    assertThat(inspected.status()).isZero();
    assertThat(inspected.out()).contains("\"offset\":34", "\"manifest_version\":0");

    byte[] bytes = Files.readAllBytes(file);
    bytes[100] ^= 1;
    Files.write(file, bytes);
    Result damaged = run("verify", file.toString());
    assertThat(damaged.status()).isEqualTo(1);
    assertThat(damaged.out()).contains("BAD a.i3: crc32 is");
  }

  @Test
  void fileThatIsNoBundleIsOneLine() throws Exception {
    Path file = Files.writeString(directory.resolve("x"), "not a bundle");
    Result result = run("inspect", file.toString());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).hasLineCount(1).contains("no end record");
    assertThat(run("inspect", file + ".gone").err()).hasLineCount(1).contains("no such file");
  }

  private static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new BundleCommands());
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int status = line.execute(args);
    return new Result(status, out.toString(), err.toString());
  }
}
