package dev.firn.publication;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.Source;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.junit.jupiter.api.Assumptions;
import org.w3c.dom.ls.DOMImplementationLS;
import org.w3c.dom.ls.LSInput;
import org.w3c.dom.ls.LSResourceResolver;
import org.xml.sax.SAXException;

/// The schemas of OAI-PMH and of `oai_dc`. No package that could be fetched has them, so they are
/// looked for in the directory `-Dfirn.oai.schemas=DIR`, under the names that the Open Archives
/// Initiative, Dublin Core and W3C gave them.
final class OaiSchemas {
  private static final List<String> NAMES =
      List.of("OAI-PMH.xsd", "oai_dc.xsd", "simpledc20021212.xsd", "xml.xsd");

  private OaiSchemas() {}

  /// Skips the test that asks where they are not.
  static Validator validator() throws IOException, SAXException {
    String told = System.getProperty("firn.oai.schemas", "");
    Path directory = Path.of(told);
    Assumptions.assumeTrue(
        !told.isEmpty() && NAMES.stream().allMatch(n -> Files.exists(directory.resolve(n))),
        "-Dfirn.oai.schemas names no directory with " + String.join(", ", NAMES));
    SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
    factory.setResourceResolver(resolver(directory));
    return factory
        .newSchema(
            new Source[] {
              new StreamSource(directory.resolve("oai_dc.xsd").toFile()),
              new StreamSource(directory.resolve("OAI-PMH.xsd").toFile())
            })
        .newValidator();
  }

  /// Finds what a schema includes by its file's name, and nowhere else.
  static LSResourceResolver resolver(Path directory) {
    return (type, namespace, publicId, systemId, base) ->
        input(directory.resolve(systemId.substring(systemId.lastIndexOf('/') + 1)));
  }

  private static LSInput input(Path file) {
    try {
      DOMImplementationLS implementation =
          (DOMImplementationLS)
              DocumentBuilderFactory.newInstance().newDocumentBuilder().getDOMImplementation();
      LSInput input = implementation.createLSInput();
      input.setCharacterStream(new StringReader(Files.readString(file)));
      input.setSystemId(file.toUri().toString());
      return input;
    } catch (IOException | ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }
}
