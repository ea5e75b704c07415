package dev.firn.catalog.run;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a good-run list says of a run.
///
/// @param list the name of the list
record Verdict(String list, @Nullable Integer season, GoodRunList.Row row) {
  static final String COLUMNS =
      "l.name, l.season, v.run, v.good_in_ice, v.good_ice_top, v.livetime, v.active_strings,"
          + " v.active_doms, v.active_in_ice, v.directory, v.comment";

  static Verdict of(ResultSet row) throws SQLException {
    return new Verdict(
        row.getString(1),
        row.getObject(2, Integer.class),
        new GoodRunList.Row(
            row.getInt(3),
            row.getBoolean(4),
            row.getObject(5, Boolean.class),
            row.getObject(6, Double.class),
            row.getObject(7, Integer.class),
            row.getObject(8, Integer.class),
            row.getObject(9, Integer.class),
            row.getString(10),
            row.getString(11)));
  }

  /// Why the run is good, or not, in one line.
  String why() {
    List<String> says = new ArrayList<>();
    says.add(list + " says " + (row.goodInIce() ? "good" : "bad") + " for in-ice");
    Boolean iceTop = row.goodIceTop();
    if (iceTop != null) {
      says.add((iceTop ? "good" : "bad") + " for IceTop");
    }
    String comment = row.comment();
    if (comment != null) {
      says.add(comment);
    }
    return String.join(", ", says);
  }
}
