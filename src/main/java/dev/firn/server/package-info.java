/// The only place that constructs: configuration, wiring, life cycle, and the demo.
///
/// Everything below is handed what it needs through its constructor; nothing below reads a
/// configuration file, starts a thread on its own account or knows which other rooms exist.
///
/// Threads: the one that starts a site builds it and takes it down, in the opposite order.
///
/// Failures: what is wrong with a configuration is found before anything starts, and said in one
/// line with status 2.
@NullMarked
package dev.firn.server;

import org.jspecify.annotations.NullMarked;
