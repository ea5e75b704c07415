/// A hub's own area and the record of it: that they agree.
///
/// [AreaComparison] settles what the last process left unfinished before anything is answered, and
/// compares all the rest beside the work. [AreaProgress] says how far it is.
///
/// Promises: once a hub answers, no record points at bytes that a crash took away or exchanged;
/// what lies in the area and is not on record is found and named; nothing is deleted; a comparison
/// that is cut goes on where it was.
///
/// Threads: two, one that compares and one that settles changes whose record never came.
///
/// Failures: an area or a database that cannot be asked is asked again; nothing is concluded.
@NullMarked
package dev.firn.catalog.area;

import org.jspecify.annotations.NullMarked;
