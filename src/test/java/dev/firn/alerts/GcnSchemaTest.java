package dev.firn.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.firn.Npm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What we compose, before two validators that share no code, by the schema that GCN publishes.
@Tag("peer")
class GcnSchemaTest {
  private static final String SCHEMA =
      "https://gcn.nasa.gov/schema/v7.2.3/gcn/notices/icecube/single_neutrino_alerts.schema.json";

  /// Prints a line a document: `true`, or what is wrong.
  private static final String AJV =
      """
      import Ajv from 'ajv/dist/2020.js';
      import formats from 'ajv-formats';
      import fs from 'fs';
      import path from 'path';
      const ajv = new Ajv({ strict: false });
      formats(ajv);
      const walk = d => fs.readdirSync(d, { withFileTypes: true }).flatMap(e => e.isDirectory()
        ? walk(path.join(d, e.name)) : e.name.endsWith('.schema.json') ? [path.join(d, e.name)] : []);
      walk('node_modules/@nasa-gcn/schema').forEach(f => ajv.addSchema(JSON.parse(fs.readFileSync(f))));
      const [id, file] = process.argv.slice(2);
      for (const line of fs.readFileSync(file, 'utf8').trim().split('\\n')) {
        console.log(ajv.validate(id, JSON.parse(line)) ? 'true' : JSON.stringify(ajv.errors));
      }
      """;

  private static Npm npm;

  @BeforeAll
  static void fetch() throws Exception {
    npm = Npm.install("gcn-schema", "ajv@8", "ajv-formats@3", "@nasa-gcn/schema@7.2.3");
  }

  /// Documents by what they are; those whose name begins with `wrong` must be refused.
  private static Map<String, ObjectNode> documents() {
    Map<String, ObjectNode> all = new LinkedHashMap<>();
    Instant now = Instant.parse("2023-04-16T05:23:00Z");
    for (String tense : List.of("current", "test", "injection")) {
      Candidate bare = NoticesTest.candidate(1, 0.6, tense);
      Candidate whole =
          new Candidate(
              137_840,
              1,
              "cascade",
              NoticesTest.TRIGGER,
              0,
              -90,
              12,
              0.5,
              null,
              1,
              null,
              tense,
              true,
              "https://example.org/map.fits.gz",
              null,
              null);
      int revision = 0;
      for (Notice.Kind kind : Notice.Kind.values()) {
        for (Candidate c : List.of(bare, whole)) {
          String pipeline = c == bare ? "Gold Track Alert" : "Cascade Alert";
          String why = kind == Notice.Kind.RETRACTION ? "a flasher run" : null;
          Composer.Heading heading =
              new Composer.Heading("IceCube-230416A", revision, kind, pipeline, now, why);
          all.put(tense + " " + kind + " " + c.topology(), Composer.json(c, heading));
        }
        revision++;
      }
    }
    ObjectNode good = all.get("current INITIAL track");
    all.put("wrong map", good.deepCopy().putNull("healpix_url"));
    all.put("wrong tense", good.deepCopy().put("alert_tense", "injections"));
    all.put("wrong pipeline", good.deepCopy().put("pipeline", "Silver"));
    all.put("wrong number", good.deepCopy().put("record_number", "1"));
    return all;
  }

  @Test
  void ajvAcceptsWhatWeComposeAndNothingElse() throws Exception {
    Map<String, ObjectNode> documents = documents();
    List<String> verdicts =
        npm.verdicts(AJV, documents.values().stream().map(ObjectNode::toString).toList(), SCHEMA);
    int i = 0;
    for (String name : documents.keySet()) {
      String verdict = verdicts.get(i++);
      assertThat(verdict.equals("true"))
          .as(name + ": " + verdict)
          .isEqualTo(!name.startsWith("wrong"));
    }
  }

  @Test
  void networkntAgrees() throws IOException {
    Map<String, String> schemas = new HashMap<>();
    try (Stream<Path> files = Files.walk(npm.modules().resolve("@nasa-gcn/schema"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".schema.json")).toList()) {
        String text = Files.readString(file);
        schemas.put(new JsonMapper().readTree(text).path("$id").asString(), text);
      }
    }
    SchemaRegistry registry =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(schemas));
    Schema schema = registry.getSchema(SchemaLocation.of(SCHEMA));
    documents()
        .forEach((name, document) ->
            assertThat(schema.validate(document).isEmpty())
                .as(name + ": " + schema.validate(document))
                .isEqualTo(!name.startsWith("wrong")));
  }
}
