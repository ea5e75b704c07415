package dev.firn.server;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.firn.token.audit.Redactor;
import org.jspecify.annotations.Nullable;

/// A log message without secrets and on one line, whoever wrote it: `%redacted` in `logback.xml`.
public final class RedactedMessage extends MessageConverter {
  @Override
  public String convert(ILoggingEvent event) {
    @Nullable String message = super.convert(event);
    return message == null ? "" : Redactor.redact(message);
  }
}
