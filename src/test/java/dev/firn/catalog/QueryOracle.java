package dev.firn.catalog;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.ReplicaState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// What a condition means, said again without SQL.
final class QueryOracle {
  private QueryOracle() {}

  static boolean holds(Condition condition, CatalogFile f) {
    return switch (condition) {
      case Condition.And and -> and.all().stream().allMatch(c -> holds(c, f));
      case Condition.Or or -> or.any().stream().anyMatch(c -> holds(c, f));
      case Condition.Not not -> !holds(not.condition(), f);
      case Condition.Asked asked -> holds(asked.condition(), f);
      case Condition.Compare c -> compare(value(f, c.field()), c.operator(), c.value());
      case Condition.Between b ->
          compare(value(f, b.field()), Condition.Operator.AT_LEAST, b.from())
              && compare(value(f, b.field()), Condition.Operator.AT_MOST, b.to());
      case Condition.In in -> in.values().contains(value(f, in.field()));
      case Condition.Name name -> f.name().equals(name.name());
      case Condition.NameLike like -> matches(like.glob().text(), f.name().segments());
      case Condition.Meta meta -> throw new UnsupportedOperationException();
      case Condition.Content c -> f.checksums().load(ChecksumAlgorithm.SHA512).equals(c.sha512());
      case Condition.At at ->
          f.replicas().stream()
              .anyMatch(r ->
                  r.site().equals(at.site()) && (at.state() == null || r.state() == at.state()));
      case Condition.Verified v ->
          f.replicas().stream()
              .anyMatch(
                  r -> r.verified() != null && (v.site() == null || r.site().equals(v.site())));
      case Condition.InBundle in ->
          f.replicas().stream().anyMatch(r -> in.bundle().equals(r.bundle()));
      case Condition.ContainsEvent e ->
          f.metadata().run() != null
              && f.metadata().run() == e.run()
              && f.metadata().firstEvent() != null
              && f.metadata().firstEvent() <= e.event()
              && f.metadata().lastEvent() >= e.event();
      case Condition.DerivedFrom d -> throw new UnsupportedOperationException();
      case Condition.Duplicates d -> throw new UnsupportedOperationException();
      case Condition.InDataset d -> throw new UnsupportedOperationException();
      case Condition.Members m -> throw new UnsupportedOperationException();
      case Condition.Everything e -> true;
    };
  }

  private static Object value(CatalogFile f, Condition.Field field) {
    FileMetadata m = f.metadata();
    Object value =
        switch (field) {
          case RUN -> m.run();
          case SUBRUN -> m.subrun();
          case PART -> m.part();
          case SEASON -> m.season();
          case EVENTS -> m.eventCount();
          case SIZE -> f.size();
          case CREATED -> f.created();
          case COPIES ->
              f.replicas().stream().filter(r -> r.state() == ReplicaState.AVAILABLE).count();
          case LEVEL -> m.level();
          case TYPE -> m.dataType();
          case START -> m.starts();
          case END -> m.ends();
          case LIVETIME -> m.livetime();
          case OWNER -> m.owner();
          case GROUP -> m.group();
        };
    return value instanceof Integer i ? Long.valueOf(i) : value;
  }

  @SuppressWarnings("unchecked")
  private static boolean compare(Object known, Condition.Operator operator, Object wanted) {
    if (known == null) {
      return operator == Condition.Operator.NOT_EQUAL;
    }
    int order = ((Comparable<Object>) known).compareTo(wanted);
    return switch (operator) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case LESS -> order < 0;
      case AT_MOST -> order <= 0;
      case MORE -> order > 0;
      case AT_LEAST -> order >= 0;
    };
  }

  static boolean matches(String glob, List<String> name) {
    List<String> parts =
        new ArrayList<>(Arrays.stream(glob.split("/")).filter(p -> !p.isEmpty()).toList());
    if (parts.getLast().equals("**")) {
      parts.add("*"); // below, at any depth: so at least one segment
    }
    return matches(parts, name);
  }

  private static boolean matches(List<String> parts, List<String> name) {
    if (parts.isEmpty()) {
      return name.isEmpty();
    }
    List<String> rest = parts.subList(1, parts.size());
    if (parts.getFirst().equals("**")) {
      for (int i = 0; i <= name.size(); i++) {
        if (matches(rest, name.subList(i, name.size()))) {
          return true;
        }
      }
      return false;
    }
    return !name.isEmpty()
        && segment(parts.getFirst(), name.getFirst())
        && matches(rest, name.subList(1, name.size()));
  }

  private static boolean segment(String pattern, String text) {
    StringBuilder regex = new StringBuilder();
    for (char c : pattern.toCharArray()) {
      regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote("" + c));
    }
    return text.matches("(?s)" + regex);
  }
}
