/// Ways to a token: OAuth 2 grants, the pages on which people approve them, and what becomes of
/// tokens afterwards.
///
/// [IssuerRoutes] wires it. A [TokenGrant] decides on one kind of request; every one of them
/// narrows by the same rule ([Narrowing]): what is given is contained in what the holder may have
/// *now*. Logins, refresh tokens, codes and devices lie in PostgreSQL by their hashes, so that they
/// survive a restart and any hub process can go on with them.
///
/// Everything may be used by any number of threads. Refusals are [OAuthError]s.
@NullMarked
package dev.firn.issuer.oauth;

import org.jspecify.annotations.NullMarked;
