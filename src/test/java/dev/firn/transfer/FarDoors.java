package dev.firn.transfer;

import dev.firn.door.DoorConfig;
import dev.firn.door.PeerPolicy;
import dev.firn.door.TestSite;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Doors in a process of their own, for a network of their own: one for each directory that is
/// named, all at one address, behind gates: doors speak without TLS on loopback only. Prints the
/// gates' ports, and ends when its input does.
final class FarDoors {
  /// Slow enough that something can happen in the middle of a file.
  static final long BYTES_PER_SECOND = 2_000_000;

  private static final Duration STALL = Duration.ofSeconds(4);

  private FarDoors() {}

  public static void main(String[] args) throws Exception {
    InetAddress own = InetAddress.getByName(args[0]);
    List<String> ports = new ArrayList<>();
    for (String directory : List.of(args).subList(2, args.length)) {
      TestSite.Options options = new TestSite.Options();
      options.config =
          c ->
              c.withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain(args[0]).trustingPlain(args[1]))
                  .withCopies(new DoorConfig.Copies(8, BYTES_PER_SECOND, STALL, false));
      Gate gate = new Gate(own);
      gate.to(TestSite.start(Path.of(directory), options).plainPort());
      ports.add(Integer.toString(gate.port()));
    }
    System.out.println(String.join(" ", ports));
    System.out.flush();
    while (System.in.read() >= 0) {
      continue;
    }
    System.exit(0);
  }
}
