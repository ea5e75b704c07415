import dev.firn.archive.BundleMember;
import dev.firn.archive.BundleOutcome;
import dev.firn.archive.BundlePipe;
import dev.firn.archive.BundlePlan;
import dev.firn.archive.BundleWriter;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.PosixArea;
import dev.firn.storage.PublishMode;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// Packing sixteen files into a bundle that is kept in an area: every member is hashed and compared
/// with what the catalog says, and the bundle is hashed as a whole. Beside it `cp` of the same files,
/// and `sha512sum` of them.
final class Bundling {
  private static final int MEMBERS = 16;
  private final Bench.Options options;

  Bundling(Bench.Options options) {
    this.options = options;
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    Path members = Files.createDirectory(folder.resolve("members"));
    List<BundleMember> plan = new ArrayList<>();
    for (int i = 0; i < MEMBERS; i++) {
      Path file = Shell.randomFile(members.resolve("member" + i), options.size() / MEMBERS);
      String sha512 = Shell.run("sha512sum", file.toString()).substring(0, 128);
      plan.add(
          new BundleMember(
              UUID.randomUUID(),
              file.getFileName().toString(),
              Files.size(file),
              new Checksum(ChecksumAlgorithm.SHA512, sha512),
              "{}"));
    }
    BundlePlan bundle = new BundlePlan(UUID.randomUUID(), Instant.now(), plan);
    Map<String, List<Shell.Cost>> costs = new LinkedHashMap<>();
    try (PosixArea area =
        Storing.area(folder.resolve("area"), Set.of(ChecksumAlgorithm.SHA512))) {
      pack(area, members, bundle);
      for (int run = 0; run < options.runs(); run++) {
        Storing.add(
            costs, "cp", Shell.time(Shell.words("cp", "-r", members, folder.resolve("copy"))));
        Shell.removeTree(folder.resolve("copy"));
        Storing.add(
            costs,
            "sha512sum",
            Shell.time(
                Shell.words("sh", "-c", "sha512sum '%s'/*".formatted(members))));
        Storing.add(
            costs, "firn: pack, hash twice", Storing.cost(() -> pack(area, members, bundle)));
      }
    }
    Storing.report("bundle", options, costs);
  }

  private static void pack(PosixArea area, Path members, BundlePlan bundle) throws Exception {
    LogicalName target = area.prefix().child("bundle.zip");
    try (StagedWrite staged = area.stage(target, StageOptions.DEFAULT)) {
      try (BundlePipe pipe = new BundlePipe(staged::write)) {
        BundleOutcome outcome =
            BundleWriter.write(
                bundle, member -> FileChannel.open(members.resolve(member.path())), pipe);
        if (!(outcome instanceof BundleOutcome.Packed)) {
          throw new IllegalStateException("not packed: " + outcome);
        }
        pipe.finish();
      }
      staged.publish(PublishMode.REPLACE, Checksums.NONE);
    }
  }
}
