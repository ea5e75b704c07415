package dev.firn.publication;

/// A publication in the fifteen words of Dublin Core, as harvesters must be given it.
final class DublinCore {
  private static final String OAI = "http://www.openarchives.org/OAI/2.0/oai_dc/";

  private DublinCore() {}

  static byte[] xml(Dossier dossier) {
    XmlOut out = XmlOut.xml();
    write(out, dossier);
    return out.bytes();
  }

  /// Writes the element `oai_dc:dc`.
  static void write(XmlOut out, Dossier dossier) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    out.open(
        "oai_dc:dc",
        "xmlns:oai_dc",
        OAI,
        "xmlns:dc",
        "http://purl.org/dc/elements/1.1/",
        "xmlns:xsi",
        "http://www.w3.org/2001/XMLSchema-instance",
        "xsi:schemaLocation",
        OAI + " http://www.openarchives.org/OAI/2.0/oai_dc.xsd");
    out.leaf("dc:title", d.title());
    d.creators().forEach(c -> out.leaf("dc:creator", c.name()));
    d.keywords().forEach(k -> out.leaf("dc:subject", k));
    out.leaf("dc:description", d.summary());
    out.leaf("dc:publisher", d.publisher().name());
    out.leaf("dc:date", publication.published().toString().substring(0, 10));
    out.leaf("dc:type", "dataset");
    out.leaf("dc:type", "http://purl.org/coar/resource_type/c_ddb1");
    dossier.items().stream()
        .map(Item::type)
        .distinct()
        .sorted()
        .forEach(t -> out.leaf("dc:format", t));
    out.leaf("dc:identifier", dossier.identifier());
    if (d.doi() != null) {
      out.leaf("dc:identifier", dossier.landing());
    }
    out.leaf("dc:language", "en");
    d.related().forEach(r -> out.leaf("dc:relation", r.identifier()));
    Description.Period collected = d.collected();
    if (collected != null) {
      out.leaf("dc:coverage", collected.from() + "/" + collected.to());
    }
    out.leaf("dc:rights", d.terms().url());
    out.leaf("dc:rights", dossier.access().address());
    out.close();
  }
}
