package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.status.Status;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RedactedLogTest {
  private static final String TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl";

  @Test
  void noTokenReachesTheShippedLogNeitherInMessagesNorInStackTraces() throws Exception {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    PrintStream before = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      JoranConfigurator configurator = new JoranConfigurator();
      configurator.setContext(context);
      configurator.doConfigure(RedactedLogTest.class.getResource("/logback.xml"));
      context
          .getLogger("dev.firn.x")
          .warn("call with Bearer {}\nforged", TOKEN, new IllegalStateException("got " + TOKEN));
    } finally {
      context.stop();
      System.setErr(before);
    }
    assertThat(context.getStatusManager().getCopyOfStatusList())
        .noneMatch(status -> status.getLevel() >= Status.WARN);
    String log = written.toString(StandardCharsets.UTF_8);
    assertThat(log)
        .doesNotContain(TOKEN.substring(21))
        .contains("call with Bearer [redacted]\\u000aforged")
        .contains("java.lang.IllegalStateException: got [redacted]\n\tat ");
  }
}
