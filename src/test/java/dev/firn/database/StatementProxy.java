package dev.firn.database;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Stands between a program and its PostgreSQL, knows from the protocol which statement is
/// executed, and does what a test wants just before one reaches the server, or after it was
/// executed and before the program hears of it.
public final class StatementProxy implements Supplier<DatabaseAddress>, AutoCloseable {
  public static final String COMMIT = "COMMIT";

  /// What drivers and pools say of their own accord.
  private static final Pattern ASIDE =
      Pattern.compile(
          "|SET (?!TRANSACTION).*|SHOW .*|LISTEN .*|SELECT pg_notify.*|SELECT set_config.*|BEGIN|ROLLBACK");

  private static final Pattern PORT = Pattern.compile("(//[^:/]*):(\\d+)/");
  private static final int SSL = 80_877_103;
  private static final int GSS = 80_877_104;
  private static final int PLAIN_LENGTH = 4;

  private final Supplier<DatabaseAddress> server;
  private final ServerSocket socket;
  private final List<String> seen = new ArrayList<>();
  private Runnable committed = () -> {};
  private Trap trap;
  private int passed; // statements of the trap's kind since it was set

  /// @param kind of statement, as [#seen] tells
  /// @param occurrence which of that kind, from 1
  /// @param after whether the statement is executed first
  /// @param spring ends the program or its server; the connection is cut afterwards
  public record Trap(String kind, int occurrence, boolean after, Runnable spring) {}

  public StatementProxy(Supplier<DatabaseAddress> server) throws IOException {
    this.server = server;
    this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().name("statement-proxy").start(this::accept);
  }

  /// The server's address with the port of this proxy.
  @Override
  public DatabaseAddress get() {
    DatabaseAddress behind = server.get();
    String url =
        PORT.matcher(behind.jdbcUrl())
            .replaceFirst(m -> m.group(1) + ":" + socket.getLocalPort() + "/");
    return new DatabaseAddress(url, behind.user(), behind.password());
  }

  /// Springs once.
  public synchronized void set(Trap next) {
    trap = next;
    passed = 0;
  }

  /// Takes the trap away; true when it has not sprung.
  public synchronized boolean clear() {
    boolean there = trap != null;
    trap = null;
    return there;
  }

  /// Runs `listener` after each commit, before the program hears of it.
  public synchronized void onCommit(Runnable listener) {
    committed = listener;
  }

  /// The kinds of statements since this was asked last, in order.
  public synchronized List<String> seen() {
    List<String> all = List.copyOf(seen);
    seen.clear();
    return all;
  }

  private synchronized Optional<Trap> meet(String kind) {
    seen.add(kind);
    if (trap == null || !trap.kind().equals(kind) || ++passed < trap.occurrence()) {
      return Optional.empty();
    }
    Trap sprung = trap;
    trap = null;
    return Optional.of(sprung);
  }

  private synchronized Runnable committed() {
    return committed;
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        Thread.ofPlatform().daemon().name("statement-proxy-in").start(() -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket client) {
    Matcher port = PORT.matcher(server.get().jdbcUrl());
    if (!port.find()) {
      throw new IllegalStateException("no port in " + server.get());
    }
    try (client;
        Socket behind =
            new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(2)))) {
      client.setTcpNoDelay(true);
      behind.setTcpNoDelay(true);
      new Line(client, behind).run();
    } catch (IOException e) {
      return; // one of the two has gone: so does the other
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /// One connection.
  private final class Line {
    private final DataInputStream fromClient;
    private final DataOutputStream toClient;
    private final DataInputStream fromServer;
    private final DataOutputStream toServer;
    private final Socket client;
    private final Map<String, String> statements = new HashMap<>();
    private final Map<String, String> portals = new HashMap<>();
    private volatile Trap held;
    private volatile boolean committing;

    Line(Socket client, Socket behind) throws IOException {
      this.client = client;
      this.fromClient = new DataInputStream(new BufferedInputStream(client.getInputStream()));
      this.toClient = new DataOutputStream(new BufferedOutputStream(client.getOutputStream()));
      this.fromServer = new DataInputStream(new BufferedInputStream(behind.getInputStream()));
      this.toServer = new DataOutputStream(new BufferedOutputStream(behind.getOutputStream()));
    }

    void run() throws IOException {
      begin();
      Thread answers = Thread.ofPlatform().daemon().name("statement-proxy-out").start(this::answer);
      try {
        while (true) {
          int type = fromClient.read();
          if (type < 0) {
            return;
          }
          byte[] body = body(fromClient);
          Optional<Trap> met = executed(type, body).flatMap(StatementProxy.this::meet);
          if (met.isPresent() && !met.get().after()) {
            met.get().spring().run();
            return;
          }
          met.ifPresent(trap -> held = trap);
          send(toServer, type, body);
          if (fromClient.available() == 0) {
            toServer.flush();
          }
        }
      } finally {
        client.close();
        answers.interrupt();
      }
    }

    /// Up to the start-up message, messages have no type.
    private void begin() throws IOException {
      while (true) {
        byte[] body = body(fromClient);
        int code = ByteBuffer.wrap(body).getInt();
        if (code == SSL || code == GSS) {
          toClient.write('N');
          toClient.flush();
          continue;
        }
        toServer.writeInt(body.length + PLAIN_LENGTH);
        toServer.write(body);
        toServer.flush();
        return;
      }
    }

    /// The kind of statement that a message executes.
    private Optional<String> executed(int type, byte[] body) {
      switch (type) {
        case 'P' -> {
          String name = text(body, 0);
          statements.put(name, text(body, length(body, 0)));
          return Optional.empty();
        }
        case 'B' -> {
          String portal = text(body, 0);
          portals.put(portal, statements.get(text(body, length(body, 0))));
          return Optional.empty();
        }
        case 'E' -> {
          return kind(portals.get(text(body, 0)));
        }
        case 'Q' -> {
          return kind(text(body, 0));
        }
        case 'c' -> {
          return Optional.of("end of COPY");
        }
        default -> {
          return Optional.empty();
        }
      }
    }

    private Optional<String> kind(String sql) {
      String one = sql.strip().replaceAll("\\s+", " ").replaceAll("\\b\\d+\\b", "N");
      committing = one.equals(COMMIT);
      return ASIDE.matcher(one).matches() ? Optional.empty() : Optional.of(one);
    }

    private void answer() {
      try {
        while (true) {
          int type = fromServer.read();
          if (type < 0) {
            client.close();
            return;
          }
          byte[] body = body(fromServer);
          boolean ready = type == 'Z' || type == 'G';
          if (held != null) {
            if (ready) {
              held.spring().run();
              client.close();
              return;
            }
            continue;
          }
          if (type == 'Z' && committing) {
            committing = false;
            committed().run();
          }
          send(toClient, type, body);
          if (ready || fromServer.available() == 0) {
            toClient.flush();
          }
        }
      } catch (IOException e) {
        try {
          client.close();
        } catch (IOException again) {
          throw new UncheckedIOException(again);
        }
      }
    }

    private static byte[] body(DataInputStream in) throws IOException {
      return in.readNBytes(in.readInt() - PLAIN_LENGTH);
    }

    private static void send(DataOutputStream out, int type, byte[] body) throws IOException {
      out.write(type);
      out.writeInt(body.length + PLAIN_LENGTH);
      out.write(body);
    }

    private static int length(byte[] body, int from) {
      int end = from;
      while (body[end] != 0) {
        end++;
      }
      return end + 1;
    }

    private static String text(byte[] body, int from) {
      return new String(body, from, length(body, from) - 1 - from, StandardCharsets.UTF_8);
    }
  }
}
