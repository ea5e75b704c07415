package dev.firn.catalog.truth;

import dev.firn.catalog.truth.SiteCheck.Difference;
import dev.firn.catalog.truth.SiteCheck.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Compares what is on record with what was found, one part after the other.
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

  void compare(Deal.Part known, Deal.Part found, Deal.Part left) throws IOException {
    PartRecords records = new PartRecords(known);
    Set<String> went = new HashSet<>();
    try (Deal.Entries entries = left.entries()) {
      while (entries.next()) {
        went.add(entries.path());
      }
    }
    List<Unlike> unlike = new ArrayList<>();
    Set<String> unknown = new HashSet<>();
    try (Deal.Entries entries = found.entries()) {
      while (entries.next()) {
        int record = records.find(entries);
        if (record < 0) {
          if (unknown.add(entries.path())) { // else it is listed twice
            unknown(entries, went);
          }
        } else if (records.see(record) && isOtherSize(entries, records, record)) {
          unlike.add(unlike(Kind.SIZE, records, record, entries.size()));
        }
      }
    }
    for (int record = records.unseen(0); record >= 0; record = records.unseen(record + 1)) {
      unlike.add(unlike(Kind.LOST, records, record, -1));
    }
    report(unlike);
  }

  private void unknown(Deal.Entries entry, Set<String> went) throws IOException {
    String path = entry.path();
    if (entry.number() > question.settled().getEpochSecond() || went.contains(path)) {
      inFlight++;
    } else {
      dark++;
      sink.accept(new Difference(Kind.DARK, path, -1, entry.size()));
    }
  }

  private static boolean isOtherSize(Deal.Entries entry, PartRecords records, int record) {
    return entry.size() >= 0 && entry.size() != records.size(record) && records.isExpected(record);
  }

  private static Unlike unlike(Kind kind, PartRecords records, int record, long found) {
    Difference difference = new Difference(kind, records.path(record), records.size(record), found);
    return new Unlike(records.id(record), difference);
  }

  private void report(List<Unlike> all) throws IOException {
    Set<Long> moving = copies.changed(question.settled(), all.stream().map(Unlike::id).toList());
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

  SiteCheck.Totals totals(long listed, long records) {
    return new SiteCheck.Totals(listed, records, dark, lost, size, inFlight);
  }
}
