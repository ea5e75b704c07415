package dev.firn.inference.engine;

import java.util.Collection;
import java.util.function.ToLongFunction;

/// Counters under the names that Triton's servers use, so that dashboards and scaling rules written
/// for them work unchanged.
final class TritonMetrics {
  private TritonMetrics() {}

  static String text(Collection<LoadedModel> models) {
    StringBuilder out = new StringBuilder();
    counter(
        out, models, "nv_inference_request_success", "Requests answered", s -> s.successes.sum());
    counter(out, models, "nv_inference_request_failure", "Requests refused", s -> s.failures.sum());
    counter(out, models, "nv_inference_count", "Rows computed", s -> s.rows.sum());
    counter(out, models, "nv_inference_exec_count", "Runs of a model", s -> s.executions.sum());
    family(
        out,
        models,
        "nv_inference_pending_request_count",
        "gauge",
        "Requests that wait",
        s -> s.pending.get());
    String micros = "Microseconds, ";
    counter(
        out,
        models,
        "nv_inference_request_duration_us",
        micros + "whole requests",
        s -> s.requestNanos.sum() / 1000);
    counter(
        out,
        models,
        "nv_inference_queue_duration_us",
        micros + "waiting",
        s -> s.queueNanos.sum() / 1000);
    counter(
        out,
        models,
        "nv_inference_compute_input_duration_us",
        micros + "placing inputs",
        s -> s.inputNanos.sum() / 1000);
    counter(
        out,
        models,
        "nv_inference_compute_infer_duration_us",
        micros + "computing",
        s -> s.computeNanos.sum() / 1000);
    counter(
        out,
        models,
        "nv_inference_compute_output_duration_us",
        micros + "taking outputs",
        s -> s.outputNanos.sum() / 1000);
    return out.toString();
  }

  private static void counter(
      StringBuilder out,
      Collection<LoadedModel> models,
      String name,
      String help,
      ToLongFunction<ModelStatistics> value) {
    family(out, models, name, "counter", help, value);
  }

  private static void family(
      StringBuilder out,
      Collection<LoadedModel> models,
      String name,
      String type,
      String help,
      ToLongFunction<ModelStatistics> value) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    for (LoadedModel model : models) {
      out.append(name)
          .append("{model=\"")
          .append(quoted(model.about().name()))
          .append("\",version=\"")
          .append(model.about().version())
          .append("\"} ")
          .append(value.applyAsLong(model.statistics()))
          .append('\n');
    }
  }

  private static String quoted(String label) {
    return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
