package dev.firn.inference.engine;

import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.Inference;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.ModelInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// All models below one directory, loaded when they are first asked for and again when their file
/// has changed.
public final class ModelRepository implements Inference {
  private static final String READY = "READY";
  private static final long LARGEST_MODEL = 1L << 30;
  private static final int LARGEST_CONFIG = 1 << 20;
  private static final String FILE = "model.onnx";
  private static final String VERSION = "[1-9]\\d{0,8}";
  private static final String CONFIG = "config.pbtxt";

  /// So long, a file that was looked at is taken for unchanged.
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

  private final ModelFiles files;
  private final String server;
  private final Duration patience;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  private final Map<String, Newest> newest = new ConcurrentHashMap<>();

  /// The newest version of a model and when it was last looked for.
  private record Newest(String version, long looked) {}

  /// A model and when its files were last looked at, in [System#nanoTime].
  private record Known(LoadedModel model, long looked) {}

  /// @param server named in answers as who computed them
  /// @param patience longest time that a request waits for an instance
  public ModelRepository(ModelFiles files, String server, Duration patience) {
    this.files = files;
    this.server = server;
    this.patience = patience;
  }

  public String server() {
    return server;
  }

  private static InferenceException missing(String model) {
    return new InferenceException(Kind.NOT_FOUND, "there is no model '" + model + "'");
  }

  /// What lies in the repository.
  ///
  /// @param state `READY`, or `UNAVAILABLE` with the reason when it cannot be loaded
  public record Listed(String name, String version, String state, String reason) {
    public boolean isReady() {
      return state.equals(READY);
    }
  }

  /// Every version of every model. Each is loaded to say how it is.
  public List<Listed> list() {
    List<Listed> all = new ArrayList<>();
    for (String model : children("")) {
      for (String version : versions(model)) {
        try {
          load(model, version);
          all.add(new Listed(model, version, READY, ""));
        } catch (InferenceException e) {
          all.add(new Listed(model, version, "UNAVAILABLE", e.detail()));
        }
      }
    }
    return all;
  }

  private List<String> children(String directory) {
    try {
      return files.directories(directory);
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
  }

  private static InferenceException unreadable(String path, IOException e) {
    return new InferenceException(
        Kind.REMOTE, "models: " + path + " cannot be read: " + e.getMessage(), e);
  }

  /// The versions of a model, the newest last.
  private List<String> versions(String model) {
    return !isName(model)
        ? List.of()
        : children(model).stream()
            .filter(v -> v.matches(VERSION))
            .sorted(Comparator.comparingInt(Integer::parseInt))
            .toList();
  }

  private static boolean isName(String model) {
    return model.matches("[A-Za-z0-9_.-]{1,100}") && !model.startsWith(".");
  }

  private LoadedModel load(String model, String asked) {
    String version = asked.isEmpty() ? newest(model) : asked;
    String key = model + "/" + version;
    Known at = known.get(key);
    if (at != null && !isOld(at.looked())) {
      return at.model();
    }
    Known now =
        known.compute(
            key,
            (k, before) -> {
              LoadedModel was = before == null ? null : before.model();
              LoadedModel is = fresh(model, version, was);
              if (was != null && is != was) {
                was.close();
              }
              return is == null ? null : new Known(is, System.nanoTime());
            });
    if (now == null) {
      throw new InferenceException(
          Kind.NOT_FOUND, "model '%s' has no version '%s'".formatted(model, version));
    }
    return now.model();
  }

  private static boolean isOld(long looked) {
    return System.nanoTime() - looked >= LOOK_AGAIN.toNanos();
  }

  private String newest(String model) {
    Newest at = newest.get(model);
    if (at != null && !isOld(at.looked())) {
      return at.version();
    }
    List<String> versions = versions(model);
    if (versions.isEmpty()) {
      newest.remove(model);
      throw missing(model);
    }
    newest.put(model, new Newest(versions.getLast(), System.nanoTime()));
    return versions.getLast();
  }

  /// Null when the version is not there.
  private @Nullable LoadedModel fresh(String model, String version, @Nullable LoadedModel before) {
    if (!isName(model) || !version.matches(VERSION)) {
      return null;
    }
    String file = path(model, version);
    String config = model + "/" + CONFIG;
    try {
      Optional<String> mark = files.mark(file);
      if (mark.isEmpty()) {
        return null;
      }
      Optional<String> described = files.mark(config);
      String etag = mark.get() + " " + described.orElse("");
      if (before != null && before.about().etag().equals(etag)) {
        return before;
      }
      byte[] bytes = files.read(file, LARGEST_MODEL);
      String text =
          described.isEmpty()
              ? null
              : new String(files.read(config, LARGEST_CONFIG), StandardCharsets.UTF_8);
      return LoadedModel.load(
          new LoadedModel.About(model, version, digest(bytes), etag, server),
          parsed(config, text),
          bytes);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /// Where a model's version lies below the repository.
  public static String path(String model, String version) {
    return model + "/" + version + "/" + FILE;
  }

  private static ModelConfig parsed(String name, @Nullable String text) {
    try {
      return ModelConfig.parse(text);
    } catch (IllegalArgumentException e) {
      throw new InferenceException(Kind.CLIENT, name + ": " + e.getMessage(), e);
    }
  }

  private static String digest(byte[] bytes) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public ModelInfo model(String name, String version) {
    LoadedModel model = load(name, version);
    return new ModelInfo(
        name,
        versions(name),
        "onnxruntime_onnx",
        model.inputs(),
        model.outputs(),
        model.about().digest());
  }

  /// How a model is configured.
  public ModelConfig config(String name, String version) {
    return load(name, version).config();
  }

  /// The version that an empty one stands for.
  public String version(String name, String asked) {
    return load(name, asked).about().version();
  }

  @Override
  public InferResponse infer(InferRequest request) {
    return load(request.model(), request.version()).infer(request, patience.toNanos());
  }

  /// What every loaded version has done, in Prometheus's text format under Triton's names.
  public String metrics() {
    return TritonMetrics.text(new TreeMap<>(known).values().stream().map(Known::model).toList());
  }

  @Override
  public void close() {
    known.values().forEach(k -> k.model().close());
    known.clear();
  }
}
