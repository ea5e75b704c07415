/// Models that score events: what a request to one and its answer are, whoever computes it.
///
/// `engine` computes here, with ONNX Runtime; `protocol` serves and calls the Open Inference
/// Protocol version 2; `scoring` gives scores to the events of a pass and of a stream. The page of
/// the protocol is `docs/formats/inference.md`.
///
/// Promises: an answer says which model, by digest, and which server computed it. A tensor whose
/// bytes do not fit its shape is refused before any engine sees it. Everything here is immutable
/// but for the bytes that a [Tensor] points at, and may be shared. Fails with [InferenceException],
/// whose kind says whether another server may be asked.
@NullMarked
package dev.firn.inference;

import org.jspecify.annotations.NullMarked;
