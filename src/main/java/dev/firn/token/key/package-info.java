/// The public keys that tokens are verified with: from a file, from text, or from an issuer, which
/// is asked seldom, whoever sends what, and may be away for days.
@NullMarked
package dev.firn.token.key;

import org.jspecify.annotations.NullMarked;
