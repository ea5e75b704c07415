/// Job tickets: macaroons that a door mints, anybody who holds one can narrow without asking, and
/// the same door verifies without looking anything up.
@NullMarked
package dev.firn.token.ticket;

import org.jspecify.annotations.NullMarked;
