package dev.firn.http;

import dev.firn.http.HttpFetcher.Request;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// A directory's entries as any WebDAV site lists them (RFC 4918 PROPFIND, depth 1).
public final class WebdavListing {
  private static final String QUESTION =
      """
      <?xml version="1.0" encoding="utf-8"?>
      <D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/>\
      </D:prop></D:propfind>\
      """;

  private WebdavListing() {}

  /// One name; `size` is -1 where the site does not say, as for directories.
  public record Entry(String path, boolean directory, long size, String modified) {
    public String lastSegment() {
      String path = path().replaceAll("/+$", "");
      return path.substring(path.lastIndexOf('/') + 1);
    }
  }

  /// The question to send, without a token.
  public static Request request(URI directory) {
    return Request.of("PROPFIND", directory)
        .withHeader("Depth", "1")
        .withHeader("Content-Type", "application/xml")
        .withBody(BodySource.bytes(QUESTION.getBytes(StandardCharsets.UTF_8)));
  }

  /// Shows the answer's entries one at a time, as they come, the asked path itself first.
  public static void read(InputStream answer, Consumer<Entry> each) throws IOException {
    try {
      parse(Xml.factory().createXMLStreamReader(answer), each);
    } catch (XMLStreamException e) {
      throw new IOException("the listing is not the XML it claims to be: " + e.getMessage(), e);
    }
  }

  private static void parse(XMLStreamReader xml, Consumer<Entry> each) throws XMLStreamException {
    String href = "";
    String modified = "";
    boolean directory = false;
    long size = -1;
    while (xml.hasNext()) {
      int event = xml.next();
      if (event == XMLStreamConstants.START_ELEMENT && "DAV:".equals(xml.getNamespaceURI())) {
        switch (xml.getLocalName()) {
          case "response" -> {
            href = "";
            modified = "";
            directory = false;
            size = -1;
          }
          case "href" -> href = href.isEmpty() ? xml.getElementText().strip() : href;
          case "collection" -> directory = true;
          case "getcontentlength" -> size = length(xml.getElementText().strip());
          case "getlastmodified" -> modified = xml.getElementText().strip();
          default -> {}
        }
      } else if (event == XMLStreamConstants.END_ELEMENT
          && xml.getLocalName().equals("response")
          && "DAV:".equals(xml.getNamespaceURI())) {
        each.accept(new Entry(decode(href), directory, directory ? -1 : size, modified));
      }
    }
  }

  private static long length(String text) {
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
  }

  private static String decode(String href) {
    String path = href.replaceFirst("^https?://[^/]*", "");
    try {
      return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return path;
    }
  }
}
