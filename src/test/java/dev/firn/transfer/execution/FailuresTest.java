package dev.firn.transfer.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.LogicalName;
import dev.firn.transfer.queue.FailureClass;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FailuresTest {
  private static final List<LogicalName> NAMES =
      List.of(
          LogicalName.parse("/data/exp/checksums/no space left on device.i3"),
          LogicalName.parse("/data/digest"));

  private static Optional<FailureClass> of(String reason) {
    return Failures.classOfWords(reason, NAMES);
  }

  @Test
  void aFailureIsWhatItsWordsSayAndNotTheNameOfTheFile() {
    assertThat(of("GET https://a.example/data/digest answered 500")).isEmpty();
    assertThat(of("/data/exp/checksums/no space left on device.i3: disk error")).isEmpty();
    assertThat(of("https://a/data/exp/checksums/no%20space%20left%20on%20device.i3: reset"))
        .isEmpty();
    assertThat(of("/data/digest: checksum mismatch")).contains(FailureClass.CHECKSUM);
    assertThat(of("/data/digest: No space left on device")).contains(FailureClass.CAPACITY);
    assertThat(of("401: keys-unavailable")).contains(FailureClass.KEYS);
  }
}
