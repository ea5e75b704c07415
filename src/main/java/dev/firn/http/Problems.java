package dev.firn.http;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;

/// Problem bodies, RFC 9457.
final class Problems {
  static final String CONTENT_TYPE = "application/problem+json";

  private Problems() {}

  static void respond(Exchange exchange, HttpProblem problem) throws IOException {
    problem.headers().forEach(exchange::setHeader);
    exchange.respond(problem.status(), CONTENT_TYPE, body(problem));
  }

  static byte[] body(HttpProblem problem) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("type", "about:blank");
    fields.put("title", HttpStatus.getMessage(problem.status()));
    fields.put("status", problem.status());
    fields.put("code", problem.code());
    fields.put("detail", problem.detail());
    fields.putAll(problem.members());
    return Json.bytes(fields);
  }
}
