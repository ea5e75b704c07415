/// What may move now between which sites: pure decisions over a view and a time.
///
/// Nothing here reads a clock, a database or a network, so that the simulator and the hub decide by
/// the same code.
@NullMarked
package dev.firn.transfer.link;

import org.jspecify.annotations.NullMarked;
