package dev.firn.token;

/// What somebody may do beside reading and writing files: a scope of Firn's own, which counts only
/// from issuers that are trusted with it.
public enum Role {
  /// Everything, all other roles included.
  ADMIN(Caller.ADMIN_SCOPE),
  /// Looking at the console, which shows all there is and changes nothing.
  LOOK("firn.look"),
  /// Asking that files be archived, and taking back what one asked for.
  ARCHIVE_REQUEST("firn.archive.request"),
  /// Keeping an archive going: out of quarantine, closing bundles, draining, anybody's requests.
  ARCHIVE_OPERATE("firn.archive.operate"),
  /// Having archived copies read again, and seeing what is out of order. Repairs are an operator's.
  ARCHIVE_AUDIT("firn.archive.audit");

  private final String scope;

  Role(String scope) {
    this.scope = scope;
  }

  /// As a token states it.
  public String scope() {
    return scope;
  }
}
