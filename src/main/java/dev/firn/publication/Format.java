package dev.firn.publication;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The forms in which a publication describes itself, besides its page.
enum Format {
  JSON_LD("jsonld", "application/ld+json", "https://schema.org/"),
  CROISSANT("croissant", "application/ld+json", "http://mlcommons.org/croissant/1.1"),
  RO_CRATE("ro-crate", "application/ld+json", "https://w3id.org/ro/crate"),
  DATACITE_XML("datacite.xml", "application/vnd.datacite.datacite+xml", ""),
  DATACITE_JSON("datacite.json", "application/vnd.datacite.datacite+json", ""),
  DUBLIN_CORE("dc.xml", "application/xml", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
  LINKSET("linkset", "application/linkset+json", ""),
  BIBTEX("bibtex", "application/x-bibtex", ""),
  CITATION("citation", "text/x-bibliography", "");

  private final String word;
  private final String mediaType;
  private final String profile;

  Format(String word, String mediaType, String profile) {
    this.word = word;
    this.mediaType = mediaType;
    this.profile = profile;
  }

  /// Its last segment in addresses.
  String word() {
    return word;
  }

  String mediaType() {
    return mediaType;
  }

  /// What its document keeps to; empty where the media type says it all.
  String profile() {
    return profile;
  }

  static Optional<Format> ofWord(String word) {
    return Arrays.stream(values()).filter(f -> f.word.equals(word)).findFirst();
  }

  /// The form that a list of media types asks for first; empty for the page itself.
  static Optional<Format> accepted(List<String> accept) {
    double best = 0;
    Optional<Format> chosen = Optional.empty();
    for (String entry : String.join(",", accept).split(",")) {
      String[] parts = entry.strip().split(";", 2);
      String type = parts[0].strip();
      String parameters = parts.length == 2 ? parts[1] : "";
      boolean page = type.equals("text/html") || type.equals("*/*") || type.equals("text/*");
      Optional<Format> format =
          Arrays.stream(values())
              .filter(f -> f.mediaType.equals(type))
              .sorted((a, b) -> Boolean.compare(b.named(parameters), a.named(parameters)))
              .findFirst();
      double quality = quality(parameters);
      if ((page || format.isPresent()) && quality > best) {
        best = quality;
        chosen = page ? Optional.empty() : format;
      }
    }
    return chosen;
  }

  private boolean named(String parameters) {
    return !profile.isEmpty() && parameters.contains(profile);
  }

  private static double quality(String parameters) {
    for (String parameter : parameters.split(";")) {
      String p = parameter.strip();
      if (p.startsWith("q=")) {
        try {
          return Double.parseDouble(p.substring(2));
        } catch (NumberFormatException e) {
          return 0;
        }
      }
    }
    return 1;
  }
}
