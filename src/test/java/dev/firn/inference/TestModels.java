package dev.firn.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.firn.inference.engine.ModelFiles;
import dev.firn.inference.engine.ModelRepository;
import dev.firn.model.LogicalName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.TestAreas;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;

/// A repository of models in a directory, and ONNX Runtime without anything around it.
public final class TestModels implements AutoCloseable {
  public static final LogicalName ROOT = LogicalName.parse("/data/models");
  private final Path storage;
  private final StorageArea area;
  private final ModelRepository repository;

  public TestModels(Path directory, String server) throws IOException {
    storage = Files.createDirectories(directory.resolve("storage"));
    area = TestAreas.open(storage);
    repository = new ModelRepository(ModelFiles.in(area, ROOT), server, Duration.ofSeconds(10));
  }

  public ModelRepository repository() {
    return repository;
  }

  public StorageArea area() {
    return area;
  }

  public TestModels put(String model, int version, byte[] bytes) throws IOException {
    return file(model + "/" + version + "/model.onnx", bytes);
  }

  public TestModels config(String model, String text) throws IOException {
    return file(model + "/config.pbtxt", text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private TestModels file(String path, byte[] bytes) throws IOException {
    Path file = storage.resolve("models").resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
    return this;
  }

  public static float[] events(long seed, int rows, int width) {
    Random random = new Random(seed);
    float[] values = new float[rows * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /// What ONNX Runtime says when it is called directly.
  public static float[] direct(byte[] model, float[] events, int rows) throws Exception {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[] shape = {rows, events.length / rows};
    try (OrtSession session = environment.createSession(model);
        OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(events), shape);
        OrtSession.Result result = session.run(Map.of("input", input))) {
      FloatBuffer answer = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] copy = new float[answer.remaining()];
      answer.get(copy);
      return copy;
    }
  }

  @Override
  public void close() throws IOException {
    repository.close();
    area.close();
  }
}
