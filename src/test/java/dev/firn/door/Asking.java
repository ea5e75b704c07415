package dev.firn.door;

import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Short ways to ask a door, each over a connection of its own.
final class Asking {
  private final int port;

  Asking(int port) {
    this.port = port;
  }

  /// @param headers lines `Name: value`
  Answer ask(String method, String target, String... headers) throws IOException {
    StringBuilder head =
        new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return RawClient.ask(port, head + "\r\n");
  }

  Answer send(String method, String target, byte[] body, String... headers) throws IOException {
    try (RawClient client = new RawClient(port)) {
      StringBuilder head =
          new StringBuilder(
              method + " " + target + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n");
      for (String header : headers) {
        head.append(header).append("\r\n");
      }
      client.send(head + "Content-Length: " + body.length + "\r\n\r\n");
      client.send(body);
      Answer answer = client.answer();
      while (answer.status() < 200) {
        answer = client.answer();
      }
      return answer;
    }
  }

  Answer put(String target, String body, String... headers) throws IOException {
    return send("PUT", target, body.getBytes(StandardCharsets.UTF_8), headers);
  }
}
