package dev.firn.alerts;

import dev.firn.http.Markup;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes notices in their two forms.
///
/// The JSON keeps to `gcn/notices/icecube/single_neutrino_alerts` of GCN's schema 7.2.3: a sky map
/// that is not there is left out and never null, and tenses and pipelines are the schema's words.
final class Composer {
  private static final String SCHEMA =
      "https://gcn.nasa.gov/schema/v7.2.3/gcn/notices/icecube/single_neutrino_alerts.schema.json";
  private static final String VOEVENT = "http://www.ivoa.net/xml/VOEvent/v2.0";
  private static final String IVORN = "ivo://icecube.wisc.edu/alerts";

  /// What a revision says besides its candidate.
  ///
  /// @param pipeline in the schema's words
  /// @param why of a retraction; null otherwise
  record Heading(
      String eventName,
      int revision,
      Notice.Kind kind,
      String pipeline,
      Instant composed,
      @Nullable String why) {}

  private Composer() {}

  static ObjectNode json(Candidate c, Heading h) {
    ObjectNode n = JsonNodeFactory.instance.objectNode();
    n.put("$schema", SCHEMA);
    n.put("mission", "IceCube").put("instrument", "IC86").put("messenger", "Neutrino");
    n.put("pipeline", h.pipeline());
    n.put("record_number", h.revision());
    n.putArray("event_name").add(h.eventName());
    n.putArray("id").add(c.run() + "_" + c.event());
    n.put("alert_datetime", time(h.composed()));
    n.put("trigger_time", time(c.triggered()));
    n.put("alert_tense", c.tense());
    n.put("alert_type", h.kind().label());
    n.put("alert_topology", c.topology().equals("track") ? "Track" : "Shower");
    n.put("number_of_events", 1);
    n.put("ra", c.ra()).put("dec", c.dec()).put("ra_dec_error", c.error());
    n.put("containment_probability", c.containment());
    n.put("systematic_included", c.systematic());
    n.put("p_astro", c.signalness());
    if (c.energy() != null) {
      n.put("nu_energy", c.energy());
    }
    if (c.far() != null) {
      n.put("far", c.far());
    }
    if (c.skymap() != null) {
      n.put("healpix_url", c.skymap());
    }
    if (h.why() != null) {
      n.put("additional_info", h.why());
    }
    return n;
  }

  static String voevent(Candidate c, Heading h) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter out = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
      out.writeStartDocument("UTF-8", "1.0");
      out.writeStartElement("voe:VOEvent");
      out.writeAttribute("xmlns:voe", VOEVENT);
      out.writeAttribute("version", "2.0");
      out.writeAttribute("role", c.tense().equals("current") ? "observation" : "test");
      out.writeAttribute("ivorn", ivorn(h.eventName(), h.revision()));
      out.writeStartElement("Who");
      leaf(out, "AuthorIVORN", IVORN);
      leaf(out, "Date", seconds(h.composed()));
      out.writeStartElement("Author");
      leaf(out, "shortName", "IceCube");
      out.writeEndElement();
      out.writeEndElement();
      what(out, c, h);
      where(out, c);
      out.writeStartElement("Why");
      out.writeAttribute("importance", number(c.signalness()));
      if (h.why() != null) {
        leaf(out, "Description", h.why());
      }
      out.writeStartElement("Inference");
      out.writeAttribute("probability", number(c.signalness()));
      leaf(out, "Name", h.eventName());
      out.writeEndElement();
      out.writeEndElement();
      if (h.revision() > 0) {
        boolean retracted = h.kind() == Notice.Kind.RETRACTION;
        out.writeStartElement("Citations");
        out.writeStartElement("EventIVORN");
        out.writeAttribute("cite", retracted ? "retraction" : "supersedes");
        out.writeCharacters(ivorn(h.eventName(), h.revision() - 1));
        out.writeEndElement();
        out.writeEndElement();
      }
      out.writeEndElement();
      out.writeEndDocument();
      out.flush();
    } catch (XMLStreamException e) { // a writer into memory fails only when misused
      throw new IllegalStateException(e);
    }
    return text.toString();
  }

  private static void what(XMLStreamWriter out, Candidate c, Heading h) throws XMLStreamException {
    out.writeStartElement("What");
    param(out, "record_number", Integer.toString(h.revision()), "int", "", "meta.number");
    param(out, "stream", h.pipeline(), "string", "", "meta.id");
    param(out, "run_event", c.run() + "_" + c.event(), "string", "", "meta.id");
    param(out, "p_astro", number(c.signalness()), "float", "", "stat.probability");
    if (c.far() != null) {
      param(out, "far", number(c.far()), "float", "Hz", "arith.rate;stat.falsealarm");
    }
    if (c.energy() != null) {
      param(out, "nu_energy", number(c.energy()), "float", "TeV", "phys.energy");
    }
    out.writeEndElement();
  }

  private static void where(XMLStreamWriter out, Candidate c) throws XMLStreamException {
    out.writeStartElement("WhereWhen");
    out.writeStartElement("ObsDataLocation");
    out.writeEmptyElement("ObservatoryLocation");
    out.writeAttribute("id", "IceCube");
    out.writeStartElement("ObservationLocation");
    out.writeEmptyElement("AstroCoordSystem");
    out.writeAttribute("id", "UTC-ICRS-TOPO");
    out.writeStartElement("AstroCoords");
    out.writeAttribute("coord_system_id", "UTC-ICRS-TOPO");
    out.writeStartElement("Time");
    out.writeAttribute("unit", "s");
    out.writeStartElement("TimeInstant");
    leaf(out, "ISOTime", time(c.triggered()).replace("Z", ""));
    out.writeEndElement();
    out.writeEndElement();
    out.writeStartElement("Position2D");
    out.writeAttribute("unit", "deg");
    leaf(out, "Name1", "RA");
    leaf(out, "Name2", "Dec");
    out.writeStartElement("Value2");
    leaf(out, "C1", number(c.ra()));
    leaf(out, "C2", number(c.dec()));
    out.writeEndElement();
    leaf(out, "Error2Radius", number(c.error()));
    for (int i = 0; i < 5; i++) { // Position2D to WhereWhen
      out.writeEndElement();
    }
  }

  private static void param(
      XMLStreamWriter out, String name, String value, String type, String unit, String ucd)
      throws XMLStreamException {
    out.writeEmptyElement("Param");
    out.writeAttribute("name", name);
    out.writeAttribute("value", value);
    out.writeAttribute("dataType", type);
    if (!unit.isEmpty()) {
      out.writeAttribute("unit", unit);
    }
    out.writeAttribute("ucd", ucd);
  }

  private static void leaf(XMLStreamWriter out, String element, String text)
      throws XMLStreamException {
    out.writeStartElement(element);
    out.writeCharacters(Markup.fit(text));
    out.writeEndElement();
  }

  private static String ivorn(String eventName, int revision) {
    return IVORN + "#" + eventName + "-" + revision;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%s", value);
  }

  /// At most six decimals, as the profile asks.
  private static String time(Instant at) {
    return at.truncatedTo(ChronoUnit.MICROS).toString();
  }

  private static String seconds(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString().replace("Z", "");
  }
}
