package dev.firn.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler.Abstract;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands Jetty's requests to a [Handler] and turns what it throws into an answer.
final class JettyHandler extends Abstract {
  private static final Logger log = LoggerFactory.getLogger(JettyHandler.class);

  private static final Set<String> NEVER_SERVED = Set.of("TRACE", "CONNECT", "PRI");

  private final Handler handler;
  private final Connections connections;

  JettyHandler(Handler handler, Connections connections) {
    this.handler = handler;
    this.connections = connections;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Pace pace = FileEndPoint.of(request).pace();
    pace.begins(request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2);
    try {
      answer(request, new JettyExchange(request, response, pace), pace, callback);
    } finally {
      pace.ends();
    }
    return true;
  }

  private void answer(Request request, JettyExchange exchange, Pace pace, Callback callback) {
    try {
      connections.requireRoom(pace);
      refuseDoubtfulFraming(request);
      if (NEVER_SERVED.contains(request.getMethod())) {
        throw new HttpProblem(405, "method-not-allowed", "this method is never served");
      }
      try {
        handler.handle(exchange);
      } finally {
        exchange.closeBody();
      }
      if (!exchange.answered()) {
        throw new IllegalStateException("no answer was given");
      }
      exchange.requireEnded();
      callback.succeeded();
    } catch (HttpProblem problem) {
      answerOrCut(exchange, problem, callback);
    } catch (IOException | RuntimeException e) {
      if (clientIsGone(e)) {
        log.debug("{} {}: client is gone", request.getMethod(), request.getHttpURI().getPath());
        callback.failed(e);
        return;
      }
      String id = UUID.randomUUID().toString();
      log.error("{} {} failed, request {}", request.getMethod(), exchange.printablePath(), id, e);
      HttpProblem problem =
          new HttpProblem(500, "internal", "the server failed; its log has it under " + id);
      answerOrCut(exchange, problem, callback);
    }
  }

  /// Whether the client went away, or was cut off because it was silent or too slow.
  private static boolean clientIsGone(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof EofException || e instanceof TimeoutException) {
        return true;
      }
    }
    return false;
  }

  /// A transfer coding in any spelling but the usual one has been read differently by different
  /// servers in a chain, which is how requests are smuggled. Nobody honest writes it otherwise.
  private static void refuseDoubtfulFraming(Request request) {
    int codings = 0;
    for (HttpField field : request.getHeaders()) {
      if (field.getHeader() != HttpHeader.TRANSFER_ENCODING) {
        continue;
      }
      codings++;
      if (codings > 1 || !"chunked".equals(field.getValue())) {
        throw new HttpProblem(
            400, "bad-framing", "Transfer-Encoding is not 'chunked'", JettyExchange.CLOSE);
      }
    }
    if (codings > 0 && request.getHeaders().contains(HttpHeader.CONTENT_LENGTH)) {
      throw new HttpProblem(
          400,
          "bad-framing",
          "both Content-Length and Transfer-Encoding were sent",
          JettyExchange.CLOSE);
    }
    if (request.getHttpURI().getFragment() != null) {
      throw new HttpProblem(400, "bad-target", "the request target has a fragment");
    }
  }

  private static void answerOrCut(JettyExchange exchange, HttpProblem problem, Callback callback) {
    if (exchange.answered()) {
      callback.failed(new IOException("answer cut short: " + problem.detail(), problem));
      return;
    }
    try {
      if (problem.status() == 429 || problem.status() == 503) {
        exchange.describeNothing();
      }
      Problems.respond(exchange, problem);
      callback.succeeded();
    } catch (IOException e) {
      callback.failed(e);
    }
  }

  /// Renders what Jetty refuses before a handler sees it.
  static final class Refusal extends ErrorHandler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      int status = response.getStatus();
      Object message = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
      String detail = message == null ? HttpStatus.getMessage(status) : message.toString();
      byte[] body = Problems.body(new HttpProblem(status, "bad-request", detail));
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problems.CONTENT_TYPE);
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
      response.write(true, ByteBuffer.wrap(body), callback);
      return true;
    }
  }
}
