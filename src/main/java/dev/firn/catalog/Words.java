package dev.firn.catalog;

/// The catalog's dictionaries.
record Words(
    Dictionary site,
    Dictionary level,
    Dictionary dataType,
    Dictionary verification,
    Dictionary owner,
    Dictionary group) {
  static Words create() {
    return new Words(
        new Dictionary("site"),
        new Dictionary("level"),
        new Dictionary("data_type"),
        new Dictionary("verification"),
        new Dictionary("owner"),
        new Dictionary("working_group"));
  }
}
