package dev.firn.http;

import dev.firn.http.HttpFetcher.Request;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// The checksums of a file as dCache tells them: a WebDAV property of its own namespace, written as
/// the value of a `Digest` header (RFC 3230).
public final class WebdavChecksums {
  private static final String NAMESPACE = "http://www.dcache.org/2013/webdav";
  private static final String NAME = "Checksums";
  private static final String QUESTION =
      """
      <?xml version="1.0" encoding="utf-8"?>
      <D:propfind xmlns:D="DAV:" xmlns:C="%s"><D:prop><C:%s/></D:prop></D:propfind>\
      """
          .formatted(NAMESPACE, NAME);

  private WebdavChecksums() {}

  /// The question to send, without a token.
  public static Request request(URI file) {
    return Request.of("PROPFIND", file)
        .withHeader("Depth", "0")
        .withHeader("Content-Type", "application/xml")
        .withBody(BodySource.bytes(QUESTION.getBytes(StandardCharsets.UTF_8)));
  }

  /// The values in an answer; none where the property is not known.
  public static List<String> read(InputStream answer) throws IOException {
    List<String> values = new ArrayList<>();
    try {
      XMLStreamReader xml = Xml.factory().createXMLStreamReader(answer);
      while (xml.hasNext()) {
        if (xml.next() == XMLStreamConstants.START_ELEMENT
            && NAMESPACE.equals(xml.getNamespaceURI())
            && NAME.equalsIgnoreCase(xml.getLocalName())) {
          String value = xml.getElementText().strip();
          if (!value.isEmpty()) {
            values.add(value);
          }
        }
      }
    } catch (XMLStreamException e) {
      throw new IOException(
          "the properties are not the XML they claim to be: " + e.getMessage(), e);
    }
    return values;
  }
}
