/// The hub's record of revocations, and the routes that change and publish it.
@NullMarked
package dev.firn.issuer.revocation;

import org.jspecify.annotations.NullMarked;
