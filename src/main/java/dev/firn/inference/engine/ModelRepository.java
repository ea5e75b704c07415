package dev.firn.inference.engine;

import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.Inference;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.ModelInfo;
import dev.firn.model.LogicalName;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
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
  private static final long LARGEST_MODEL = 1L << 30;
  private static final int LARGEST_CONFIG = 1 << 20;
  private static final String FILE = "model.onnx";
  private static final String VERSION = "[1-9]\\d{0,8}";
  private static final String CONFIG = "config.pbtxt";

  /// So long, a file that was looked at is taken for unchanged.
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

  private final StorageArea area;
  private final LogicalName root;
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
  public ModelRepository(StorageArea area, LogicalName root, String server, Duration patience) {
    this.area = area;
    this.root = root;
    this.server = server;
    this.patience = patience;
  }

  public String server() {
    return server;
  }

  /// The directory of a model: who may read it may ask the model.
  ///
  /// @throws InferenceException NOT_FOUND when no model can be called so
  public LogicalName directory(String model) {
    try {
      return root.child(model);
    } catch (IllegalArgumentException e) {
      throw missing(model);
    }
  }

  private static InferenceException missing(String model) {
    return new InferenceException(Kind.NOT_FOUND, "there is no model '" + model + "'");
  }

  /// What lies in the repository.
  ///
  /// @param state `READY`, or `UNAVAILABLE` with the reason when it cannot be loaded
  public record Listed(String name, String version, String state, String reason) {}

  /// Every version of every model. Each is loaded to say how it is.
  public List<Listed> list() {
    List<Listed> all = new ArrayList<>();
    for (String model : children(root)) {
      for (String version : versions(model)) {
        try {
          load(model, version);
          all.add(new Listed(model, version, "READY", ""));
        } catch (InferenceException e) {
          all.add(new Listed(model, version, "UNAVAILABLE", e.detail()));
        }
      }
    }
    return all;
  }

  private List<String> children(LogicalName directory) {
    List<String> names = new ArrayList<>();
    try {
      area.list(
          directory,
          entry -> {
            if (entry.directory()) {
              names.add(entry.name().lastSegment());
            }
          });
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.MISSING) {
        return List.of();
      }
      throw unreadable(directory, e);
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
    names.sort(Comparator.naturalOrder());
    return names;
  }

  private static InferenceException unreadable(LogicalName name, IOException e) {
    return new InferenceException(Kind.REMOTE, name + " cannot be read: " + e.getMessage(), e);
  }

  /// The versions of a model, the newest last.
  private List<String> versions(String model) {
    return children(directory(model)).stream()
        .filter(v -> v.matches(VERSION))
        .sorted(Comparator.comparingInt(Integer::parseInt))
        .toList();
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
    if (!version.matches(VERSION)) {
      return null;
    }
    LogicalName file = directory(model).child(version).child(FILE);
    LogicalName config = directory(model).child(CONFIG);
    try {
      Optional<StoredObject> stored = area.find(file).filter(f -> !f.directory());
      if (stored.isEmpty()) {
        return null;
      }
      Optional<StoredObject> described = area.find(config).filter(f -> !f.directory());
      String etag = stored.get().etag() + described.map(StoredObject::etag).orElse("");
      if (before != null && before.about().etag().equals(etag)) {
        return before;
      }
      byte[] bytes = read(file, LARGEST_MODEL);
      String text =
          described.isEmpty()
              ? null
              : new String(read(config, LARGEST_CONFIG), StandardCharsets.UTF_8);
      return LoadedModel.load(
          new LoadedModel.About(model, version, digest(bytes), etag, server),
          parsed(config, text),
          bytes);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static ModelConfig parsed(LogicalName name, @Nullable String text) {
    try {
      return ModelConfig.parse(text);
    } catch (IllegalArgumentException e) {
      throw new InferenceException(Kind.CLIENT, name + ": " + e.getMessage(), e);
    }
  }

  private byte[] read(LogicalName name, long most) throws IOException {
    try (ReadChannel channel = area.open(name)) {
      long size = channel.object().size();
      if (size > most) {
        throw new InferenceException(Kind.CLIENT, name + " is larger than " + most + " bytes");
      }
      ByteBuffer all = ByteBuffer.allocate((int) size);
      while (all.hasRemaining()) {
        if (channel.read(all, all.position()) < 0) {
          throw new IOException("the file ended early");
        }
      }
      return all.array();
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

  /// The file of a model's version.
  public LogicalName file(String name, String version) {
    return directory(name).child(load(name, version).about().version()).child(FILE);
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
