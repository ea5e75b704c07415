package dev.firn.http;

import java.time.Duration;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RateControl;
import org.eclipse.jetty.io.WindowRateControl;

/// How many frames a second that only make work a connection may send: as many as Jetty lets, but
/// resets of streams that have ended, which cost nothing, count on their own. curl sends one for
/// each answer that came without a length, a third-party copy among them.
final class StreamResets implements RateControl {
  private static final int MOST = 128;
  private static final int VAIN = 10_000;

  private final EndPoint end;
  private final RateControl all = new WindowRateControl(MOST, Duration.ofSeconds(1));
  private final RateControl vain = new WindowRateControl(VAIN, Duration.ofSeconds(1));

  private StreamResets(EndPoint end) {
    this.end = end;
  }

  /// Counts for each connection.
  static RateControl.Factory factory() {
    return new RateControl.Factory() {
      @Override
      public RateControl newRateControl(EndPoint end) {
        return new StreamResets(end);
      }
    };
  }

  @Override
  public boolean onEvent(Object event) {
    boolean inVain = event instanceof ResetFrame reset && hasEnded(reset.getStreamId());
    return inVain ? vain.onEvent(event) : all.onEvent(event);
  }

  private boolean hasEnded(int id) {
    if (!(end.getConnection() instanceof HTTP2Connection connection)) {
      return false;
    }
    Stream stream = connection.getSession().getStream(id);
    return stream == null || stream.isClosed();
  }
}
