package dev.firn.inference.protocol;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.inference.InferRequest;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.engine.ModelRepository;
import dev.firn.inference.wire.ProtoWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// Unary calls of gRPC over the server's own HTTP/2: a message with five bytes before it in each
/// direction, and the outcome in the trailers.
final class GrpcRoutes {
  private static final int HEAD = 5;

  private final ModelRepository models;
  private final InferenceRoutes.Access access;
  private final String server;
  private final String version;

  GrpcRoutes(ModelRepository models, InferenceRoutes.Access access, String server, String version) {
    this.models = models;
    this.access = access;
    this.server = server;
    this.version = version;
  }

  void handle(Exchange exchange) throws IOException {
    if (!exchange.header("Content-Type").orElse("").startsWith("application/grpc")) {
      throw new HttpProblem(415, "not-grpc", "this is a gRPC service");
    }
    exchange.setHeader("Content-Type", "application/grpc");
    exchange.setHeader("grpc-accept-encoding", "identity"); // packed messages are refused
    ByteBuffer answer;
    try {
      String method = exchange.rawPath().substring(GrpcMessages.SERVICE.length());
      if (!method.equals("/ServerLive") && !method.equals("/ServerReady")) {
        access.requireKnown(exchange);
      }
      answer = answer(exchange, method, GrpcFrames.read(exchange.body())).buffer();
    } catch (InferenceException e) {
      end(exchange, GrpcStatus.of(e.kind()), e.detail());
      return;
    } catch (HttpProblem e) {
      end(exchange, GrpcStatus.ofHttp(e.status()), e.detail());
      return;
    } catch (IllegalArgumentException e) {
      end(exchange, GrpcStatus.INVALID_ARGUMENT, "not a message: " + e.getMessage());
      return;
    }
    exchange.setTrailer("grpc-status", "0");
    // Not in one write: Jetty 12.1.14 drops what of a last write does not fit the first frame when
    // trailers follow.
    Exchange.Body body = exchange.start(200);
    ByteBuffer framed = ByteBuffer.allocate(HEAD + answer.remaining());
    framed.put((byte) 0).putInt(answer.remaining()).put(answer).flip();
    body.write(framed);
    body.close();
  }

  /// An outcome without a message: all of it in the head.
  private static void end(Exchange exchange, int status, String why) throws IOException {
    exchange.setHeader("grpc-status", Integer.toString(status));
    exchange.setHeader("grpc-message", GrpcStatus.encode(why));
    exchange.start(200).close();
  }

  private ProtoWriter answer(Exchange exchange, String method, ByteBuffer message)
      throws IOException {
    return switch (method) {
      case "/ServerLive", "/ServerReady" -> new ProtoWriter().flag(1, true);
      case "/ServerMetadata" -> {
        ProtoWriter out = new ProtoWriter().text(1, "firn").text(2, version);
        InferenceRoutes.EXTENSIONS.forEach(e -> out.text(3, e));
        yield out;
      }
      case "/ModelReady" -> {
        GrpcMessages.Named named = required(exchange, message);
        models.model(named.name(), named.version());
        yield new ProtoWriter().flag(1, true);
      }
      case "/ModelMetadata" -> {
        GrpcMessages.Named named = required(exchange, message);
        yield GrpcMessages.info(models.model(named.name(), named.version()));
      }
      case "/RepositoryIndex" -> index(exchange, GrpcMessages.onlyReady(message));
      case "/ModelInfer" -> {
        InferRequest request = GrpcMessages.request(message);
        access.require(exchange, request.model());
        yield GrpcMessages.answer(models.infer(request));
      }
      default -> throw new HttpProblem(501, "unimplemented", server + " does not do " + method);
    };
  }

  private GrpcMessages.Named required(Exchange exchange, ByteBuffer message) {
    GrpcMessages.Named named = GrpcMessages.named(message);
    access.require(exchange, named.name());
    return named;
  }

  private ProtoWriter index(Exchange exchange, boolean ready) {
    ProtoWriter out = new ProtoWriter();
    for (ModelRepository.Listed each : models.list()) {
      if (access.allows(exchange, each.name()) && (each.isReady() || !ready)) {
        out.message(
            1,
            new ProtoWriter()
                .text(1, each.name())
                .text(2, each.version())
                .text(3, each.state())
                .text(4, each.reason()));
      }
    }
    return out;
  }

  /// A message and the five bytes before it: whether it is packed, and its length.
  static final class GrpcFrames {
    private GrpcFrames() {}

    static ByteBuffer read(InputStream in) throws IOException {
      byte[] head = in.readNBytes(HEAD);
      if (head.length < HEAD) {
        throw new InferenceException(Kind.CLIENT, "there is no message");
      }
      if (head[0] != 0) {
        throw new HttpProblem(501, "packed", "packed messages are not read here");
      }
      int length = ByteBuffer.wrap(head, 1, 4).getInt();
      if (length < 0 || length > InferenceRoutes.MAX_BODY) {
        throw new HttpProblem(
            413, "body-too-long", "the message is longer than " + InferenceRoutes.MAX_BODY);
      }
      byte[] message = in.readNBytes(length);
      if (message.length < length || in.read() >= 0) {
        throw new InferenceException(Kind.CLIENT, "the message does not have its length");
      }
      return ByteBuffer.wrap(message);
    }
  }
}
