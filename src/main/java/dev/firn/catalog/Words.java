package dev.firn.catalog;

/// The catalog's dictionaries.
record Words(Dictionary site, Dictionary level, Dictionary dataType, Dictionary verification) {
  static Words create() {
    return new Words(
        new Dictionary("site"),
        new Dictionary("level"),
        new Dictionary("data_type"),
        new Dictionary("verification"));
  }
}
