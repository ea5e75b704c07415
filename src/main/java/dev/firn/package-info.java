/// Firn: one program with which a small team keeps an observatory's data.
///
/// The packages below this one are the rooms of the house; `ARCHITECTURE.md` shows how they stand
/// on each other and `ArchitectureTest` holds them there. This one holds no code.
///
/// What every room keeps to: nothing is null unless it is marked so, clocks, disk and network are
/// handed in, and an outcome is done, failed or unknown.
@NullMarked
package dev.firn;

import org.jspecify.annotations.NullMarked;
