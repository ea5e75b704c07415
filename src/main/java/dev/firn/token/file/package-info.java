/// Tokens and secrets as files of whoever runs a command: where a token is found (WLCG bearer token
/// discovery), and files that only their owner can read.
@NullMarked
package dev.firn.token.file;

import org.jspecify.annotations.NullMarked;
