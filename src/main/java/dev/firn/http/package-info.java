/// Small things around the HTTP server and client.
///
/// [Exchange] is the whole of what a handler sees of the server, so that the connector below it can
/// be changed without touching a handler. A handler runs on a platform thread of the server's
/// bounded pool and may block. It answers by calling one of the `respond` methods once, or by
/// throwing [HttpProblem], which becomes an RFC 9457 problem body. Any other exception becomes a
/// 500 that says nothing of its cause to the client and everything to the log.
@NullMarked
package dev.firn.http;

import org.jspecify.annotations.NullMarked;
