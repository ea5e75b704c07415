package dev.firn.publication;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.junit.jupiter.api.Assumptions;
import org.xml.sax.SAXException;

/// DataCite's schema 4.7 in XML, with the files that it includes beside it, and the schema of its
/// JSON that InvenioRDM checks by. No package of Maven or npm was found that has them, so they are
/// looked for in the directory `-Dfirn.datacite.schemas=DIR`.
final class DataCiteSchemas {
  static final String JSON = "datacite-v4.5.json";
  private static final String XML = "metadata.xsd";

  private DataCiteSchemas() {}

  /// Skips the test that asks where they are not.
  static Path directory() {
    String told = System.getProperty("firn.datacite.schemas", "");
    Path directory = Path.of(told);
    Assumptions.assumeTrue(
        !told.isEmpty()
            && Files.exists(directory.resolve(JSON))
            && Files.exists(directory.resolve(XML)),
        "-Dfirn.datacite.schemas names no directory with " + JSON + " and " + XML);
    return directory;
  }

  static Validator xml(Path directory) throws IOException, SAXException {
    SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
    factory.setResourceResolver(OaiSchemas.resolver(directory));
    return factory.newSchema(new StreamSource(directory.resolve(XML).toFile())).newValidator();
  }
}
