/// The only place that constructs: configuration, wiring, life cycle, and the demo.
///
/// Everything below is handed what it needs through its constructor; nothing below reads a
/// configuration file, starts a thread on its own account or knows which other rooms exist.
@NullMarked
package dev.firn.server;

import org.jspecify.annotations.NullMarked;
