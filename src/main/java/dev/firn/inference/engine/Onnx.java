package dev.firn.inference.engine;

import ai.onnxruntime.OrtEnvironment;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// ONNX Runtime's one environment of this process.
///
/// While it is made, the library matches the process's command line with a recursive regular
/// expression: a class path of 20 kB overflows the stack of a usual thread, and the process is gone
/// without a word (seen with 1.29.0). It is made on a thread with room for any command line.
final class Onnx {
  private static final long STACK_BYTES = 512L << 20;

  private Onnx() {}

  /// Made when it is first asked for.
  private static final class Holder {
    static final OrtEnvironment ENVIRONMENT = make();
  }

  /// Not in [Holder]: the thread that makes it would wait for the class that waits for it.
  private static OrtEnvironment make() {
    FutureTask<OrtEnvironment> making = new FutureTask<>(OrtEnvironment::getEnvironment);
    Thread.ofPlatform().name("onnx-environment").stackSize(STACK_BYTES).start(making);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return making.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw new IllegalStateException("ONNX Runtime does not load on this machine", e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  static OrtEnvironment environment() {
    return Holder.ENVIRONMENT;
  }
}
