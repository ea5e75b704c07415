package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.door.admission.Admission;
import dev.firn.model.LogicalName;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.SiteConfig;
import dev.firn.server.local.HereSite;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesReloadTest {
  private static final String RULE = "\n[[rules]]\npath = \"/data/open\"\nrights = [\"read\"]\n";

  @TempDir Path directory;

  private static boolean isOpen(AccessPolicy policy) {
    LogicalName name = LogicalName.parse("/data/open/f");
    return policy
        .decide(Caller.anonymous(), Operation.GET_FILE, name, TargetState.UNKNOWN)
        .granted();
  }

  private static void await(AccessPolicy policy, boolean open) throws InterruptedException {
    long end = System.nanoTime() + 60_000_000_000L;
    while (isOpen(policy) != open && System.nanoTime() < end) {
      Thread.sleep(50);
    }
    assertThat(isOpen(policy)).isEqualTo(open);
  }

  /// Long enough for the file to be looked at again.
  private static void look() throws InterruptedException {
    Thread.sleep(4_000);
  }

  @Test
  void aFileThatCannotBeUsedLeavesTheRulesThatAreInForceK10()
      throws IOException, InterruptedException {
    Path file =
        HereSite.prepare(directory, new HereSite.Wish(0, 0, false, List.of()), Instant.now());
    String without = Files.readString(file);
    SiteConfig config = SiteConfig.from(ConfigFile.read(file));
    AccessPolicy policy = AccessPolicy.of(List.of(), config.rules());
    Admission admission =
        new Admission(config.door().largeTransfers(), config.limits(), Clock.systemUTC());
    try (LimitsWatch watch = LimitsWatch.start(file, admission, policy)) {
      assertThat(watch).isNotNull();
      assertThat(isOpen(policy)).isFalse();
      Files.writeString(file, without + RULE);
      await(policy, true);

      for (String unusable :
          List.of(
              without + "\n[[rules]]\npath = \"/data/x\"\nrights = [\"all\"]\n",
              without.replace("aliases = [", "aliases = [\"https://no host\", "),
              without.replace("aliases = [", "aliases = [\"hub.example\", "),
              without.substring(0, without.indexOf("aliases") + 14))) {
        Files.writeString(file, unusable);
        look();
        assertThat(isOpen(policy)).isTrue();
      }
      Files.writeString(file, without);
      await(policy, false);
    }
  }
}
