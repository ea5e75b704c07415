package dev.firn.publication;

import dev.firn.http.Json;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// What a publication says of itself, as its author wrote it; `docs/formats/publication.md` is the
/// page for authors. Lists that were left out are empty.
///
/// @param licence an SPDX identifier that [Licence] knows
/// @param version three numbers: another calibration is a new major version
/// @param supersedes the publication that this one replaces
/// @param doi without `https://doi.org/`; a publication needs none
/// @param embargo a date (`2027-01-01`, UTC), until which nobody is given the files
/// @param declared what is known to be wrong with the data and why it is published all the same, by
///   the kind of [Finding]
public record Description(
    String title,
    String summary,
    List<Agent> creators,
    Agent publisher,
    String licence,
    String version,
    List<String> keywords,
    @Nullable String contact,
    @Nullable Period collected,
    @Nullable String place,
    List<Variable> variables,
    List<Related> related,
    List<Funding> funding,
    @Nullable String supersedes,
    @Nullable String doi,
    @Nullable String embargo,
    Map<String, String> declared) {
  private static final Pattern VERSION = Pattern.compile("\\d{1,6}\\.\\d{1,6}\\.\\d{1,6}");
  private static final Pattern DOI = Pattern.compile("10\\.\\d{4,9}/[A-Za-z0-9._;()/:-]{1,200}");

  /// A person or an organization.
  ///
  /// @param identifier an ORCID or ROR address; null when there is none
  public record Agent(
      String name,
      @Nullable String kind,
      @Nullable String identifier,
      @Nullable String affiliation) {
    public Agent {
      require(name != null && !name.isBlank(), "a creator or publisher has no name");
      require(
          kind == null || kind.equals("person") || kind.equals("organization"),
          "'" + kind + "' is neither 'person' nor 'organization'");
      requireUrl("identifier", identifier);
    }

    boolean person() {
      return "person".equals(kind);
    }
  }

  /// First and last day of data taking.
  public record Period(String from, String to) {
    public Period {
      require(
          !requireDate("collected.to", to).isBefore(requireDate("collected.from", from)),
          "collected.to lies before collected.from");
    }
  }

  /// A column or quantity in the files.
  public record Variable(String name, @Nullable String unit, @Nullable String description) {
    public Variable {
      require(name != null && !name.isBlank(), "a variable has no name");
    }
  }

  /// Another work.
  ///
  /// @param relation as DataCite names it: `IsDocumentedBy`, `IsDerivedFrom`
  /// @param identifier an address
  public record Related(String relation, String identifier) {
    private static final List<String> RELATIONS =
        List.of(
            "IsCitedBy",
            "Cites",
            "IsSupplementTo",
            "IsSupplementedBy",
            "IsDescribedBy",
            "Describes",
            "HasMetadata",
            "IsMetadataFor",
            "HasVersion",
            "IsVersionOf",
            "IsNewVersionOf",
            "IsPreviousVersionOf",
            "IsPartOf",
            "HasPart",
            "IsReferencedBy",
            "References",
            "IsDocumentedBy",
            "Documents",
            "IsCompiledBy",
            "Compiles",
            "IsVariantFormOf",
            "IsOriginalFormOf",
            "IsIdenticalTo",
            "IsDerivedFrom",
            "IsSourceOf",
            "IsRequiredBy",
            "Requires",
            "IsObsoletedBy",
            "Obsoletes",
            "IsCollectedBy",
            "Collects");

    public Related {
      require(RELATIONS.contains(relation), "'" + relation + "' is no relation of DataCite's");
      require(identifier != null, "a related work has no identifier");
      requireUrl("related.identifier", identifier);
    }
  }

  /// Who paid.
  public record Funding(String funder, @Nullable String award) {
    public Funding {
      require(funder != null && !funder.isBlank(), "a funding has no funder");
    }
  }

  /// @throws PublicationException `bad-description`, saying which value and why
  public Description {
    title = required("title", title);
    summary = required("summary", summary);
    creators = listed(creators);
    licence = required("licence", licence);
    version = version == null ? "1.0.0" : version;
    keywords = listed(keywords);
    variables = listed(variables);
    related = listed(related);
    funding = listed(funding);
    declared = declared == null ? Map.of() : Map.copyOf(declared);
    require(!creators.isEmpty(), "there is no creator");
    require(publisher != null, "there is no publisher");
    require(Licence.find(licence).isPresent(), "'" + licence + "' is not one of " + Licence.ids());
    require(VERSION.matcher(version).matches(), "version is not three numbers like 2.0.0");
    require(doi == null || DOI.matcher(doi).matches(), "'" + doi + "' is not a DOI");
    if (embargo != null) {
      requireDate("embargo", embargo);
    }
    declared
        .keySet()
        .forEach(k -> require(Finding.KINDS.contains(k), "declared." + k + " is not a finding"));
  }

  /// Reads what [#json] wrote, or what an author did.
  ///
  /// @throws PublicationException `bad-description`
  static Description parse(String json) {
    try {
      return Json.mapper().readValue(json, Description.class);
    } catch (JacksonException e) {
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        if (cause instanceof PublicationException bad) {
          throw bad;
        }
      }
      String where = e.getOriginalMessage().lines().findFirst().orElse("unreadable");
      throw new PublicationException("bad-description", "the description is not one: " + where);
    }
  }

  String json() {
    return Json.mapper().writeValueAsString(this);
  }

  /// Whose page the licence's address leads to.
  Licence terms() {
    return Licence.find(licence).orElseThrow();
  }

  private static <T> List<T> listed(@Nullable List<T> given) {
    return given == null ? List.of() : List.copyOf(given);
  }

  private static String required(String what, @Nullable String value) {
    require(value != null && !value.isBlank(), what + " is missing");
    return Objects.requireNonNull(value);
  }

  private static LocalDate requireDate(String what, @Nullable String text) {
    try {
      return LocalDate.parse(required(what, text));
    } catch (DateTimeParseException e) {
      throw new PublicationException("bad-description", what + " is not a date like 2026-12-31");
    }
  }

  private static void requireUrl(String what, @Nullable String text) {
    if (text == null) {
      return;
    }
    try {
      URI uri = new URI(text);
      require(
          uri.getHost() != null && List.of("http", "https").contains(uri.getScheme()),
          what + " is not an http(s) address: " + text);
    } catch (URISyntaxException e) {
      throw new PublicationException("bad-description", what + " is not an address: " + text);
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new PublicationException("bad-description", otherwise);
    }
  }
}
