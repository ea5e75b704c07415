/// Who is asking, and may they: bearer tokens, the one path decoder and the one access decision.
///
/// Nothing else in the program compares paths of authority. [RequestPath] undoes percent-encoding,
/// once and for every source of paths (request targets, `Destination`, token scopes,
/// configuration); [Authenticator] turns a request into a [Caller]; [AccessPolicy] says whether
/// that caller may do an [Operation] on a name, and by which rule. The default is to deny.
///
/// Promises: no token opens what it does not name, segment by segment; an invalid token is a 401
/// even where the public may read, never an anonymous visit; a token's issuer is contacted only
/// when it is configured; token values never reach a log, an answer or an exception's message.
///
/// All public types are immutable or safe for use by any number of threads. Verification blocks
/// only while an issuer's keys are being fetched, and then one thread per issuer. Failures of a
/// request are `HttpProblem` (400, 401, 403); a wrong configuration is an
/// `IllegalArgumentException` when it is built.
@NullMarked
package dev.firn.token;

import org.jspecify.annotations.NullMarked;
