package dev.firn.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchivePageTest {
  @Test
  void namesAndReasonsNeverBecomeMarkup() {
    String evil = "<script>alert(1)</script>";
    ArchiveView view =
        new ArchiveView(
            List.of(new ArchiveView.Kept(evil, evil, evil, 1, 2)),
            List.of(new ArchiveView.Audit(evil, 4, 5, 3, 0, 2, Instant.EPOCH, 1, 1, 0, 12)),
            List.of(new ArchiveView.Quarantined(evil, evil, 3, evil, evil)));
    String html = ArchivePage.page(view, form -> form).toString();
    assertThat(html).doesNotContain("<script>");
    assertThat(html).contains("3 of 4").contains("12 days").contains("Take out of quarantine");
  }

  @Test
  void anEmptyArchiveSaysSoInWords() {
    String html =
        ArchivePage.page(new ArchiveView(List.of(), List.of(), List.of()), form -> form).toString();
    assertThat(html)
        .contains("No bundle waits for an operator.")
        .contains("No archive has a copy yet.");
  }
}
