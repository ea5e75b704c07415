package dev.firn.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class OverviewPageTest {
  private static final Instant NOW = Instant.parse("2026-11-23T06:00:00Z");

  @Test
  void namesFromDataNeverBecomeMarkup() {
    String evil = "<script>alert(1)</script>\" onload='x";
    Overview overview =
        new Overview(
            "madison",
            NOW,
            List.of(new Overview.Trouble("clock", evil)),
            List.of(
                new Overview.Site(
                    "nersc", evil, "door", 1, 2, List.of(new Overview.States(evil, 1, 2, 1)))),
            List.of(new Overview.Level(evil, 1, 2)),
            List.of(
                new Overview.Movement("7", evil, "madison", "nersc", "active", 5, 10, 1e6, evil)),
            List.of(new Overview.Custody(evil, "nersc", 3, 4, "verified", NOW, evil)),
            List.of(new Overview.Refusal(evil, evil, NOW)));
    String html = OverviewPage.page(overview).main().toString();
    assertThat(html).doesNotContain("<script>alert").doesNotContain("\" onload");
    assertThat(html).contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x");
    assertThat(html).contains("5 B of 10 B").contains("1.00 MB/s").contains("0 s ago");
  }

  @Test
  void anEmptyHubSaysSoInWords() {
    Overview empty =
        new Overview(
            "madison", NOW, List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
    assertThat(OverviewPage.page(empty).main().toString())
        .contains("Nothing is moving and nothing waits.")
        .contains("No bundle has been made yet.")
        .contains("Nothing was refused.");
  }
}
