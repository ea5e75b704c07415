/// Firn's own token issuer: signing, the issuer's published documents, exchange for narrower
/// tokens.
///
/// [TokenSigner] keeps the keys and signs WLCG tokens for Firn itself and for
/// [dev.firn.issuer.oauth.IssuerRoutes], the issuer's face over HTTP. What is issued never reaches
/// further than what it was made from: scopes are compared by path, a token ends no later than its
/// parent, and an audience is never added. Keys lie in files that only their owner may read; the
/// key that will sign next is published long before it does, so that rotation refuses nobody.
///
/// All public types are safe for use by any number of threads. Failures of a token request are the
/// errors of RFC 6749 section 5.2; key files that are missing halves, readable by others or damaged
/// are an `IOException` when the signer is opened.
@NullMarked
package dev.firn.issuer;

import org.jspecify.annotations.NullMarked;
