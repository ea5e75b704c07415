/// The audit log on disk: JSON lines chained by hashes, so that one changed later is found, and the
/// redactor that keeps secrets out of it and of every other text.
@NullMarked
package dev.firn.token.audit;

import org.jspecify.annotations.NullMarked;
