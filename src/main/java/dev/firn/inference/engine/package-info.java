/// Models computed in this process by ONNX Runtime, from a repository laid out as Triton's.
///
/// `<model>/<version>/model.onnx` beside an optional `<model>/config.pbtxt`, below one directory of
/// a storage area: a model is a file of the catalog like any other, and who may read it may ask it.
///
/// Promises: what is loaded is the file as it lies there, known by its sha256; a model that names
/// files beside itself is refused, and no library of foreign operators is ever loaded. A model has
/// as many instances as it is configured to have, so many requests wait, and more are refused.
/// Everything public may be shared between threads.
@NullMarked
package dev.firn.inference.engine;

import org.jspecify.annotations.NullMarked;
