package dev.firn.cli;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// A directory's entries as any WebDAV site lists them (RFC 4918 PROPFIND, depth 1).
final class Listing {
  private static final String QUESTION =
      """
      <?xml version="1.0" encoding="utf-8"?>
      <D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/>\
      </D:prop></D:propfind>\
      """;

  private Listing() {}

  /// One name; `size` is -1 where the site does not say, as for directories.
  record Entry(String path, boolean directory, long size, String modified) {
    String lastSegment() {
      String path = path().replaceAll("/+$", "");
      return path.substring(path.lastIndexOf('/') + 1);
    }
  }

  /// Shows the entries one at a time, the asked path itself first.
  static void read(Remote remote, HttpFetcher client, URI directory, Consumer<Entry> each)
      throws IOException {
    Request question =
        Request.of("PROPFIND", directory)
            .withHeader("Depth", "1")
            .withHeader("Content-Type", "application/xml")
            .withBody(BodySource.bytes(QUESTION.getBytes(StandardCharsets.UTF_8)));
    try (Response response = remote.send(client, question)) {
      parse(hardened().createXMLStreamReader(response.body()), each);
    } catch (XMLStreamException e) {
      throw new IOException("the listing is not the XML it claims to be: " + e.getMessage(), e);
    }
  }

  /// Whether the site says that `url` is a directory.
  static boolean isDirectory(Remote remote, HttpFetcher client, URI url) throws IOException {
    List<Entry> first = new ArrayList<>();
    read(
        remote,
        client,
        url,
        e -> {
          if (first.isEmpty()) {
            first.add(e);
          }
        });
    return !first.isEmpty() && first.getFirst().directory();
  }

  private static XMLInputFactory hardened() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    return factory;
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
