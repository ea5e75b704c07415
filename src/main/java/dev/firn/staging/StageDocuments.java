package dev.firn.staging;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.publication.Croissant;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What lies beside the shards. None of it holds a date or an address, so that it too is the same
/// on any machine.
final class StageDocuments {
  static final String MANIFEST = "manifest.json";
  static final String SUMS = "SHA256SUMS";
  static final String VERIFIER = "verify.sh";
  static final String CROISSANT = "croissant.json";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private StageDocuments() {}

  /// A file of a shard.
  record ShardFile(String path, long bytes, String sha256) {}

  /// A shard that is there.
  record Shard(String split, int number, long events, List<ShardFile> files) {
    Shard {
      files = List.copyOf(files);
    }
  }

  static byte[] manifest(StagePlan plan, List<Shard> shards) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("name", plan.name());
    root.put("dataset", plan.dataset());
    root.put("where", plan.where());
    root.put("format", plan.format());
    root.put("seed", plan.seed());
    root.put("splits", plan.splits());
    long events = 0;
    long bytes = 0;
    List<Map<String, Object>> files = new ArrayList<>();
    for (Shard shard : shards) {
      events += shard.events();
      for (ShardFile file : shard.files()) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("path", file.path());
        view.put("bytes", file.bytes());
        view.put("sha256", file.sha256());
        view.put("split", shard.split());
        view.put("shard", shard.number());
        view.put("events", shard.events());
        files.add(view);
        bytes += file.bytes();
      }
    }
    root.put("events", events);
    root.put("bytes", bytes);
    root.put("files", files);
    return (JSON.writeValueAsString(root) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /// As `sha256sum -c` reads it.
  static byte[] sums(List<Shard> shards) {
    StringBuilder out = new StringBuilder();
    for (Shard shard : shards) {
      for (ShardFile file : shard.files()) {
        out.append(file.sha256()).append("  ").append(file.path()).append('\n');
      }
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  static byte[] verifier() {
    try (InputStream in = StageDocuments.class.getResourceAsStream(VERIFIER)) {
      return Objects.requireNonNull(in, VERIFIER).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] croissant(StagePlan plan, List<Shard> shards, byte[] manifest) {
    String description =
        "Events of %s%s, in %s shards, shuffled with seed %d."
            .formatted(
                plan.dataset(),
                plan.where().isBlank() ? "" : " where " + plan.where(),
                plan.format(),
                plan.seed());
    ObjectNode root = Croissant.dataset(plan.name(), description);
    root.put("version", "1.0.0");
    root.putObject("prov:wasDerivedFrom").put("@id", plan.dataset());
    root.put("identifier", "sha256:" + Hashes.checksum(ChecksumAlgorithm.SHA256, manifest).hex());
    for (Shard shard : shards) {
      for (ShardFile file : shard.files()) {
        Croissant.addFile(root, file.path(), file.bytes(), file.sha256(), type(file.path()));
      }
    }
    return (JSON.writeValueAsString(root) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String type(String path) {
    return path.endsWith(".tar") ? "application/x-tar" : "application/vnd.apache.parquet";
  }
}
