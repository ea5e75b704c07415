package dev.firn.server;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.IThrowableProxy;
import dev.firn.token.audit.Redactor;
import java.util.stream.Collectors;

/// A stack trace without the secrets that the messages of exceptions quote: `%redactedEx` in
/// `logback.xml`.
public final class RedactedStack extends ThrowableProxyConverter {
  @Override
  protected String throwableProxyToString(IThrowableProxy thrown) {
    return super.throwableProxyToString(thrown)
        .lines()
        .map(line ->
            line.startsWith("\t")
                ? "\t" + Redactor.redact(line.substring(1))
                : Redactor.redact(line))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
