/// The demonstration: a season of believable data and the sites it travels between.
///
/// Everything random comes from a seed, so that two runs make the same bytes. The sites are
/// processes of their own and are spoken to over HTTP only.
///
/// Failures: a promise that does not hold is counted and named in the summary, and makes the exit
/// status 1; a process that dies is started again where that is what is shown.
@NullMarked
package dev.firn.server.demo;

import org.jspecify.annotations.NullMarked;
