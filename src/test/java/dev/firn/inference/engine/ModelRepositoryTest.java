package dev.firn.inference.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.InferenceException;
import dev.firn.inference.OnnxModels;
import dev.firn.inference.Tensor;
import dev.firn.inference.TestModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRepositoryTest {
  @TempDir Path dir;
  private TestModels models;
  private ModelRepository repository;

  @BeforeEach
  void open() throws Exception {
    models = new TestModels(dir, "madison");
    repository = models.repository();
  }

  @AfterEach
  void close() throws Exception {
    models.close();
  }

  private static InferRequest request(String model, int rows) {
    return InferRequest.of(
        model, Tensor.floats("input", List.of((long) rows, 16L), TestModels.events(3, rows, 16)));
  }

  @Test
  void answersAreThoseOfOnnxRuntimeCalledDirectly() throws Exception {
    byte[] model = OnnxModels.perceptron(1, 16, 64, 64, 32, 5);
    models.put("mlp", 1, model);
    for (int rows : List.of(1, 7, 256)) {
      InferResponse answer = repository.infer(request("mlp", rows));
      float[] expected = TestModels.direct(model, TestModels.events(3, rows, 16), rows);
      assertThat(answer.output("output").floats()).containsExactly(expected, within(1e-6f));
      assertThat(answer.output("output").shape()).containsExactly((long) rows, 5L);
    }
  }

  @Test
  void answersSayWhichFileAndWhoComputedThem() throws Exception {
    models.put("mlp", 1, OnnxModels.perceptron(1, 16, 4));
    InferResponse.Origin first = repository.infer(request("mlp", 1)).origin();
    assertThat(first.server()).isEqualTo("madison");
    assertThat(first.digest()).matches("sha256:[0-9a-f]{64}");
    assertThat(repository.model("mlp", "1").digest()).isEqualTo(first.digest());
  }

  @Test
  void theNewestVersionIsMeantAndOlderOnesStay() throws Exception {
    models.put("mlp", 2, OnnxModels.perceptron(2, 16, 4));
    models.put("mlp", 10, OnnxModels.perceptron(10, 16, 4));
    assertThat(repository.infer(request("mlp", 1)).version()).isEqualTo("10");
    assertThat(repository.model("mlp", "2").versions()).containsExactly("2", "10");
    assertThat(repository.list().stream().map(ModelRepository.Listed::state))
        .containsExactly("READY", "READY");
  }

  @Test
  void aReplacedFileIsLoadedAgainWhileItIsAsked() throws Exception {
    models.put("mlp", 1, OnnxModels.perceptron(1, 16, 64, 4));
    String before = repository.infer(request("mlp", 1)).origin().digest();
    Path file = dir.resolve("storage/models/mlp/1/model.onnx");
    Path next = Files.write(dir.resolve("next"), OnnxModels.perceptron(2, 16, 64, 4));
    Files.move(next, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    long end = System.nanoTime() + 20_000_000_000L;
    String now = before;
    while (now.equals(before) && System.nanoTime() < end) {
      now = repository.infer(request("mlp", 8)).origin().digest();
    }
    assertThat(now).isNotEqualTo(before);
  }

  @Test
  void weightsInOtherFilesAreRefused() throws Exception {
    models.put("spy", 1, OnnxModels.external("../../../secret"));
    assertThatThrownBy(() -> repository.model("spy", ""))
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining("files beside itself");
    assertThat(repository.list())
        .singleElement()
        .satisfies(l -> {
          assertThat(l.state()).isEqualTo("UNAVAILABLE");
          assertThat(l.reason()).contains("files beside itself");
        });
  }

  @Test
  void whatIsNoModelIsRefused() throws Exception {
    models.put("empty", 1, new byte[0]).put("text", 1, "not a model".getBytes());
    for (String model : List.of("empty", "text")) {
      assertThatThrownBy(() -> repository.model(model, ""))
          .isInstanceOfSatisfying(
              InferenceException.class,
              e -> assertThat(e.kind()).isEqualTo(InferenceException.Kind.CLIENT));
    }
  }

  @Test
  void whatIsNotThereIsNotFound() throws Exception {
    models.put("mlp", 1, OnnxModels.perceptron(1, 16, 4));
    for (String[] asked :
        List.of(
            new String[] {"other", ""},
            new String[] {"mlp", "2"},
            new String[] {"mlp", "../1"},
            new String[] {"..", ""})) {
      assertThatThrownBy(() -> repository.model(asked[0], asked[1]))
          .isInstanceOfSatisfying(
              InferenceException.class,
              e -> assertThat(e.kind()).isEqualTo(InferenceException.Kind.NOT_FOUND));
    }
  }

  @Test
  void inputsThatDoNotFitAreRefusedBeforeTheEngineSeesThem() throws Exception {
    models.put("mlp", 1, OnnxModels.perceptron(1, 16, 4)).config("mlp", "max_batch_size: 8");
    Tensor narrow = Tensor.floats("input", List.of(1L, 4L), new float[4]);
    Tensor other = Tensor.floats("other", List.of(1L, 16L), new float[16]);
    Tensor good = Tensor.floats("input", List.of(1L, 16L), new float[16]);
    List<List<Tensor>> wrong =
        List.of(List.of(narrow), List.of(), List.of(good, other), List.of(good, good));
    for (List<Tensor> inputs : wrong) {
      assertThatThrownBy(() -> repository.infer(new InferRequest("mlp", "", "", inputs, List.of())))
          .isInstanceOfSatisfying(
              InferenceException.class,
              e -> assertThat(e.kind()).isEqualTo(InferenceException.Kind.CLIENT));
    }
    assertThatThrownBy(() -> repository.infer(request("mlp", 9))).hasMessageContaining("max_batch");
    assertThat(repository.infer(request("mlp", 8)).output("output").rows()).isEqualTo(8);
    assertThat(repository.metrics())
        .contains("nv_inference_request_success{model=\"mlp\",version=\"1\"} 1\n")
        .contains("nv_inference_request_failure{model=\"mlp\",version=\"1\"} 5\n")
        .contains("nv_inference_count{model=\"mlp\",version=\"1\"} 8\n");
  }

  @Test
  void aFullQueueSaysSo() throws Exception {
    models
        .put("wide", 1, OnnxModels.perceptron(1, 16, 2048, 2048, 4))
        .config(
            "wide",
            """
            # one at a time, one waiting
            instance_group [ { count: 1 kind: KIND_CPU } ]
            dynamic_batching { default_queue_policy { max_queue_size: 1 } }
            parameters { key: "intra_op_thread_count" value { string_value: "1" } }
            """);
    repository.model("wide", "");
    AtomicInteger full = new AtomicInteger();
    AtomicInteger answered = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService pool = Executors.newFixedThreadPool(16)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        all.add(
            pool.submit(() -> {
              go.await();
              try {
                repository.infer(request("wide", 64));
                answered.incrementAndGet();
              } catch (InferenceException e) {
                assertThat(e.kind()).isEqualTo(InferenceException.Kind.CAPACITY);
                full.incrementAndGet();
              }
              return null;
            }));
      }
      go.countDown();
      for (Future<?> each : all) {
        each.get();
      }
    }
    assertThat(answered.get()).isPositive();
    assertThat(full.get()).isPositive();
    assertThat(answered.get() + full.get()).isEqualTo(16);
  }

  @Test
  void configurationsAreReadAsTritonReadsThem() {
    ModelConfig config =
        ModelConfig.parse(
            """
            name: "mlp"  # a comment
            backend: 'onnxruntime'
            max_batch_size : 256
            input [ { name: "input" data_type: TYPE_FP32 dims: [ 16 ] } ]
            instance_group [ { count: 2 }, { kind: KIND_CPU } ]
            parameters: { key: "intra_op_thread_count" value: { string_value: "2" } }
            parameters { key: "firn.features" value { string_value: "SELECT 1,\\n"
              "2" } }
            """);
    assertThat(config.maxBatch()).isEqualTo(256);
    assertThat(config.instances()).isEqualTo(3);
    assertThat(config.threads()).isEqualTo(2);
    assertThat(config.parameter("firn.features")).contains("SELECT 1,\n2");
    for (String wrong :
        List.of(
            "name: \"x", "a { b: 1", "max_batch_size: many", "platform: \"tensorrt_plan\"", "{")) {
      assertThatThrownBy(() -> ModelConfig.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
