package dev.firn.catalog;

import dev.firn.catalog.Condition.Field;
import dev.firn.catalog.Condition.Operator;
import dev.firn.model.ReplicaState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// In which order a query's files are read, page after page: the order of the index that bears the
/// query, so that every page begins where the last ended. Pure.
///
/// @param order which index leads
/// @param glob the name pattern that leads, for [Order#NAME]
/// @param datasets whose members lead, for [Order#MEMBERS]
/// @param rest what remains to be asked of each file
record QueryPlan(Order order, @Nullable Glob glob, List<Integer> datasets, Condition rest) {
  private static final int FEW_RUNS = 50;

  enum Order {
    /// A few files that an index finds at once: found whole, then sorted.
    SET("an index finds the files at once"),
    /// Along the index of runs.
    RUN("read along the index of runs"),
    /// Along directories and their names.
    NAME("read along the directories of the pattern"),
    /// Along the index of seasons and levels.
    SEASON("read along the index of seasons and levels"),
    /// Along the members of datasets.
    MEMBERS("read along the members of the dataset"),
    /// All files in the order of registration; no index bears the query.
    WALK("no index bears this query: all files are looked at, in the order of registration");

    final String reason;

    Order(String reason) {
      this.reason = reason;
    }
  }

  static QueryPlan of(Condition condition) {
    List<Condition> all = condition instanceof Condition.And and ? flat(and) : List.of(condition);
    // Before any index: those of names and runs know no member whose file was replaced.
    Optional<Condition.Members> members =
        all.stream()
            .filter(Condition.Members.class::isInstance)
            .map(Condition.Members.class::cast)
            .findFirst();
    if (members.isPresent()) {
      return new QueryPlan(
          Order.MEMBERS, null, members.get().datasets(), without(all, members.get()));
    }
    if (all.stream().anyMatch(QueryPlan::isFewRuns)
        && all.stream().noneMatch(c -> findsAtOnce(c) && !isFewRuns(c) && !isMeta(c))) {
      return new QueryPlan(Order.RUN, null, List.of(), new Condition.And(asked(all)));
    }
    if (all.stream().anyMatch(QueryPlan::findsAtOnce)) {
      return new QueryPlan(Order.SET, null, List.of(), condition);
    }
    if (all.stream().anyMatch(c -> bounds(c, Field.RUN))) {
      return new QueryPlan(Order.RUN, null, List.of(), condition);
    }
    Optional<Condition.NameLike> name =
        all.stream()
            .filter(Condition.NameLike.class::isInstance)
            .map(Condition.NameLike.class::cast)
            .filter(n -> !n.glob().prefix().isRoot())
            .findFirst();
    if (name.isPresent()) {
      return new QueryPlan(Order.NAME, name.get().glob(), List.of(), without(all, name.get()));
    }
    boolean season = all.stream().anyMatch(c -> bounds(c, Field.SEASON));
    return new QueryPlan(season ? Order.SEASON : Order.WALK, null, List.of(), condition);
  }

  /// A few runs are a few thousand files. Whether a key of the free metadata has a value is true of
  /// few files or of nearly all, and its index must be read through before that is known.
  private static boolean isFewRuns(Condition condition) {
    return switch (condition) {
      case Condition.Compare c -> c.field() == Field.RUN && c.operator() == Operator.EQUAL;
      case Condition.Between(Field field, Long from, Long to) ->
          field == Field.RUN && to - from < FEW_RUNS;
      default -> false;
    };
  }

  private static boolean isMeta(Condition condition) {
    return condition instanceof Condition.Meta;
  }

  private static List<Condition> asked(List<Condition> all) {
    return all.stream().map(c -> isMeta(c) ? new Condition.Asked(c) : c).toList();
  }

  private static Condition without(List<Condition> all, Condition leading) {
    List<Condition> rest = new ArrayList<>(all);
    rest.remove(leading);
    return rest.isEmpty() ? new Condition.Everything() : new Condition.And(rest);
  }

  private static List<Condition> flat(Condition.And and) {
    List<Condition> flat = new ArrayList<>();
    for (Condition condition : and.all()) {
      if (condition instanceof Condition.And inner) {
        flat.addAll(flat(inner));
      } else {
        flat.add(condition);
      }
    }
    return flat;
  }

  /// Whether an index yields few files for this condition alone.
  private static boolean findsAtOnce(Condition condition) {
    return switch (condition) {
      case Condition.Name n -> true;
      case Condition.Content c -> true;
      case Condition.ContainsEvent e -> true;
      case Condition.InBundle b -> true;
      case Condition.DerivedFrom d -> true;
      case Condition.At at -> at.state() != null && at.state() != ReplicaState.AVAILABLE;
      case Condition.Meta meta -> meta.operator() == Operator.EQUAL;
      case Condition.Compare c -> c.field() == Field.RUN && c.operator() == Operator.EQUAL;
      case Condition.Or or -> or.any().stream().allMatch(QueryPlan::findsAtOnceAlone);
      case Condition.And and -> and.all().stream().anyMatch(QueryPlan::findsAtOnce);
      default -> false;
    };
  }

  /// The same as one arm of an `or`, where only conditions on the file's own columns find anything.
  private static boolean findsAtOnceAlone(Condition condition) {
    return !(condition instanceof Condition.InBundle)
        && !(condition instanceof Condition.DerivedFrom)
        && !(condition instanceof Condition.At)
        && findsAtOnce(condition);
  }

  private static boolean bounds(Condition condition, Field field) {
    return switch (condition) {
      case Condition.Compare c -> c.field() == field && c.operator() != Operator.NOT_EQUAL;
      case Condition.Between b -> b.field() == field;
      case Condition.In in -> in.field() == field;
      default -> false;
    };
  }
}
