/// The wire format of protocol buffers, in which gRPC's messages and ONNX models are written.
///
/// Field numbers are known to whoever reads or writes a message; there is no generated code.
@NullMarked
package dev.firn.inference.wire;

import org.jspecify.annotations.NullMarked;
