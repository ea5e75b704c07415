package dev.firn.catalog.filecatalog;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// The types of the fields that the File Catalog declares; what it does not declare is kept as it
/// is.
final class DocumentSchema {
  private enum Kind {
    TEXT("a text"),
    WHOLE("a whole number"),
    NUMBER("a number"),
    FLAG("true or false"),
    LIST("an array"),
    OBJECT("an object");

    final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  private static final Map<String, Kind> KINDS = kinds();

  private DocumentSchema() {}

  private static Map<String, Kind> kinds() {
    Map<String, Kind> kinds = new TreeMap<>();
    declare(kinds, "", Kind.TEXT, "create_date data_type processing_level content_status");
    declare(kinds, "", Kind.LIST, "software");
    declare(kinds, "", Kind.OBJECT, "run offline_processing_metadata iceprod simulation lta");
    declare(
        kinds,
        "run.",
        Kind.WHOLE,
        "run_number subrun_number part_number first_event last_event event_count");
    declare(kinds, "run.", Kind.TEXT, "start_datetime end_datetime");
    String offline = "offline_processing_metadata.";
    declare(
        kinds,
        offline,
        Kind.WHOLE,
        "dataset_id season L2_snapshot_id L2_production_version L3_source_dataset_id");
    declare(kinds, offline, Kind.TEXT, "season_name L2_gcd_file working_group validation_date");
    declare(kinds, offline, Kind.FLAG, "validation_validated");
    declare(kinds, offline, Kind.OBJECT, "validation_software first_event last_event");
    declare(kinds, offline, Kind.NUMBER, "livetime");
    declare(kinds, offline, Kind.LIST, "gaps");
    declare(kinds, "iceprod.", Kind.WHOLE, "dataset job");
    declare(kinds, "iceprod.", Kind.TEXT, "dataset_id job_id task task_id config");
    declare(
        kinds,
        "simulation.",
        Kind.TEXT,
        "generator composition geometry GCD_file bulk_ice_model hole_ice_model photon_propagator"
            + " atmosphere hadronic_interaction");
    declare(kinds, "simulation.", Kind.WHOLE, "n_events oversampling");
    declare(
        kinds,
        "simulation.",
        Kind.NUMBER,
        "DOMefficiency DOMoversize energy_min energy_max power_law_index cylinder_length"
            + " cylinder_radius zenith_min zenith_max");
    declare(kinds, "lta.", Kind.TEXT, "date_archived");
    return kinds;
  }

  private static void declare(Map<String, Kind> kinds, String prefix, Kind kind, String names) {
    for (String name : names.split(" ")) {
      kinds.put(prefix + name, kind);
    }
  }

  /// @throws Refusal 400, naming the field and what it should be
  static void check(JsonNode document) {
    for (Map.Entry<String, Kind> entry : KINDS.entrySet()) {
      JsonNode value = document;
      for (String key : entry.getKey().split("\\.")) {
        value = value.path(key);
      }
      if (!value.isMissingNode() && !value.isNull() && !fits(entry, value)) {
        throw Refusal.bad("the field '" + entry.getKey() + "' must be " + entry.getValue().words);
      }
    }
  }

  private static boolean fits(Map.Entry<String, Kind> entry, JsonNode value) {
    return switch (entry.getValue()) {
      case TEXT -> value.isString();
      // Seasons were written both ways for years.
      case WHOLE ->
          value.isIntegralNumber()
              || (entry.getKey().endsWith(".season") && value.asString("").matches("\\d{4}"));
      case NUMBER -> value.isNumber();
      case FLAG -> value.isBoolean();
      case LIST -> value.isArray();
      case OBJECT -> value.isObject();
    };
  }
}
