/// Logging in from a terminal, and keeping the token fresh afterwards.
///
/// [OAuthServer] is any issuer with a discovery document, Firn's or another; [DeviceLogin] and
/// [BrowserLogin] get a first token from it; [SavedLogin] is what stays on disk; [Bearer] is where
/// commands get the token of the moment from, renewed when it is about to end. Files with secrets
/// have mode 0600, and processes of one user renew one at a time. Failures are `IOException`s whose
/// message says what to do; no secret is in them.
@NullMarked
package dev.firn.cli.login;

import org.jspecify.annotations.NullMarked;
