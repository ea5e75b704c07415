/// Places with storage as transfers know them: their names, addresses and what they can do.
///
/// Everything here is immutable and pure.
@NullMarked
package dev.firn.transfer.site;

import org.jspecify.annotations.NullMarked;
