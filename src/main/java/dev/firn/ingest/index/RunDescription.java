package dev.firn.ingest.index;

import dev.firn.http.Xml;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// What a `level2_meta.xml` says: NASA's DIF 9.4 with the observatory's `Plus`. Times are UTC.
///
/// @param software what wrote the files of this run
record RunDescription(
    @Nullable Integer run,
    @Nullable Instant starts,
    @Nullable Instant ends,
    List<Software> software) {
  /// @param date as it is written
  record Software(String name, String version, String date) {}

  private static final int LONGEST = 1024 * 1024;

  /// Empty when the file is none, or cannot be read.
  static Optional<RunDescription> of(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return parse(in.readNBytes(LONGEST));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// Empty when the bytes are not such a description.
  static Optional<RunDescription> parse(byte[] xml) {
    try {
      Reading reading = new Reading();
      XMLStreamReader in = Xml.factory().createXMLStreamReader(new ByteArrayInputStream(xml));
      try {
        reading.all(in);
      } finally {
        in.close();
      }
      return reading.plus ? Optional.of(reading.result()) : Optional.empty();
    } catch (XMLStreamException | DateTimeException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static final class Reading {
    private boolean plus;
    private boolean inProject;
    private String text = "";
    private @Nullable Integer run;
    private @Nullable Instant starts;
    private @Nullable Instant ends;
    private String name = "";
    private String version = "";
    private String date = "";
    private final List<Software> software = new ArrayList<>();

    void all(XMLStreamReader in) throws XMLStreamException {
      while (in.hasNext()) {
        switch (in.next()) {
          case XMLStreamConstants.START_ELEMENT -> begin(in.getLocalName());
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text += in.getText();
          case XMLStreamConstants.END_ELEMENT -> end(in.getLocalName());
          default -> {
            // comments and the like
          }
        }
      }
    }

    private void begin(String element) {
      text = "";
      plus |= element.equals("Plus");
      inProject |= element.equals("Project");
    }

    private void end(String element) {
      String value = text.strip();
      text = "";
      switch (element) {
        case "Start_DateTime" -> starts = time(value);
        case "End_DateTime" -> ends = time(value);
        case "Run_Number" -> run = Integer.valueOf(value);
        case "Name" -> name = inProject ? value : name;
        case "Version" -> version = inProject ? value : version;
        case "DateTime" -> date = inProject ? value : date;
        case "Project" -> {
          software.add(new Software(name, version, date));
          inProject = false;
        }
        default -> {
          // of no use to us
        }
      }
    }

    private static Instant time(String value) {
      return value.endsWith("Z")
          ? Instant.parse(value)
          : LocalDateTime.parse(value).toInstant(ZoneOffset.UTC);
    }

    RunDescription result() {
      boolean inOrder = starts != null && ends != null && !ends.isBefore(starts);
      return new RunDescription(run, inOrder ? starts : null, inOrder ? ends : null, software);
    }
  }
}
