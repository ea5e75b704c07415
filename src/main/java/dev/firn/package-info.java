/// Firn: one program with which a small team keeps an observatory's data.
///
/// The packages below this one are the rooms of the house; `ARCHITECTURE.md` shows how they stand
/// on each other and `ArchitectureTest` holds them there.
@NullMarked
package dev.firn;

import org.jspecify.annotations.NullMarked;
