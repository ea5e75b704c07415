package dev.firn.http;

import javax.xml.stream.XMLInputFactory;

/// Reading XML that strangers wrote.
public final class Xml {
  private static final XMLInputFactory FACTORY = hardened();

  private Xml() {}

  /// A factory of readers for which a document type is an error where it begins: what expands or
  /// fetches is never looked at. (Told only to support none, the JDK's reader still reads it, and
  /// fails on some with an unchecked exception.)
  public static XMLInputFactory factory() {
    return FACTORY;
  }

  private static XMLInputFactory hardened() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty("jdk.xml.dtd.support", "deny");
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    return factory;
  }
}
