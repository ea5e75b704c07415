package dev.firn.transfer.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.SiteName;
import dev.firn.transfer.site.Site;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SiteExpressionTest {
  private static final List<Site> SITES =
      List.of(
          site("madison", false, "us"),
          site("nersc", true, "us"),
          site("tacc", true, "us"),
          site("desy", true, "eu"));

  private static Site site(String name, boolean nearline, String attribute) {
    URI url = URI.create("https://" + name + ".example");
    return new Site(new SiteName(name), url, url.toString(), Site.Kind.WEBDAV, nearline, true)
        .withAttributes(List.of(attribute));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "nersc; nersc",
        "tape & us; nersc tacc",
        "tape&us&!tacc; nersc",
        "disk | eu; desy madison",
        "eu | us & disk; desy madison",
        "(eu | us) & disk; madison",
        "!(desy | nersc); madison tacc",
        "!!desy; desy",
        "*; desy madison nersc tacc",
        "webdav & !tape; madison",
        "us & eu; ''"
      })
  void meansTheSitesThatItSays(String expression, String expected) {
    List<String> names =
        SiteExpression.parse(expression).among(SITES).stream().map(SiteName::value).toList();
    assertThat(String.join(" ", names)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "&", "us &", "us tape", "(us", "us)", "!", "us && tape", "u$", "-us"})
  void whatIsNotUnderstoodIsRefusedWithItsPlace(String expression) {
    assertThatThrownBy(() -> SiteExpression.parse(expression))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("character");
  }

  @Test
  void endlessNestingIsRefused() {
    assertThatThrownBy(() -> SiteExpression.parse("(".repeat(500) + "us" + ")".repeat(500)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SiteExpression.parse("!(".repeat(500) + "us"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSameSaidOtherwiseIsTheSame() {
    assertThat(SiteExpression.parse(" us&tape "))
        .isEqualTo(SiteExpression.parse("(tape) & us"))
        .hasSameHashCodeAs(SiteExpression.parse("tape & us & us"));
    assertThat(SiteExpression.parse("tape & (us | eu)").toString()).isEqualTo("(eu | us) & tape");
    for (String text : List.of("*", "nersc", "tape & us", "!(desy | nersc)", "(eu | us) & tape")) {
      assertThat(SiteExpression.parse(text).toString()).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "(us & us) | desy, desy | us",
    "(us & tape) & disk, disk & tape & us",
    "us | (desy | (tape)), desy | tape | us",
    "!(us | us), !us",
    "(tape & us) | (us & tape), tape & us"
  })
  void whatIsWrittenDownIsReadAsTheSame(String expression, String canonical) {
    SiteExpression parsed = SiteExpression.parse(expression);
    assertThat(parsed.toString()).isEqualTo(canonical);
    assertThat(SiteExpression.parse(parsed.toString())).isEqualTo(parsed);
  }

  @Test
  void wordsThatNoSiteKnowsAreNamed() {
    assertThat(SiteExpression.parse("atlantis | us & lemuria").unknownWords(SITES))
        .containsExactly("atlantis", "lemuria");
    assertThat(SiteExpression.parse("nersc").single()).contains(new SiteName("nersc"));
    assertThat(SiteExpression.parse("tape & us").single()).isEmpty();
  }
}
