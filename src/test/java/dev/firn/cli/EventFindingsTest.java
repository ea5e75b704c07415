package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class EventFindingsTest {
  @Test
  void findingsAreToldFileByFile() {
    StringBuilder gaps = new StringBuilder();
    for (int i = 0; i < 14; i++) {
      gaps.append(
          "{\"file\": \"/a\", \"first_missing\": %d, \"last_missing\": %d},"
              .formatted(10 * i, 10 * i + i % 2));
    }
    String document =
        """
        {"duplicates": [{"event": 7, "times": 2, "names": ["/a", "/b"]}],
         "gaps": [%s {"file": "/b", "first_missing": 3, "last_missing": 3}],
         "different": [{"file": "/a", "why": "events is 2, and 3 in the catalog"}],
         "without_livetime": [{"file": "/b"}]}
        """
            .formatted(gaps);
    assertThat(EventFindings.lines(JsonMapper.builder().build().readTree(document)))
        .containsExactly(
            "event 7 is there 2 times: /a, /b",
            "/a: without events 0, 10-11, 20, 30-31, 40, 50-51, 60, 70-71, 80, 90-91, 100, 110-111"
                + " and 2 more ranges (--json)",
            "/b: without events 3",
            "/a: events is 2, and 3 in the catalog",
            "/b: the catalog has no livetime");
  }
}
