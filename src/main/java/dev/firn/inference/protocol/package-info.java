/// The Open Inference Protocol, version 2, as server and client: HTTP with JSON and with binary
/// tensors, and gRPC; see `docs/formats/inference.md`.
///
/// Both kinds are served at the site's own address, behind the same tokens as its files: gRPC is
/// HTTP/2 with trailers. Who may read a model's directory may ask the model; only health is told to
/// everybody. Requests are checked before an engine sees them. Servers and clients may be shared
/// between threads; each call blocks its own.
@NullMarked
package dev.firn.inference.protocol;

import org.jspecify.annotations.NullMarked;
