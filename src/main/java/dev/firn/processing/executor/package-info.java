/// Where workers of a campaign run: as processes of this machine, as an array of a Slurm cluster,
/// or as jobs of an HTCondor pool.
///
/// An [Executor] starts workers and looks after how many there are; what they do is between them
/// and the hub. Slurm and HTCondor are driven by their own commands on the machine where this runs,
/// the way their users do, so nothing but those commands needs to be there. A worker's token goes
/// to it in a file that only its owner reads, never on a command line. Fails with `IOException` and
/// the command's own words.
@NullMarked
package dev.firn.processing.executor;

import org.jspecify.annotations.NullMarked;
