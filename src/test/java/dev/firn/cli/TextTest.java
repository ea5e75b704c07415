package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextTest {
  @Test
  void noNameReprogramsTheTerminal() {
    assertThat(Text.printable("a\u001b[2Jb\u202ec\nd")).isEqualTo("a\\x1b[2Jb\\u202ec\\x0ad");
    assertThat(Text.printable("Zürich – ν")).isEqualTo("Zürich – ν");
  }

  @Test
  void columnsLineUp() {
    assertThat(
            Text.table(List.of("file", ">size"), List.of(List.of("a", "10"), List.of("bcd", "7"))))
        .isEqualTo("file  size\na       10\nbcd      7\n");
  }
}
