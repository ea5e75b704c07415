/// What file names mean: patterns that are data, read from a file, and what they say of a path.
///
/// [FileNames] reads patterns and applies them, [FileFacts] is what came of it, [Description] adds
/// what frames say and makes it the catalog's metadata. Pure, but for reading the pattern file.
///
/// Promises: no name stops anything. A name that no pattern knows is `unclassified`; one on which a
/// pattern works for too long is taken as not known to it; a number too large to be one is left
/// out.
///
/// Failures: a pattern file that cannot be used is an [IllegalArgumentException] that names the
/// entry and what is wrong with it.
@NullMarked
package dev.firn.ingest.names;

import org.jspecify.annotations.NullMarked;
