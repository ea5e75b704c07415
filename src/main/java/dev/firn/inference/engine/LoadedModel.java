package dev.firn.inference.engine;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.Tensor;
import dev.firn.inference.TensorSpec;
import dev.firn.inference.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One version of a model, ready to compute on the caller's thread.
final class LoadedModel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LoadedModel.class);
  private static final int ALIGNMENT = 64;

  private final About about;
  private final ModelConfig config;
  private final OrtSession session;
  private final List<TensorSpec> inputs;
  private final List<TensorSpec> outputs;
  private final BlockingQueue<Instance> free;
  private final ModelStatistics statistics = new ModelStatistics();

  /// Held for reading while a request is computed, for writing to end.
  private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();

  private boolean closed;

  /// Which model it is.
  ///
  /// @param etag of the files it was made from
  record About(String name, String version, String digest, String etag, String server) {}

  /// Room for the inputs of one request, where ONNX Runtime reads them.
  private static final class Instance {
    private ByteBuffer room = ByteBuffer.allocateDirect(0);

    ByteBuffer room(int bytes) {
      if (room.capacity() < bytes) {
        room = ByteBuffer.allocateDirect(Math.max(bytes, room.capacity() * 2));
      }
      return room.clear();
    }
  }

  private LoadedModel(About about, ModelConfig config, OrtSession session) throws OrtException {
    this.about = about;
    this.config = config;
    this.session = session;
    this.inputs = specs(session.getInputInfo());
    this.outputs = specs(session.getOutputInfo());
    this.free = new ArrayBlockingQueue<>(config.instances());
    for (int i = 0; i < config.instances(); i++) {
      free.add(new Instance());
    }
  }

  /// @throws InferenceException CLIENT when the bytes are not a model that can be computed
  static LoadedModel load(About about, ModelConfig config, byte[] model) {
    OnnxCheck.require(ByteBuffer.wrap(model));
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(config.threads());
      options.setInterOpNumThreads(1);
      // A thread that waits for work by turning takes a core from whoever has some.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      OrtSession session = Onnx.environment().createSession(model, options);
      try {
        return new LoadedModel(about, config, session);
      } catch (InferenceException e) {
        session.close();
        throw e;
      }
    } catch (OrtException e) {
      throw new InferenceException(
          Kind.CLIENT, "model %s cannot be loaded: %s".formatted(about.name(), firstLine(e)), e);
    }
  }

  private static String firstLine(OrtException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static List<TensorSpec> specs(Map<String, NodeInfo> nodes) {
    List<TensorSpec> specs = new ArrayList<>();
    for (NodeInfo node : nodes.values()) {
      if (!(node.getInfo() instanceof TensorInfo tensor)) {
        throw new InferenceException(
            Kind.CLIENT, "'" + node.getName() + "' is not a tensor: such models are not computed");
      }
      List<Long> shape = new ArrayList<>();
      for (long length : tensor.getShape()) {
        shape.add(length);
      }
      specs.add(new TensorSpec(node.getName(), type(node.getName(), tensor), shape));
    }
    return specs;
  }

  private static TensorType type(String name, TensorInfo info) {
    return switch (info.type) {
      case FLOAT -> TensorType.FP32;
      case DOUBLE -> TensorType.FP64;
      case INT8 -> TensorType.INT8;
      case INT16 -> TensorType.INT16;
      case INT32 -> TensorType.INT32;
      case INT64 -> TensorType.INT64;
      case UINT8 -> TensorType.UINT8;
      case BOOL -> TensorType.BOOL;
      case FLOAT16 -> TensorType.FP16;
      case BFLOAT16 -> TensorType.BF16;
      default ->
          throw new InferenceException(
              Kind.CLIENT, "'" + name + "' has elements that are not computed: " + info.onnxType);
    };
  }

  private static OnnxJavaType type(TensorType type) {
    return switch (type) {
      case FP32 -> OnnxJavaType.FLOAT;
      case FP64 -> OnnxJavaType.DOUBLE;
      case INT8 -> OnnxJavaType.INT8;
      case INT16 -> OnnxJavaType.INT16;
      case INT32 -> OnnxJavaType.INT32;
      case INT64 -> OnnxJavaType.INT64;
      case UINT8 -> OnnxJavaType.UINT8;
      case BOOL -> OnnxJavaType.BOOL;
      case FP16 -> OnnxJavaType.FLOAT16;
      case BF16 -> OnnxJavaType.BFLOAT16;
      default -> throw new IllegalStateException("no model takes " + type);
    };
  }

  About about() {
    return about;
  }

  ModelConfig config() {
    return config;
  }

  List<TensorSpec> inputs() {
    return inputs;
  }

  List<TensorSpec> outputs() {
    return outputs;
  }

  ModelStatistics statistics() {
    return statistics;
  }

  /// Computes when an instance is free.
  ///
  /// @param patience longest time in the queue
  InferResponse infer(InferRequest request, long patience) {
    long start = System.nanoTime();
    boolean done = false;
    try {
      List<Tensor> ordered = ordered(request);
      Set<String> wanted = wanted(request);
      InferResponse answer = queued(request, ordered, wanted, patience);
      done = true;
      return answer;
    } finally {
      (done ? statistics.successes : statistics.failures).increment();
      if (done) {
        statistics.requestNanos.add(System.nanoTime() - start);
      }
    }
  }

  private List<Tensor> ordered(InferRequest request) {
    Map<String, Tensor> given = new LinkedHashMap<>();
    for (Tensor tensor : request.inputs()) {
      if (given.put(tensor.name(), tensor) != null) {
        throw refused("input '" + tensor.name() + "' is given twice");
      }
    }
    List<Tensor> all = new ArrayList<>();
    for (TensorSpec spec : inputs) {
      Tensor tensor = given.remove(spec.name());
      if (tensor == null) {
        throw refused("input '" + spec.name() + "' is missing");
      }
      if (!spec.accepts(tensor.type(), tensor.shape())) {
        throw refused("input '" + spec.name() + "' is " + tensor + ", the model takes " + spec);
      }
      if (config.maxBatch() > 0 && tensor.rows() > config.maxBatch()) {
        throw refused(tensor.rows() + " rows are more than max_batch_size " + config.maxBatch());
      }
      all.add(tensor);
    }
    if (!given.isEmpty()) {
      throw refused("the model has no input " + given.keySet());
    }
    return all;
  }

  private Set<String> wanted(InferRequest request) {
    Set<String> names = new LinkedHashSet<>();
    outputs.forEach(o -> names.add(o.name()));
    if (request.outputs().isEmpty()) {
      return names;
    }
    for (String output : request.outputs()) {
      if (!names.contains(output)) {
        throw refused("the model has no output '" + output + "'");
      }
    }
    return new LinkedHashSet<>(request.outputs());
  }

  private InferenceException refused(String why) {
    return new InferenceException(Kind.CLIENT, "model " + about.name() + ": " + why);
  }

  private InferResponse queued(
      InferRequest request, List<Tensor> ordered, Set<String> wanted, long patience) {
    Instance instance = instance(patience);
    life.readLock().lock();
    try {
      if (closed) {
        throw new InferenceException(Kind.CAPACITY, "model " + about.name() + " is being replaced");
      }
      return new InferResponse(
          about.name(),
          about.version(),
          request.id(),
          compute(instance, ordered, wanted),
          new InferResponse.Origin(about.digest(), about.server()));
    } catch (OrtException e) {
      LOG.debug("model {}: {}", about.name(), e.getMessage());
      throw refused(firstLine(e));
    } finally {
      life.readLock().unlock();
      free.add(instance);
    }
  }

  private Instance instance(long patience) {
    Instance instance = free.poll();
    if (instance != null) {
      return instance;
    }
    long start = System.nanoTime();
    try {
      if (statistics.pending.incrementAndGet() > config.queue()) {
        throw new InferenceException(
            Kind.CAPACITY, "model %s: %d requests wait".formatted(about.name(), config.queue()));
      }
      instance = free.poll(patience, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InferenceException(Kind.CAPACITY, "stopped while waiting", e);
    } finally {
      statistics.pending.decrementAndGet();
      statistics.queueNanos.add(System.nanoTime() - start);
    }
    if (instance == null) {
      throw new InferenceException(
          Kind.CAPACITY, "model " + about.name() + ": waited too long in its queue");
    }
    return instance;
  }

  private List<Tensor> compute(Instance instance, List<Tensor> ordered, Set<String> wanted)
      throws OrtException {
    long start = System.nanoTime();
    Map<String, OnnxTensor> given = new LinkedHashMap<>();
    try {
      place(instance, ordered, given);
      long placed = System.nanoTime();
      try (OrtSession.Result result = session.run(given, wanted)) {
        long computed = System.nanoTime();
        List<Tensor> answers = new ArrayList<>();
        int i = 0;
        for (String name : wanted) {
          answers.add(tensor(name, (OnnxTensor) result.get(i++)));
        }
        statistics.executions.increment();
        statistics.rows.add(ordered.isEmpty() ? 1 : ordered.getFirst().rows());
        statistics.inputNanos.add(placed - start);
        statistics.computeNanos.add(computed - placed);
        statistics.outputNanos.add(System.nanoTime() - computed);
        return answers;
      }
    } finally {
      given.values().forEach(OnnxTensor::close);
    }
  }

  private static void place(Instance instance, List<Tensor> ordered, Map<String, OnnxTensor> given)
      throws OrtException {
    int bytes = 0;
    for (Tensor tensor : ordered) {
      bytes = Math.addExact(bytes, tensor.data().remaining() + ALIGNMENT);
    }
    ByteBuffer room = instance.room(bytes);
    for (Tensor tensor : ordered) {
      int from = (room.position() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      room.position(from).put(tensor.bytes());
      ByteBuffer part = room.slice(from, room.position() - from).order(ByteOrder.LITTLE_ENDIAN);
      long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
      given.put(
          tensor.name(),
          OnnxTensor.createTensor(Onnx.environment(), part, shape, type(tensor.type())));
    }
  }

  private static Tensor tensor(String name, OnnxTensor answer) {
    List<Long> shape = new ArrayList<>();
    for (long length : answer.getInfo().getShape()) {
      shape.add(length);
    }
    ByteBuffer data = answer.getByteBuffer();
    return new Tensor(name, type(name, answer.getInfo()), shape, data);
  }

  /// Waits for what is being computed.
  @Override
  public void close() {
    life.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        session.close();
      }
    } catch (OrtException e) {
      LOG.warn("model {} did not close: {}", about.name(), e.getMessage());
    } finally {
      life.writeLock().unlock();
    }
  }
}
