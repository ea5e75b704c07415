package dev.firn.catalog.truth;

import dev.firn.catalog.truth.SiteCheck.Difference;
import dev.firn.catalog.truth.SiteCheck.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Compares what is on record with what was found, part by part.
final class Comparison {
  private final SiteCheck.Question question;
  private final CopiesOnRecord copies;
  private final SiteCheck.Sink sink;
  private long dark;
  private long lost;
  private long size;
  private long inFlight;

  Comparison(SiteCheck.Question question, CopiesOnRecord copies, SiteCheck.Sink sink) {
    this.question = question;
    this.copies = copies;
    this.sink = sink;
  }

  /// A record that is either not there or there with another size.
  private record Unlike(long id, Difference difference) {}

  /// What a listing says of a path that is not on record.
  private record Listed(long size, long changed) {}

  /// May be asked by several threads.
  void compare(Deal.Part known, Deal.Part found, Deal.Part left) throws IOException {
    PartRecords records = new PartRecords(known);
    List<Unlike> unlike = new ArrayList<>();
    Map<String, Listed> unknown = new LinkedHashMap<>();
    try (Deal.Entries entries = found.entries()) {
      while (entries.next()) {
        int record = records.find(entries);
        if (record < 0) { // it may be listed twice
          unknown.putIfAbsent(entries.path(), new Listed(entries.size(), entries.number()));
        } else if (records.see(record) && isOtherSize(entries, records, record)) {
          unlike.add(unlike(Kind.SIZE, records, record, entries.size()));
        }
      }
    }
    for (int record = records.unseen(0); record >= 0; record = records.unseen(record + 1)) {
      unlike.add(unlike(Kind.LOST, records, record, -1));
    }
    Set<String> went = unknown.isEmpty() ? Set.of() : paths(left);
    Set<Long> moving = copies.changed(question.settled(), unlike.stream().map(Unlike::id).toList());
    report(unknown, went);
    report(unlike, moving);
  }

  private static Set<String> paths(Deal.Part part) throws IOException {
    Set<String> paths = new HashSet<>();
    try (Deal.Entries entries = part.entries()) {
      while (entries.next()) {
        paths.add(entries.path());
      }
    }
    return paths;
  }

  private synchronized void report(Map<String, Listed> unknown, Set<String> went)
      throws IOException {
    for (Map.Entry<String, Listed> one : unknown.entrySet()) {
      Listed listed = one.getValue();
      if (listed.changed() > question.settled().getEpochSecond() || went.contains(one.getKey())) {
        inFlight++;
      } else {
        dark++;
        sink.accept(new Difference(Kind.DARK, one.getKey(), -1, listed.size()));
      }
    }
  }

  private static boolean isOtherSize(Deal.Entries entry, PartRecords records, int record) {
    return entry.size() >= 0 && entry.size() != records.size(record) && records.isExpected(record);
  }

  private static Unlike unlike(Kind kind, PartRecords records, int record, long found) {
    Difference difference = new Difference(kind, records.path(record), records.size(record), found);
    return new Unlike(records.id(record), difference);
  }

  private synchronized void report(List<Unlike> all, Set<Long> moving) throws IOException {
    for (Unlike one : all) {
      if (moving.contains(one.id())) {
        inFlight++;
      } else {
        lost += one.difference().kind() == Kind.LOST ? 1 : 0;
        size += one.difference().kind() == Kind.SIZE ? 1 : 0;
        sink.accept(one.difference());
      }
    }
  }

  synchronized SiteCheck.Totals totals(long listed, long records) {
    return new SiteCheck.Totals(listed, records, dark, lost, size, inFlight);
  }
}
