/// What may be deleted, and how much of it now: never on hope.
///
/// [Reaping] decides and is pure: a copy goes only when no rule wants it, its grace is over, enough
/// other copies have been verified, and no more goes than was asked for.
@NullMarked
package dev.firn.transfer.deletion;

import org.jspecify.annotations.NullMarked;
