package dev.firn.catalog;

/// The catalog refuses what was asked. `code` is stable and for programs; the message is one line
/// for people.
public final class CatalogException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;

  CatalogException(String code, String message) {
    super(message);
    this.code = code;
  }

  /// `not-found`, `illegal-transition`, `invalid-metadata`.
  public String code() {
    return code;
  }

  /// For the rooms of the catalog.
  public static CatalogException of(String code, String message) {
    return new CatalogException(code, message);
  }

  static CatalogException notFound(String what) {
    return new CatalogException("not-found", "the catalog knows no " + what);
  }
}
