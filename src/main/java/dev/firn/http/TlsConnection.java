package dev.firn.http;

import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.io.ssl.SslClientConnectionFactory;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/// A TLS connection that reads and writes several records with one system call.
///
/// Jetty's own reads, decrypts and hands on one record of 16 KiB at a time, which costs a large
/// transfer more than its encryption does. This one has room for several, and goes on with the next
/// record while there is one and room for what it holds. Handshakes are Jetty's, record by record.
/// Buffers are held only while something is in them, so an idle connection has none.
final class TlsConnection extends SslConnection {
  /// What one read or write of the socket may carry.
  static final int RECORDS_BYTES = 128 * 1024;

  private @Nullable SSLException late;

  private TlsConnection(
      ByteBufferPool pool,
      Executor executor,
      SslContextFactory context,
      EndPoint end,
      SSLEngine engine) {
    // The JDK works from array to array two to three times as fast as with direct buffers.
    super(new Roomy(pool), executor, context, end, engine, false, false);
  }

  /// Speaks TLS to clients, and `next` above it.
  static SslConnectionFactory serverFactory(SslContextFactory.Server context, String next) {
    return new SslConnectionFactory(context, next) {
      @Override
      protected SslConnection newSslConnection(Connector from, EndPoint end, SSLEngine engine) {
        return new TlsConnection(
            from.getByteBufferPool(), from.getExecutor(), getSslContextFactory(), end, engine);
      }
    };
  }

  /// Connects to servers over TLS.
  static ClientConnector clientConnector(SslContextFactory.Client context) {
    ClientConnector connector =
        new ClientConnector() {
          @Override
          public ClientConnectionFactory newSslClientConnectionFactory(
              SslContextFactory.Client tls, ClientConnectionFactory next) {
            return clientFactory(tls, this, next);
          }
        };
    connector.setSslContextFactory(context);
    return connector;
  }

  private static ClientConnectionFactory clientFactory(
      SslContextFactory.Client context, ClientConnector from, ClientConnectionFactory next) {
    return new SslClientConnectionFactory(
        context, from.getByteBufferPool(), from.getExecutor(), next) {
      @Override
      protected SslConnection newSslConnection(EndPoint end, SSLEngine engine) {
        return new TlsConnection(
            getByteBufferPool(), getExecutor(), getSslContextFactory(), end, engine);
      }
    };
  }

  @Override
  protected SSLEngineResult unwrap(SSLEngine engine, ByteBuffer input, ByteBuffer output)
      throws SSLException {
    if (late != null) {
      throw late;
    }
    SSLEngineResult result = super.unwrap(engine, input, output);
    int room = engine.getSession().getApplicationBufferSize();
    while (goesOn(result) && input.hasRemaining() && output.remaining() >= room) {
      SSLEngineResult next;
      try {
        next = super.unwrap(engine, input, output);
      } catch (SSLException e) {
        late = e; // the records before it were good, and are handed on first
        return result;
      }
      if (next.getStatus() != Status.OK) {
        return result; // and says so again when it is asked
      }
      result = sum(result, next);
    }
    return result;
  }

  @Override
  protected SSLEngineResult wrap(SSLEngine engine, ByteBuffer[] input, ByteBuffer output)
      throws SSLException {
    SSLEngineResult result = super.wrap(engine, input, output);
    int room = engine.getSession().getPacketBufferSize();
    while (goesOn(result) && output.remaining() >= room && hasRemaining(input)) {
      result = sum(result, super.wrap(engine, input, output));
    }
    return result;
  }

  private static boolean goesOn(SSLEngineResult result) {
    return result.getStatus() == Status.OK
        && result.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
        && result.bytesConsumed() > 0
        && result.bytesProduced() > 0;
  }

  private static SSLEngineResult sum(SSLEngineResult one, SSLEngineResult next) {
    return new SSLEngineResult(
        next.getStatus(),
        next.getHandshakeStatus(),
        one.bytesConsumed() + next.bytesConsumed(),
        one.bytesProduced() + next.bytesProduced());
  }

  private static boolean hasRemaining(ByteBuffer[] buffers) {
    for (ByteBuffer buffer : buffers) {
      if (buffer.hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  /// Gives room for several records to whoever asks for room for one.
  private static final class Roomy extends ByteBufferPool.Wrapper {
    Roomy(ByteBufferPool wrapped) {
      super(wrapped);
    }

    @Override
    public RetainableByteBuffer.Mutable acquire(int size, boolean direct) {
      return super.acquire(Math.max(size, RECORDS_BYTES), direct);
    }
  }
}
