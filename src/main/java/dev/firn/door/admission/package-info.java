/// Who may move how much through a door, now: limits with a calendar, fair shares between subjects,
/// and the account of what was moved.
///
/// [Admission] is asked when a request comes, whatever its method, and again before its bytes move;
/// it refuses with 429 or 503 and `Retry-After`, never by letting a client wait until it gives up.
/// Rates hold bytes back, fairly between subjects however many streams each has. The decisions
/// ([FairQueue], [Places], [RequestRate], [Calendar]) are pure functions of what is under way and a
/// time.
///
/// All threads of a door come through here; what they share is a few counters and, where a rate
/// applies, one short lock a piece. Limits are replaced while transfers go on; a transfer keeps the
/// limits it began under, with their rates as the calendar has them at each moment.
@NullMarked
package dev.firn.door.admission;

import org.jspecify.annotations.NullMarked;
