/// What a site on one machine needs and nobody should have to make by hand: a certificate
/// authority, a host certificate, ports, a configuration.
///
/// Everything here is for loopback addresses only. What a directory already has is kept.
///
/// Threads: used by the one that starts a site. Failures: an `IOException`, or a
/// [dev.firn.server.config.ConfigException] for what the directory says.
@NullMarked
package dev.firn.server.local;

import org.jspecify.annotations.NullMarked;
