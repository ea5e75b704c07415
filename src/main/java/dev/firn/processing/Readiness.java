package dev.firn.processing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Whether the inputs of a campaign are ready: which files are in, with which GCD, which are not
/// and why, and what good runs lack. A pure decision over what was gathered.
final class Readiness {
  private final View view;
  private final Map<String, Input> parts = new HashMap<>();
  private final List<Verdict> verdicts = new ArrayList<>();
  private final TreeSet<Lack> lacks = new TreeSet<>();

  private Readiness(View view) {
    this.view = view;
  }

  /// Part of a run, in the order of data taking.
  record Part(int subrun, int part) implements Comparable<Part> {
    @Override
    public int compareTo(Part other) {
      return Comparator.comparingInt(Part::subrun)
          .thenComparingInt(Part::part)
          .compare(this, other);
    }

    @Override
    public String toString() {
      return subrun == 0 ? String.valueOf(part) : subrun + "/" + part;
    }
  }

  /// One file of the snapshot.
  ///
  /// @param part null when nobody knows
  /// @param events -1 when they could not be counted
  /// @param other what it is when it is no event data; null when it is
  /// @param trouble why it cannot be read here; null when it can
  record Input(
      long file,
      String name,
      String sha512,
      @Nullable Integer run,
      @Nullable Part part,
      long events,
      @Nullable String other,
      @Nullable String trouble) {}

  /// A GCD file of the wanted version.
  ///
  /// @param fault what is wrong with it; null when it is valid
  record Gcd(long file, String name, String sha512, @Nullable String fault) {}

  /// @param runs the good-run list's verdicts; empty when every run is good
  /// @param gcds by run
  /// @param expected parts that each run has at any level
  record View(
      List<Input> inputs,
      String list,
      Optional<Map<Integer, Boolean>> runs,
      String version,
      Map<Integer, List<Gcd>> gcds,
      Map<Integer, SortedSet<Part>> expected) {}

  /// What is said of one file: the GCD it runs with, or why it does not.
  record Verdict(Input input, @Nullable Long gcd, @Nullable String excluded) {
    long events() {
      return Math.max(0, input.events());
    }
  }

  /// What a good run has not got.
  record Lack(int run, String what) implements Comparable<Lack> {
    @Override
    public int compareTo(Lack other) {
      return run != other.run ? Integer.compare(run, other.run) : what.compareTo(other.what);
    }
  }

  /// In the order of the files' names, and of the runs.
  record Report(List<Verdict> verdicts, List<Lack> lacks) {}

  static Report judge(View view) {
    return new Readiness(view).judge();
  }

  private Report judge() {
    // Of two files for one part the first by name counts, as long as it can be read.
    List<Input> inOrder =
        view.inputs.stream()
            .sorted(
                Comparator.comparing((Input i) -> i.trouble() != null).thenComparing(Input::name))
            .toList();
    SortedMap<Integer, SortedSet<Part>> there = new TreeMap<>();
    for (Input input : inOrder) {
      Integer run = input.run();
      String why = before(input);
      if (why == null && run != null) {
        Part part = input.part();
        SortedSet<Part> seen = there.computeIfAbsent(run, r -> new TreeSet<>());
        if (part != null) {
          seen.add(part);
        }
        why = input.trouble();
      }
      if (why == null && input.events() == 0) {
        why = "it holds no event";
      }
      Object gcd = why == null && run != null ? gcd(run) : null;
      if (gcd instanceof Gcd chosen) {
        verdicts.add(new Verdict(input, chosen.file(), null));
      } else {
        verdicts.add(new Verdict(input, null, gcd == null ? why : gcd.toString()));
      }
    }
    lacking(there);
    verdicts.sort(Comparator.comparing(v -> v.input().name()));
    return new Report(List.copyOf(verdicts), List.copyOf(lacks));
  }

  /// Why a file has no part in its run; null when it has.
  private @Nullable String before(Input input) {
    if (input.other() != null) {
      return input.other();
    }
    Integer run = input.run();
    if (run == null) {
      return "nobody knows its run";
    }
    if (view.runs.isPresent()) {
      Boolean good = view.runs.get().get(run);
      if (good == null) {
        return "run " + run + " is not in " + view.list;
      }
      if (!good) {
        return "run " + run + " is not good by " + view.list;
      }
    }
    Part part = input.part();
    String key = part == null ? input.sha512() : run + "/" + part.subrun() + "/" + part.part();
    Input first = parts.putIfAbsent(key, input);
    if (first == null) {
      return null;
    }
    return first.sha512().equals(input.sha512())
        ? "the same file as " + first.name()
        : "the same part as " + first.name() + ", with other bytes";
  }

  /// The one valid GCD of a run, or in words why there is none.
  private Object gcd(int run) {
    List<Gcd> all = view.gcds.getOrDefault(run, List.of());
    SortedMap<String, Gcd> valid = new TreeMap<>();
    for (Gcd gcd : all.stream().sorted(Comparator.comparing(Gcd::name)).toList()) {
      if (gcd.fault() == null) {
        valid.putIfAbsent(gcd.sha512(), gcd);
      }
    }
    if (valid.size() == 1) {
      return valid.values().iterator().next();
    }
    if (valid.size() > 1) {
      List<String> names = valid.values().stream().map(Gcd::name).sorted().toList();
      return "run %d has %d GCDs of version %s: %s"
          .formatted(run, valid.size(), view.version, String.join(", ", names));
    }
    return all.isEmpty()
        ? "run %d has no GCD of version %s".formatted(run, view.version)
        : "the GCD of run %d is not valid: %s".formatted(run, all.getFirst().fault());
  }

  private void lacking(SortedMap<Integer, SortedSet<Part>> there) {
    TreeSet<Integer> good = new TreeSet<>(there.keySet());
    view.runs.ifPresent(runs ->
        runs.forEach((run, isGood) -> {
          if (isGood) {
            good.add(run);
          }
        }));
    for (int run : good) {
      if (gcd(run) instanceof String why) {
        lacks.add(new Lack(run, why));
      }
      if (!there.containsKey(run)) {
        lacks.add(new Lack(run, "none of its files is among the inputs"));
        continue;
      }
      SortedSet<Part> missing = new TreeSet<>(view.expected.getOrDefault(run, new TreeSet<>()));
      missing.removeAll(there.getOrDefault(run, new TreeSet<>()));
      for (Part part : missing) {
        lacks.add(new Lack(run, "part " + part + " is missing"));
      }
    }
  }
}
