package dev.firn.inference.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// What one version of a model has done since it was loaded, as Triton counts it.
final class ModelStatistics {
  final LongAdder successes = new LongAdder();
  final LongAdder failures = new LongAdder();

  /// Rows, of all requests.
  final LongAdder rows = new LongAdder();

  final LongAdder executions = new LongAdder();
  final AtomicInteger pending = new AtomicInteger();
  final LongAdder requestNanos = new LongAdder();
  final LongAdder queueNanos = new LongAdder();
  final LongAdder inputNanos = new LongAdder();
  final LongAdder computeNanos = new LongAdder();
  final LongAdder outputNanos = new LongAdder();
}
