package dev.firn.catalog;

import dev.firn.catalog.Condition.Field;
import java.util.EnumSet;
import java.util.Set;

/// Which questions for totals are answered from what the triggers kept, without looking at a file:
/// those that ask for nothing but season, level, type, owner and group.
final class KeptTotals {
  private static final Set<Field> KNOWN =
      EnumSet.of(Field.SEASON, Field.LEVEL, Field.TYPE, Field.OWNER, Field.GROUP);

  private KeptTotals() {}

  static boolean answer(Condition condition) {
    return switch (condition) {
      case Condition.Everything e -> true;
      case Condition.And and -> and.all().stream().allMatch(KeptTotals::answer);
      case Condition.Or or -> or.any().stream().allMatch(KeptTotals::answer);
      case Condition.Not not -> answer(not.condition());
      case Condition.Compare c -> KNOWN.contains(c.field());
      case Condition.Between b -> KNOWN.contains(b.field());
      case Condition.In in -> KNOWN.contains(in.field());
      default -> false;
    };
  }

  /// The kept totals of a condition's live files, as rows `f` with `files` and `bytes` that are to
  /// be added up; some groups may add up to no file.
  static Sql among(Condition condition) {
    return new Sql()
        .add(" FROM (SELECT nullif(v.season, 0) AS season, v.level, v.data_type, v.owner,")
        .add(" v.working_group, v.files, v.bytes FROM (SELECT * FROM volume UNION ALL")
        .add(" SELECT * FROM volume_delta) v WHERE v.site = 0 AND v.state = 1) f WHERE ")
        .add(QueryCompiler.compile(condition));
  }
}
