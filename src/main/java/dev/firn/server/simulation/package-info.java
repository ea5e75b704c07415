/// A world in which the hub's own decisions live through years in minutes.
///
/// Rules, the scheduler, the mover with its retries, packing and the reaper are the hub's own code;
/// what is simulated is what they are handed: sites, links, clocks and the record. Disasters come
/// by a seed: outages of weeks, silent corruption, lost tapes, full disks, slow links, refused
/// tokens, crashed hubs, jumping clocks, duplicate and late deliveries. So does what people do:
/// rules and datasets come, change and end, downtimes are announced, links are closed and opened;
/// one site can be reached by way of another only. The promises are checked after every step
/// against what the simulated disks really hold; a broken one ends the run and names the seed.
///
/// Threads: one; everything happens in the order of the events' times.
@NullMarked
package dev.firn.server.simulation;

import org.jspecify.annotations.NullMarked;
