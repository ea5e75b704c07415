package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.console.Browser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page of a directory in Chromium; the pictures in `target/pictures` are to be looked at.
@Tag("peer")
class DirectoryPageTest {
  private static final Path PICTURES = Path.of("target/pictures");

  @TempDir Path directory;
  private TestSite site;
  private Browser browser;

  @BeforeEach
  void start() throws Exception {
    browser = Browser.start();
    site = TestSite.open(directory);
    Asking door = new Asking(site.plainPort());
    String run = "/data/exp/IceCube/2023/filtered/level2/0529/Run00137897/";
    for (int i = 0; i < 24; i++) {
      String name = "Level2_IC86.2023_data_Run00137897_Subrun00000000_%08d.i3.zst".formatted(i);
      door.put(run + name, "x".repeat(1 + i * 1777));
    }
    door.put(run + "a%20%3Cscript%3Ealert(1)%3C%2Fscript%3E".replace("%2F", ""), "hostile");
    door.put(run + "gcd/GeoCalibDetectorStatus.i3.gz", "gcd");
  }

  @AfterEach
  void stop() throws IOException {
    if (site != null) {
      site.close();
    }
    browser.close();
  }

  @Test
  void directoryIsReadAndWalkedInABrowser() throws IOException {
    String run = "/data/exp/IceCube/2023/filtered/level2/0529/Run00137897/";
    browser.open(site.plain(run).toString());
    assertThat(browser.texts("tbody tr")).hasSize(27);
    assertThat(browser.text("p")).startsWith("1 directory, 25 files, ");
    assertThat(browser.tooWide()).isFalse();
    browser.picture(PICTURES.resolve("directory.png"));
    browser.click("th.n a");
    assertThat(browser.texts("tbody td.n").getFirst()).as("the largest first").isEqualTo("40,872");
    browser.size(390, 800).open(site.plain(run).toString());
    assertThat(browser.tooWide()).isFalse();
    browser.picture(PICTURES.resolve("directory-small.png"));
    browser.click("h1 a:nth-of-type(2)");
    assertThat(browser.texts("tbody a")).isEqualTo(List.of("../", "IceCube/"));
    assertThat(browser.complaints()).isEmpty();
  }
}
