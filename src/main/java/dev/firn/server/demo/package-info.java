/// The demonstration: a season of believable data and the sites it travels between.
///
/// Everything random comes from a seed, so that two runs make the same bytes.
@NullMarked
package dev.firn.server.demo;

import org.jspecify.annotations.NullMarked;
