package dev.firn.catalog.filecatalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class DocumentTest {
  /// Of PFDST the indexer writes tenths of nanoseconds, which is how the detector counts.
  @Test
  void timesWithMoreDigitsThanNanosecondsAreRead() {
    String run =
        """
        {"run": {"start_datetime": "2010-11-16T19:14:40.3904744109",
          "end_datetime": "2010-11-16T19:15:40.3904744109Z"}}
        """;
    var metadata = Document.metadata(JsonMapper.shared().readTree(run));
    assertThat(metadata.starts()).isEqualTo(Instant.parse("2010-11-16T19:14:40.390474Z"));
    assertThat(metadata.ends()).isEqualTo(Instant.parse("2010-11-16T19:15:40.390474Z"));
  }
}
