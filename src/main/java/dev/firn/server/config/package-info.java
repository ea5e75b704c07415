/// One `firn.toml`: which keys there are, what they mean, and what a site's file says.
///
/// [ConfigKey] is the only list of keys; reading, `firn config check`, `firn config show` and the
/// page `docs/configuration.md` all come from it. Everything wrong with a file is found before
/// anything starts, and said as [ConfigException] with the file, the key and what was expected.
/// Records here are immutable; secrets are named by file, never held.
@NullMarked
package dev.firn.server.config;

import org.jspecify.annotations.NullMarked;
