package dev.firn.door;

import dev.firn.http.Exchange;
import dev.firn.http.Markup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.xml.namespace.QName;

/// A 207 answer (RFC 4918 section 13), sent as it grows.
final class MultiStatus {
  private static final int PIECE = 32 * 1024;

  private final Exchange.Body body;
  private final StringBuilder text = new StringBuilder();

  private MultiStatus(Exchange.Body body) {
    this.body = body;
    text.append("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\">\n");
  }

  static MultiStatus start(Exchange exchange) throws IOException {
    exchange.setHeader("Content-Type", "application/xml; charset=utf-8");
    return new MultiStatus(exchange.start(207));
  }

  void beginResponse(String href) {
    text.append("<D:response><D:href>").append(Markup.escape(href)).append("</D:href>");
  }

  /// Properties with one status; `properties` is markup.
  void propstat(String properties, String status) {
    if (!properties.isEmpty()) {
      text.append("<D:propstat><D:prop>")
          .append(properties)
          .append("</D:prop><D:status>HTTP/1.1 ")
          .append(status)
          .append("</D:status></D:propstat>");
    }
  }

  void endResponse() throws IOException {
    text.append("</D:response>\n");
    if (text.length() > PIECE) {
      send();
    }
  }

  void end() throws IOException {
    text.append("</D:multistatus>\n");
    send();
    body.close();
  }

  private void send() throws IOException {
    body.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
    text.setLength(0);
  }

  /// An empty element.
  static String empty(QName name) {
    if (name.getNamespaceURI().equals(XmlElement.DAV)) {
      return "<D:" + name.getLocalPart() + "/>";
    }
    return name.getNamespaceURI().isEmpty()
        ? "<" + name.getLocalPart() + " xmlns=\"\"/>"
        : "<n:%s xmlns:n=\"%s\"/>"
            .formatted(name.getLocalPart(), Markup.escape(name.getNamespaceURI()));
  }

  /// An element around `inner`, which is markup.
  static String element(QName name, String inner) {
    if (name.getNamespaceURI().equals(XmlElement.DAV)) {
      return "<D:%s>%s</D:%s>".formatted(name.getLocalPart(), inner, name.getLocalPart());
    }
    return "<n:%s xmlns:n=\"%s\">%s</n:%s>"
        .formatted(
            name.getLocalPart(), Markup.escape(name.getNamespaceURI()), inner, name.getLocalPart());
  }
}
