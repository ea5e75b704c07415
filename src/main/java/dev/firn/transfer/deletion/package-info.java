/// What may be deleted, and how much of it now: never on hope.
///
/// A copy that a rule brought is released when no rule asks for it any more. [Reaper] deletes it
/// then, by the policy of its site. [Reaping] decides and is pure: a copy goes only when no rule
/// wants it, its grace is over, enough other copies have been verified, and no more goes than was
/// asked for.
///
/// One thread of each hub decides and deletes; a deletion that fails is tried again until the site
/// says that nothing is there.
@NullMarked
package dev.firn.transfer.deletion;

import org.jspecify.annotations.NullMarked;
