package dev.firn.publication;

import dev.firn.http.Markup;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;

/// XML, or HTML in XML's syntax, under construction: the only place in this package that turns data
/// into markup. Characters that XML cannot hold become U+FFFD.
final class XmlOut {
  private final StringWriter text = new StringWriter();
  private final XMLStreamWriter out;

  private XmlOut(String head) {
    text.append(head);
    try {
      out = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
    } catch (XMLStreamException e) {
      throw new IllegalStateException(e);
    }
  }

  static XmlOut xml() {
    return new XmlOut("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  }

  static XmlOut html() {
    return new XmlOut("<!doctype html>\n");
  }

  @FunctionalInterface
  private interface Step {
    void run() throws XMLStreamException;
  }

  private XmlOut step(Step step) {
    try {
      step.run();
      return this;
    } catch (XMLStreamException e) { // a writer into memory fails only when misused
      throw new IllegalStateException(e);
    }
  }

  /// Opens an element; `attributes` are names and values in turn, and a null value leaves its
  /// attribute out.
  XmlOut open(String element, @Nullable String... attributes) {
    return step(() -> {
      out.writeStartElement(element);
      attributes(attributes);
    });
  }

  /// An element that can have no content.
  XmlOut empty(String element, @Nullable String... attributes) {
    return step(() -> {
      out.writeEmptyElement(element);
      attributes(attributes);
    });
  }

  /// An element that holds `text` alone.
  XmlOut leaf(String element, String text, @Nullable String... attributes) {
    return open(element, attributes).text(text).close();
  }

  XmlOut text(String data) {
    return step(() -> out.writeCharacters(Markup.fit(data)));
  }

  XmlOut close() {
    return step(out::writeEndElement);
  }

  private void attributes(@Nullable String... attributes) throws XMLStreamException {
    for (int i = 0; i < attributes.length; i += 2) {
      String name = attributes[i];
      String value = attributes[i + 1];
      if (name != null && value != null) {
        out.writeAttribute(name, Markup.fit(value));
      }
    }
  }

  byte[] bytes() {
    return toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    step(out::flush);
    return text.toString();
  }
}
