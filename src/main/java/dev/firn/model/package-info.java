/// The vocabulary of the house as records and sealed types.
///
/// Nothing here reads a disk, a socket, a clock or a random number; everything is immutable and
/// safe to share between threads. A constructor refuses what is not valid with an
/// `IllegalArgumentException` whose message may be shown to a user: it says what was wrong and
/// where.
@NullMarked
package dev.firn.model;

import org.jspecify.annotations.NullMarked;
