package dev.firn.publication;

import java.util.List;
import java.util.Optional;

/// A licence for data, by its SPDX identifier.
record Licence(String id, String name, String url) {
  private static final List<Licence> KNOWN =
      List.of(
          new Licence(
              "CC-BY-4.0",
              "Creative Commons Attribution 4.0 International",
              "https://creativecommons.org/licenses/by/4.0/"),
          new Licence(
              "CC-BY-SA-4.0",
              "Creative Commons Attribution Share Alike 4.0 International",
              "https://creativecommons.org/licenses/by-sa/4.0/"),
          new Licence(
              "CC0-1.0",
              "Creative Commons Zero v1.0 Universal",
              "https://creativecommons.org/publicdomain/zero/1.0/"),
          new Licence(
              "ODC-By-1.0",
              "Open Data Commons Attribution License v1.0",
              "https://opendatacommons.org/licenses/by/1-0/"));

  static Optional<Licence> find(String id) {
    return KNOWN.stream().filter(l -> l.id.equals(id)).findFirst();
  }

  static List<String> ids() {
    return KNOWN.stream().map(Licence::id).toList();
  }
}
