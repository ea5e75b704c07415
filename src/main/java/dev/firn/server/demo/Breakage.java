package dev.firn.server.demo;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// What the demo breaks: a process in the middle of a transfer, and one bit of an archived bundle.
final class Breakage {
  private static final int LOOK_MILLIS = 40;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String VERIFY = "/api/v1/archive/verify";

  private final DemoSites sites;
  private final HubClient hub;
  private final DemoState state;
  private final Progress progress;

  Breakage(DemoSites sites, HubClient hub, DemoState state, Progress progress) {
    this.sites = sites;
    this.hub = hub;
    this.state = state;
    this.progress = progress;
  }

  /// Watches for a transfer into an archive that has moved some of its bytes, and kills that
  /// archive.
  final class Killer implements AutoCloseable {
    private final Thread thread =
        Thread.ofPlatform().daemon().name("demo-killer").unstarted(this::watch);
    private volatile boolean over;
    private volatile boolean killed;

    private void watch() {
      try {
        while (!over && !killed) {
          look();
          Thread.sleep(LOOK_MILLIS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (IOException e) {
        progress.say("the hub did not answer the killer: " + e.getMessage());
      }
    }

    private void look() throws IOException, InterruptedException {
      for (JsonNode transfer : hub.get("/api/v1/overview").path("transfers")) {
        String destination = transfer.path("destination").asString();
        if (!transfer.path("state").asString().equals("active")
            || !DemoSites.ARCHIVES.contains(destination)) {
          continue;
        }
        // The disk tells sooner than the next performance marker would.
        long bytes = sites.staged(destination);
        if (bytes > 0) {
          SiteProcess process = sites.process(destination);
          progress.say(
              "kill -9 of %s (process %d) with %s of unfinished transfers, among them %s of %s"
                  .formatted(
                      destination,
                      process.pid(),
                      new ByteSize(bytes),
                      transfer.path("name").asString(),
                      new ByteSize(transfer.path("size").asLong())));
          state.put("killed", destination);
          process.kill();
          killed = true;
          return;
        }
      }
    }

    /// Everything was finished: a kill before that was survived.
    void finish() throws IOException {
      if (state.find("killed").isPresent()) {
        state.put("kills_survived", 1);
      } else {
        progress.say("no transfer was caught in the middle");
      }
    }

    @Override
    public void close() {
      over = true;
      thread.interrupt();
    }
  }

  Killer killOneArchiveInTheMiddle() {
    Killer killer = new Killer();
    if (state.find("killed").isEmpty()) {
      killer.thread.start();
    }
    return killer;
  }

  /// Flips one bit in the middle of an archived bundle behind everybody's back, has the archive
  /// audited, and has what was found repaired.
  void flipFindAndRepair() throws IOException, InterruptedException {
    if (state.number("corruptions_repaired") > 0) {
      return;
    }
    JsonNode bundle = chosen();
    String uuid = bundle.path("uuid").asString();
    String site = bundle.path("site").asString();
    if (state.number("corruptions_found") == 0) {
      flip(bundle);
      progress.say("one bit of bundle " + uuid + " at " + site + " is flipped; auditing it");
      String verdict = audit(uuid);
      if (verdict.equals("agrees")) {
        // A demo that was ended here may have flipped the bit before; now it is flipped back.
        flip(bundle);
        verdict = audit(uuid);
      }
      if (!verdict.equals("differs")) {
        progress.say("the flipped bit was NOT found: " + verdict);
        return;
      }
      state.put("corruptions_found", 1);
      progress.say("found: the archive's copy differs from what was verified; repairing it");
    }
    hub.lastLine(VERIFY, Map.of("bundle", uuid, "repair", true), "repaired");
    if (audit(uuid).equals("agrees")) {
      state.put("corruptions_repaired", 1);
      progress.say("repaired: rebuilt from good copies, sent, read back, verified again");
    } else {
      progress.say("bundle " + uuid + " is NOT repaired");
    }
  }

  private JsonNode chosen() throws IOException, InterruptedException {
    String before = state.find("flipped").orElse("");
    for (JsonNode bundle : hub.get("/api/v1/archive/bundles").path("bundles")) {
      if (before.isEmpty() || bundle.path("uuid").asString().equals(before)) {
        state.put("flipped", bundle.path("uuid").asString());
        return bundle;
      }
    }
    throw new IOException("there is no bundle to damage");
  }

  private void flip(JsonNode bundle) throws IOException {
    Path file = sites.stored(bundle.path("site").asString(), bundle.path("name").asString());
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      long middle = Files.size(file) / 2;
      bytes.seek(middle);
      int value = bytes.read();
      bytes.seek(middle);
      bytes.write(value ^ 0x10);
    }
  }

  /// What an audit of one bundle says, once nobody else works on it.
  private String audit(String uuid) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      String verdict =
          hub.lastLine(VERIFY, Map.of("bundle", uuid), "verdict").path("verdict").asString("");
      if (List.of("agrees", "differs", "missing").contains(verdict)
          || System.nanoTime() > deadline) {
        return verdict;
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }
}
