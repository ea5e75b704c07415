/// What a site on one machine needs and nobody should have to make by hand: a certificate
/// authority, a host certificate, ports, a configuration.
///
/// Everything here is for loopback addresses only.
@NullMarked
package dev.firn.server.local;

import org.jspecify.annotations.NullMarked;
