package dev.firn.inference.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.firn.events.DerivedTables;
import dev.firn.events.Pass;
import dev.firn.events.ScoreWorld;
import dev.firn.inference.InferenceException;
import dev.firn.inference.OnnxModels;
import dev.firn.inference.TestModels;
import dev.firn.inference.engine.ModelFiles;
import dev.firn.inference.engine.ModelRepository;
import dev.firn.inference.protocol.RemoteInference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreRunsTest {
  private static final String FEATURES =
      """
      SELECT e.file_id, e.frame, e.energy / 10, e.pulses, sum(p.charge)
      FROM events e JOIN pulses p ON p.run = e.run AND p.subrun = e.subrun AND p.event = e.event
      GROUP BY ALL
      """;
  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir Path dir;
  private ScoreWorld world;
  private ModelRepository models;
  private byte[] model;

  @BeforeEach
  void open() throws IOException {
    world = new ScoreWorld(dir);
    model = OnnxModels.perceptron(3, 3, 8, 2);
    put("tracks", 1, model, FEATURES);
    models =
        new ModelRepository(
            ModelFiles.in(world.area(), TestModels.ROOT), "madison", Duration.ofSeconds(10));
  }

  @AfterEach
  void close() throws IOException {
    models.close();
    world.close();
  }

  private void put(String name, int version, byte[] bytes, String features) throws IOException {
    Path directory = dir.resolve("storage/models").resolve(name);
    Files.createDirectories(directory.resolve("" + version));
    Files.write(directory.resolve(version + "/model.onnx"), bytes);
    Files.writeString(
        directory.resolve("config.pbtxt"),
        """
        max_batch_size: 16
        parameters { key: "firn.features" value { string_value: "%s" } }
        parameters { key: "firn.outputs" value { string_value: "track, cascade" } }
        """
            .formatted(features.replace("\n", " ")));
  }

  private ScoreRuns runs(ScoreRuns.Steps steps, RemoteInference... servers) {
    return new ScoreRuns(
        new ScoreRuns.Means(
            world.database(),
            new DerivedTables(world.means()),
            models,
            TestModels.ROOT,
            List.of(servers),
            dir.resolve("work")),
        steps);
  }

  private void requireWhole(Pass pass, int events) throws Exception {
    List<List<Object>> rows =
        world.ask(
            pass,
            """
            SELECT e.energy / 10, e.pulses, (SELECT sum(p.charge) FROM pulses p
              WHERE p.run = e.run AND p.subrun = e.subrun AND p.event = e.event),
              s.track, s.cascade, s.model_digest, s.server
            FROM events e JOIN scores_tracks_v1 s USING (file_id, frame) ORDER BY e.run, e.event
            """);
    assertThat(rows).hasSize(events);
    assertThat(world.ask(pass, "SELECT count(*) FROM scores_tracks_v1").getFirst().getFirst())
        .isEqualTo((long) events);
    float[] features = new float[events * 3];
    for (int i = 0; i < features.length; i++) {
      features[i] = ((Number) rows.get(i / 3).get(i % 3)).floatValue();
    }
    float[] expected = TestModels.direct(model, features, events);
    for (int i = 0; i < events; i++) {
      assertThat((Float) rows.get(i).get(3)).isCloseTo(expected[2 * i], within(1e-4f));
      assertThat((Float) rows.get(i).get(4)).isCloseTo(expected[2 * i + 1], within(1e-4f));
      assertThat(rows.get(i).get(5)).isEqualTo(models.model("tracks", "1").digest());
      assertThat(rows.get(i).get(6)).isEqualTo("madison");
    }
  }

  @Test
  void everyEventOfAPassHasItsScores() throws Exception {
    Pass pass = world.pass("pass2", 100, 3, 40);
    ScoreRuns.Progress done = runs(ScoreRuns.Steps.NONE).run(pass, "tracks", "", LONG, "tester");
    assertThat(done.table()).isEqualTo("pass2.scores_tracks_v1");
    assertThat(done.done()).isEqualTo(3);
    assertThat(done.left()).isZero();
    assertThat(done.rows()).isEqualTo(120);
    assertThat(done.unscored()).isZero();
    requireWhole(pass, 120);
    assertThat(runs(ScoreRuns.Steps.NONE).run(pass, "tracks", "", LONG, "tester").done()).isZero();
    requireWhole(pass, 120);
  }

  @Test
  void aCrashAtAnyStepLosesNothingAndScoresNothingTwice() throws Exception {
    Pass pass = world.pass("pass2", 100, 2, 20);
    List<String> seen = new ArrayList<>();
    runs(seen::add).run(world.pass("other", 101, 1, 5), "tracks", "", LONG, "tester");
    assertThat(seen).containsExactly("score", "publish", "swap", "done");
    for (String step : new HashSet<>(seen)) {
      ScoreRuns crashing =
          runs(s -> {
            if (s.equals(step)) {
              throw new IOException("crash before " + step);
            }
          });
      assertThatThrownBy(() -> crashing.run(pass, "tracks", "", LONG, "tester"))
          .hasStackTraceContaining("crash before " + step);
    }
    runs(ScoreRuns.Steps.NONE).run(pass, "tracks", "", LONG, "tester");
    requireWhole(pass, 40);
  }

  @Test
  void whoComesSecondChangesNothing() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 20);
    boolean[] first = {true};
    ScoreRuns slow =
        runs(s -> {
          if (s.equals("publish") && first[0]) {
            first[0] = false;
            runs(ScoreRuns.Steps.NONE).run(pass, "tracks", "", LONG, "other");
          }
        });
    slow.run(pass, "tracks", "", LONG, "tester");
    requireWhole(pass, 20);
  }

  @Test
  void eventsWithoutFeaturesHaveARowWithoutScores() throws Exception {
    put("tracks", 1, model, FEATURES.replace("GROUP BY", "WHERE e.event % 2 = 0 GROUP BY"));
    Pass pass = world.pass("pass2", 100, 1, 20);
    ScoreRuns.Progress done = runs(ScoreRuns.Steps.NONE).run(pass, "tracks", "", LONG, "tester");
    assertThat(done.rows()).isEqualTo(20);
    assertThat(done.unscored()).isEqualTo(10);
    assertThat(
            world.ask(
                pass,
                "SELECT count(*), count(track), count(server) FROM scores_tracks_v1"
                    + " WHERE event % 2 = 1"))
        .containsExactly(List.of(10L, 0L, 0L));
  }

  @Test
  void featuresThatDoNotFitAreRefusedInWords() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 5);
    put("few", 1, model, "SELECT file_id, frame, energy FROM events");
    put("double", 1, model, "SELECT file_id, frame, 1, 2, 3 FROM events, range(2)");
    Files.delete(dir.resolve("storage/models/few/1/model.onnx"));
    Files.write(dir.resolve("storage/models/few/1/model.onnx"), model);
    for (String name : List.of("few", "double")) {
      assertThatThrownBy(() -> runs(ScoreRuns.Steps.NONE).run(pass, name, "", LONG, "tester"))
          .isInstanceOf(InferenceException.class)
          .hasMessageContaining("firn.features");
    }
  }

  @Test
  void anotherFileOfTheSameVersionIsNotMixedIn() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 5);
    runs(ScoreRuns.Steps.NONE).run(pass, "tracks", "", LONG, "tester");
    put("tracks", 1, OnnxModels.perceptron(4, 3, 8, 2), FEATURES);
    try (ModelRepository other =
        new ModelRepository(
            ModelFiles.in(world.area(), TestModels.ROOT), "madison", Duration.ofSeconds(10))) {
      models.close();
      models = other;
      assertThatThrownBy(() -> runs(ScoreRuns.Steps.NONE).run(pass, "tracks", "", LONG, "tester"))
          .hasMessageContaining("make a new version");
    }
  }

  @Test
  void scoresAreMadeFromTheRowsTheyBelongTo() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 5);
    runs(ScoreRuns.Steps.NONE).run(pass, "tracks", "", LONG, "tester");
    Set<String> parents = new HashSet<>();
    for (var file :
        world
            .tables()
            .dataFiles(
                new dev.firn.columnar.iceberg.TableName("pass2", "scores_tracks_v1"), "main")) {
      parents.addAll(world.parents(world.tables().files().name(file.location()).toString()));
    }
    assertThat(parents).hasSize(2).allMatch(p -> p.startsWith("/data/tables/pass2/"));
  }
}
