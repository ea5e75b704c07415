package dev.firn.server;

import dev.firn.door.Door;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;

/// How a site knows its callers, decides about them and keeps a record of it: one for the door, the
/// API and the issuer, so that what is taken back is taken back everywhere.
record Guard(
    Authenticator authenticator, AccessPolicy policy, Revocations revocations, Audit audit) {
  /// The same as a door wants it.
  Door.Access access() {
    return new Door.Access(authenticator, policy);
  }
}
