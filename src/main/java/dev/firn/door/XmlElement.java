package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.http.Markup;
import dev.firn.http.Xml;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.xml.namespace.QName;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// An element of a small XML document, with namespaces resolved.
///
/// @param content its text and elements, in order
record XmlElement(QName name, List<Attribute> attributes, List<Content> content) {
  static final String DAV = "DAV:";
  private static final int MAX_DEPTH = 64;
  private static final int MAX_ELEMENTS = 10_000;

  record Attribute(QName name, String value) {}

  /// A piece of content: text, or an element when that is not null.
  record Content(String text, @Nullable XmlElement element) {}

  static QName dav(String name) {
    return new QName(DAV, name);
  }

  /// Reads a document.
  ///
  /// @throws HttpProblem 400 when it is not well-formed, has a document type, or is too deep
  static XmlElement parse(byte[] document) {
    try {
      // Given bytes, the JDK's reader writes what is wrong with them to standard error.
      XMLStreamReader reader =
          Xml.factory().createXMLStreamReader(new StringReader(decode(document)));
      try {
        return read(reader);
      } finally {
        reader.close();
      }
    } catch (XMLStreamException e) {
      throw new HttpProblem(400, "bad-xml", "the body is not well-formed XML");
    }
  }

  /// UTF-16 with its mark, else UTF-8: what RFC 4918 section 8.2 asks of a server.
  private static String decode(byte[] document) {
    boolean marked =
        document.length >= 2
            && ((document[0] == (byte) 0xfe && document[1] == (byte) 0xff)
                || (document[0] == (byte) 0xff && document[1] == (byte) 0xfe));
    Charset charset = marked ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8;
    try {
      String text = charset.newDecoder().decode(ByteBuffer.wrap(document)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new HttpProblem(400, "bad-xml", "the body is neither UTF-8 nor UTF-16");
    }
  }

  private static XmlElement read(XMLStreamReader reader) throws XMLStreamException {
    Deque<XmlElement> open = new ArrayDeque<>();
    XmlElement root = null;
    int elements = 0;
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          XmlElement element = start(reader);
          if (++elements > MAX_ELEMENTS || open.size() >= MAX_DEPTH) {
            throw new HttpProblem(400, "bad-xml", "the body has too many or too deep elements");
          }
          if (open.isEmpty()) {
            root = element;
          } else {
            open.peek().content.add(new Content("", element));
          }
          open.push(element);
        }
        case XMLStreamConstants.END_ELEMENT -> open.pop();
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
          if (!open.isEmpty()) {
            open.peek().content.add(new Content(reader.getText(), null));
          }
        }
        case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
            throw new HttpProblem(400, "bad-xml", "a body with a document type is not read");
        default -> {
          // Comments and processing instructions say nothing to a server.
        }
      }
    }
    if (root == null) {
      throw new HttpProblem(400, "bad-xml", "the body has no element");
    }
    return root;
  }

  private static XmlElement start(XMLStreamReader reader) {
    List<Attribute> attributes = new ArrayList<>();
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      attributes.add(new Attribute(reader.getAttributeName(i), reader.getAttributeValue(i)));
    }
    return new XmlElement(reader.getName(), attributes, new ArrayList<>());
  }

  Stream<XmlElement> children() {
    return content.stream().map(Content::element).flatMap(Stream::ofNullable);
  }

  Optional<XmlElement> child(QName wanted) {
    return children().filter(c -> c.name.equals(wanted)).findFirst();
  }

  String text() {
    StringBuilder text = new StringBuilder();
    for (Content piece : content) {
      text.append(piece.text());
      if (piece.element() != null) {
        text.append(piece.element().text());
      }
    }
    return text.toString();
  }

  /// This element as XML that needs nothing around it.
  String markup() {
    StringBuilder out = new StringBuilder();
    write(out);
    return out.toString();
  }

  private void write(StringBuilder out) {
    String tag =
        name.getNamespaceURI().isEmpty() ? name.getLocalPart() : "n:" + name.getLocalPart();
    out.append('<').append(tag);
    if (name.getNamespaceURI().isEmpty()) {
      out.append(" xmlns=\"\"");
    } else {
      out.append(" xmlns:n=\"").append(Markup.escape(name.getNamespaceURI())).append('"');
    }
    for (Attribute attribute : attributes) {
      writeAttribute(out, attribute);
    }
    out.append('>');
    for (Content piece : content) {
      out.append(Markup.escape(piece.text()));
      if (piece.element() != null) {
        piece.element().write(out);
      }
    }
    out.append("</").append(tag).append('>');
  }

  private static void writeAttribute(StringBuilder out, Attribute attribute) {
    QName name = attribute.name();
    String value = Markup.escape(attribute.value());
    switch (name.getNamespaceURI()) {
      case "" -> out.append(' ').append(name.getLocalPart());
      case "http://www.w3.org/XML/1998/namespace" ->
          out.append(" xml:").append(name.getLocalPart());
      default ->
          out.append(" xmlns:a=\"")
              .append(Markup.escape(name.getNamespaceURI()))
              .append("\" a:")
              .append(name.getLocalPart());
    }
    out.append("=\"").append(value).append('"');
  }
}
