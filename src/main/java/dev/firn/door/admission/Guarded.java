package dev.firn.door.admission;

import dev.firn.http.ByteFlow;
import dev.firn.http.Exchange;
import dev.firn.http.FileSource;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// An exchange whose bytes pass through [Admission]: a body that comes in is admitted when it is
/// first read, so before `100 Continue`; one that goes out when its answer starts, when its length
/// is known and nothing has been said yet. What other methods than GET, PUT, POST, PATCH and COPY
/// say of files is small and passes freely.
public final class Guarded implements Exchange, AutoCloseable {
  private static final Set<String> MOVING = Set.of("GET", "PUT", "POST", "PATCH", "COPY");

  private final Exchange exchange;
  private final Admission admission;
  private final String subject;
  private final LogicalName name;
  private BiConsumer<Direction, LongSupplier> begun = (direction, bytes) -> {};
  private ByteFlow held = ByteFlow.FREE;
  private long declared = -1;
  private @Nullable Passage in;
  private @Nullable Passage out;

  Guarded(Exchange exchange, Admission admission, String subject, LogicalName name) {
    this.exchange = exchange;
    this.admission = admission;
    this.subject = subject;
    this.name = name;
  }

  /// Has `listener` told when bytes begin to pass, with a count of them.
  public void whenBegun(BiConsumer<Direction, LongSupplier> listener) {
    begun = listener;
  }

  /// Has `flow` told of all bytes as well, which may stop them.
  public void under(ByteFlow flow) {
    held = flow;
  }

  /// Lets the request in, before anything is done for it.
  ///
  /// @param direction which way it goes, seen from the site
  /// @throws HttpProblem 429 or 503 with `Retry-After` when it comes too soon
  public void enter(Direction direction) {
    Ask ask = ask(direction, 0);
    admission.enter(ask);
    if (!MOVING.contains(method())) {
      admission.accountFor(ask);
    }
  }

  private Ask ask(Direction direction, long bytes) {
    return new Ask(subject, exchange.remote().getAddress(), name, direction, bytes);
  }

  private Passage admit(Direction direction, long bytes) {
    Passage passage = admission.admit(ask(direction, bytes));
    begun.accept(direction, passage::passed);
    return passage;
  }

  private Passage entrance() {
    Passage passage = in;
    if (passage == null) {
      passage = admit(Direction.IN, exchange.contentLength());
      in = passage;
    }
    return passage;
  }

  @Override
  public InputStream body() throws IOException {
    return exchange.contentLength() == 0 || !MOVING.contains(method())
        ? exchange.body()
        : new Counted(exchange.body(), entrance(), held);
  }

  @Override
  public void receive(Taker taker) throws IOException {
    Passage passage = entrance();
    exchange.receive(piece -> {
      int bytes = piece.remaining();
      held.pass(bytes);
      taker.take(piece);
      passage.pass(bytes);
    });
  }

  @Override
  public Body start(int status) throws IOException {
    Passage passage = out;
    if (passage == null && method().equals("GET")) {
      passage = admit(Direction.OUT, declared);
      out = passage;
    }
    Body body = exchange.start(status);
    return passage == null ? body : new Paced(body, passage, held);
  }

  @Override
  public void setHeader(String header, String value) {
    if (header.equals("Content-Length")) {
      declared = Long.parseLong(value);
    }
    exchange.setHeader(header, value);
  }

  /// Ends what was admitted.
  @Override
  public void close() {
    if (in != null) {
      in.close();
    }
    if (out != null) {
      out.close();
    }
  }

  /// A body that is read as a stream.
  private static final class Counted extends FilterInputStream {
    private final Passage passage;
    private final ByteFlow held;

    Counted(InputStream in, Passage passage, ByteFlow held) {
      super(in);
      this.passage = passage;
      this.held = held;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      int n = super.read(bytes, offset, count);
      if (n > 0) {
        held.pass(n);
        passage.pass(n);
      }
      return n;
    }
  }

  private record Paced(Body body, Passage passage, ByteFlow held) implements Body {
    @Override
    public void write(ByteBuffer bytes) throws IOException {
      if (bytes.hasRemaining()) {
        held.pass(bytes.remaining());
        passage.pass(bytes.remaining());
      }
      body.write(bytes);
    }

    @Override
    public void send(FileSource file, long first, long count) throws IOException {
      long end = first + count;
      for (long at = first; at < end; ) {
        int n = (int) Math.min(passage.piece(), end - at);
        held.pass(n);
        passage.pass(n);
        body.send(file, at, n);
        at += n;
      }
    }

    @Override
    public void flush() throws IOException {
      body.flush();
    }

    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  @Override
  public String method() {
    return exchange.method();
  }

  @Override
  public String rawPath() {
    return exchange.rawPath();
  }

  @Override
  public Optional<String> rawQuery() {
    return exchange.rawQuery();
  }

  @Override
  public Optional<String> query(String parameter) {
    return exchange.query(parameter);
  }

  @Override
  public Optional<String> header(String header) {
    return exchange.header(header);
  }

  @Override
  public List<String> headers(String header) {
    return exchange.headers(header);
  }

  @Override
  public List<String> headerNames() {
    return exchange.headerNames();
  }

  @Override
  public InetSocketAddress remote() {
    return exchange.remote();
  }

  @Override
  public InetSocketAddress local() {
    return exchange.local();
  }

  @Override
  public boolean secure() {
    return exchange.secure();
  }

  @Override
  public String authority() {
    return exchange.authority();
  }

  @Override
  public long contentLength() {
    return exchange.contentLength();
  }

  @Override
  public void setTrailer(String name, String value) {
    exchange.setTrailer(name, value);
  }

  @Override
  public void addHeader(String header, String value) {
    exchange.addHeader(header, value);
  }

  @Override
  public void interim(int status, Map<String, String> headers) throws IOException {
    exchange.interim(status, headers);
  }

  @Override
  public void respond(int status) throws IOException {
    exchange.respond(status);
  }

  @Override
  public void respond(int status, String contentType, byte[] bytes) throws IOException {
    exchange.respond(status, contentType, bytes);
  }
}
