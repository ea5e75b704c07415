package dev.firn.transfer;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.site.Site;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Rules, transfers and requests as the API shows them.
final class TransferViews {
  private TransferViews() {}

  static Map<String, Object> site(Site site) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", site.name().value());
    view.put("url", site.url().toString());
    view.put("audience", site.audience());
    view.put("kind", site.kind().label());
    view.put("nearline", site.nearline());
    view.put("pulls", site.pulls());
    view.put("attributes", site.allAttributes());
    return view;
  }

  static Map<String, Object> transfer(Transfer transfer) {
    TransferRequest request = transfer.request();
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", transfer.id());
    view.put("state", transfer.state().label());
    view.put("subject_kind", request.subject().kind());
    view.put("subject_id", request.subject().id());
    view.put("source", request.from().site().value());
    view.put("source_path", request.from().path().toString());
    view.put("destination", request.to().site().value());
    view.put("destination_path", request.to().path().toString());
    view.put("size", request.size());
    Map<String, String> sums = new LinkedHashMap<>();
    for (Map.Entry<ChecksumAlgorithm, Checksum> sum : request.checksums().values().entrySet()) {
      sums.put(sum.getKey().label(), sum.getValue().hex());
    }
    view.put("checksums", sums);
    view.put("priority", request.priority());
    view.put("why", transfer.why());
    view.put("queued", transfer.queued().toString());
    view.put("attempts", transfer.attempts());
    view.put("bytes", transfer.progress().bytes());
    view.put("bytes_per_second", transfer.progress().bytesPerSecond());
    put(view, "started", transfer.progress().started());
    put(view, "finished", transfer.finished());
    if (!transfer.ended()) {
      put(view, "not_before", transfer.notBefore());
    }
    if (transfer.verification() != null) {
      put(view, "verified", transfer.verification().when());
      view.put("verified_how", transfer.verification().how());
    }
    if (!transfer.lastError().failureClass().isEmpty()) {
      view.put("failure_class", transfer.lastError().failureClass());
      view.put("failure_reason", transfer.lastError().reason());
    }
    return view;
  }

  static Map<String, Object> request(CopyRequest request) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", request.id());
    view.put("file_id", request.fileId());
    view.put("rule", request.ruleId());
    view.put("site", request.site().value());
    view.put("bundled", request.bundled());
    view.put("state", request.state().label());
    view.put("why", request.why());
    view.put("since", request.since().toString());
    if (request.bundle() != null) {
      view.put("bundle", request.bundle().toString());
    }
    if (request.transfer().isPresent()) {
      view.put("transfer", request.transfer().getAsLong());
    }
    if (request.via() != null) {
      view.put("via", request.via().value());
    }
    return view;
  }

  static Map<String, Object> explanation(Explanation explanation) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("sentence", explanation.sentence());
    view.put("since", explanation.since().toString());
    view.put("advice", explanation.advice());
    List<Map<String, Object>> attempts =
        explanation.attempts().stream().map(TransferViews::attempt).toList();
    view.put("attempts", attempts);
    return view;
  }

  private static Map<String, Object> attempt(Attempt attempt) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("action", attempt.action());
    view.put("owner", attempt.owner());
    view.put("started", attempt.started().toString());
    view.put("ended", attempt.ended().toString());
    view.put("outcome", attempt.outcome());
    view.put("failure_class", attempt.failureClass());
    view.put("reason", attempt.reason());
    view.put("bytes", attempt.bytes());
    return view;
  }

  private static void put(Map<String, Object> view, String name, @Nullable Instant value) {
    if (value != null) {
      view.put(name, value.toString());
    }
  }
}
