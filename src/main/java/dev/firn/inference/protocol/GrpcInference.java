package dev.firn.inference.protocol;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.RemoteException;
import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.ModelInfo;
import dev.firn.inference.wire.ProtoWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/// The protocol over gRPC.
final class GrpcInference extends RemoteInference {
  private static final int HEAD = 5;
  private static final int LONGEST_ANSWER = 512 * 1024 * 1024;

  GrpcInference(HttpFetcher client, Endpoint endpoint) {
    super(client, endpoint);
  }

  private ByteBuffer call(String method, ProtoWriter message) {
    ByteBuffer bytes = message.buffer();
    ByteBuffer framed = ByteBuffer.allocate(HEAD + bytes.remaining());
    framed.put((byte) 0).putInt(bytes.remaining()).put(bytes);
    Request request =
        request("POST", GrpcMessages.SERVICE + "/" + method)
            .withHeader("Content-Type", "application/grpc")
            .withHeader("TE", "trailers")
            .withHeader("grpc-timeout", endpoint.deadline().toMillis() + "m")
            .withBody(BodySource.bytes(framed.array()));
    try (Response response = client.send(request)) {
      Optional<ByteBuffer> answer = message(request, response.body());
      requireGood(request, response);
      return answer.orElseThrow(
          () -> new InferenceException(Kind.REMOTE, request.label() + ": there is no message"));
    } catch (RemoteException e) {
      throw failed(e);
    } catch (IOException e) {
      throw new InferenceException(Kind.REMOTE, request.label() + ": " + e.getMessage(), e);
    }
  }

  /// The message, when there is one. The body is read to its end, where the trailers are.
  private static Optional<ByteBuffer> message(Request request, InputStream body)
      throws IOException {
    byte[] head = body.readNBytes(HEAD);
    if (head.length < HEAD) {
      return Optional.empty();
    }
    int length = ByteBuffer.wrap(head, 1, 4).getInt();
    if (head[0] != 0 || length < 0 || length > LONGEST_ANSWER) {
      throw new InferenceException(
          Kind.REMOTE, request.label() + ": the answer is packed or too long");
    }
    byte[] message = body.readNBytes(length); // makes room as bytes come, whatever is announced
    if (message.length < length || body.read() >= 0) {
      throw new InferenceException(
          Kind.REMOTE, request.label() + ": the answer does not have its length");
    }
    return Optional.of(ByteBuffer.wrap(message));
  }

  private static void requireGood(Request request, Response response) {
    String text =
        response.trailer("grpc-status").or(() -> response.header("grpc-status")).orElse("");
    if (text.equals("0")) {
      return;
    }
    if (text.isEmpty()) {
      Kind kind = response.status() == 200 ? Kind.REMOTE : kind(response.status());
      throw new InferenceException(
          kind, request.label() + " answered " + response.status() + " and no gRPC outcome");
    }
    String why =
        response.trailer("grpc-message").or(() -> response.header("grpc-message")).orElse("");
    int status = text.matches("\\d{1,2}") ? Integer.parseInt(text) : -1;
    throw new InferenceException(
        GrpcStatus.kind(status),
        "%s answered gRPC %s: %s".formatted(request.label(), text, GrpcStatus.decode(why)));
  }

  /// By `RepositoryIndex`, at which proxies turn work away before it is sent; it is an extension,
  /// so that a server without it is asked for the model.
  @Override
  public boolean admits(String model) {
    try {
      return GrpcMessages.listsReady(call("RepositoryIndex", new ProtoWriter()), model);
    } catch (InferenceException e) {
      return e.kind() == Kind.CLIENT && isReady(model);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private boolean isReady(String model) {
    try {
      return GrpcMessages.isReady(call("ModelReady", GrpcMessages.naming(model, "")));
    } catch (InferenceException | IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public ModelInfo model(String name, String version) {
    ByteBuffer answer = call("ModelMetadata", GrpcMessages.naming(name, version));
    try {
      return GrpcMessages.info(answer);
    } catch (IllegalArgumentException e) {
      throw noMessage(e);
    }
  }

  private InferenceException noMessage(IllegalArgumentException e) {
    return new InferenceException(
        Kind.REMOTE, name() + " answered what is no message: " + e.getMessage(), e);
  }

  @Override
  public InferResponse infer(InferRequest request) {
    ByteBuffer answer = call("ModelInfer", GrpcMessages.request(request));
    try {
      return GrpcMessages.answer(answer, name());
    } catch (IllegalArgumentException e) {
      throw noMessage(e);
    }
  }
}
