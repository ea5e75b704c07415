/// What was taken back before it ran out: how it is named, published, and asked for on each
/// request.
@NullMarked
package dev.firn.token.revocation;

import org.jspecify.annotations.NullMarked;
