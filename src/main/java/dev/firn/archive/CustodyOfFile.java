package dev.firn.archive;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.model.ReplicaState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// How well a file is kept, as one sentence and copy by copy. Pure.
///
/// A copy counts as verified only when its bytes were read at its site, agreed, and nothing worse
/// was found since.
record CustodyOfFile(CatalogFile file) {
  private List<Replica> verified() {
    return file.replicas().stream()
        .filter(r -> r.state() == ReplicaState.AVAILABLE && r.verified() != null)
        .toList();
  }

  /// `2 verified copies at 2 sites, last verified 2026-11-26 at nersc, by …; 1 more copy is bad`.
  String sentence() {
    List<Replica> verified = verified();
    StringBuilder text =
        new StringBuilder(count(verified.size(), "verified copy", "verified copies"));
    if (!verified.isEmpty()) {
      long sites = verified.stream().map(Replica::site).distinct().count();
      Replica last = latest(verified).orElseThrow();
      text.append(" at ")
          .append(count(sites, "site", "sites"))
          .append(", last verified ")
          .append(day(last))
          .append(" at ")
          .append(last.site())
          .append(", by ")
          .append(last.verifiedHow());
    }
    for (ReplicaState state : ReplicaState.values()) {
      long more = file.replicas().stream().filter(r -> r.state() == state).count();
      if (state == ReplicaState.AVAILABLE) {
        append(text, more - verified.size(), "not verified");
      } else {
        append(text, more, state.name().toLowerCase(Locale.ROOT));
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, long copies, String how) {
    if (copies > 0) {
      text.append("; ").append(count(copies, "more copy is ", "more copies are ")).append(how);
    }
  }

  private static String count(long number, String one, String many) {
    return number + " " + (number == 1 ? one : many);
  }

  private static Optional<Replica> latest(List<Replica> verified) {
    return verified.stream()
        .max(Comparator.comparing(r -> r.verified() == null ? Instant.EPOCH : r.verified()));
  }

  private static String day(Replica replica) {
    return replica.verified() == null
        ? "never"
        : replica.verified().truncatedTo(ChronoUnit.DAYS).toString().substring(0, 10);
  }

  Map<String, Object> view() {
    List<Map<String, Object>> copies = new ArrayList<>();
    for (Replica replica : file.replicas()) {
      Map<String, Object> copy = new LinkedHashMap<>();
      copy.put("site", replica.site().value());
      copy.put("state", replica.state().name().toLowerCase(Locale.ROOT));
      copy.put("path", replica.path().toString());
      copy.put("bundle", replica.bundle() == null ? "" : replica.bundle().toString());
      copy.put("verified", replica.verified() == null ? "" : replica.verified().toString());
      copy.put("how", replica.verifiedHow() == null ? "" : replica.verifiedHow());
      copies.add(copy);
    }
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", file.name().toString());
    view.put("size", file.size());
    view.put("sentence", sentence());
    view.put("verified_copies", verified().size());
    view.put("verified_sites", verified().stream().map(Replica::site).distinct().count());
    view.put("copies", copies);
    return view;
  }
}
