package dev.firn.door;

import dev.firn.door.admission.Ask;
import dev.firn.door.admission.Direction;
import dev.firn.door.admission.Passage;
import dev.firn.http.ByteFlow;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.ChannelStream;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.Optional;

/// Files of this site that its own process sends to another, without a request to its own door:
/// they are admitted, paced, accounted for and told like those that a client fetches.
///
/// Whole files in memory: for small ones.
public final class OwnFiles {
  /// The subject of the tokens of transfers, as whom they are admitted.
  private static final String WHO = "firn-transfer";

  private final SiteName site;
  private final StorageArea area;
  private final DoorConfig config;

  /// @param config that of the site's door
  public OwnFiles(SiteName site, StorageArea area, DoorConfig config) {
    this.site = site;
    this.area = area;
    this.config = config;
  }

  /// Whether a name at a site is one that lies here, if it is there at all.
  public boolean covers(SiteName at, LogicalName name) {
    return site.equals(at) && name.startsWith(area.prefix());
  }

  /// A file on its way out, admitted until it is closed; what passes is counted by `flow`.
  public static final class Leaving implements AutoCloseable {
    private final byte[] bytes;
    private final Passage passage;
    private final FlowListener.Ended told;

    private Leaving(byte[] bytes, Passage passage, FlowListener.Ended told) {
      this.bytes = bytes;
      this.passage = passage;
      this.told = told;
    }

    public byte[] bytes() {
      return bytes;
    }

    public ByteFlow flow() {
      return passage;
    }

    @Override
    public void close() {
      told.ended(bytes.length);
      passage.close();
    }
  }

  /// Reads a file that is to be sent to `to`.
  ///
  /// @throws HttpProblem 429 or 503 when no more may be sent now
  /// @throws IOException when it cannot be read, or has not `size` bytes
  public Leaving open(LogicalName name, long size, URI to) throws IOException {
    byte[] bytes = read(name, size);
    InetAddress peer = InetAddress.getByName(to.getHost());
    Passage passage =
        config.admission().admit(new Ask(WHO, peer, name, Direction.OUT, bytes.length));
    FlowListener.Flow flow = new FlowListener.Flow(false, to, name, Optional.empty());
    return new Leaving(bytes, passage, config.flows().started(flow));
  }

  private byte[] read(LogicalName name, long size) throws IOException {
    try (ReadChannel channel = area.open(name)) {
      long there = channel.object().size();
      if (there != size) {
        throw new IOException(name + " has " + there + " bytes, not " + size);
      }
      return new ChannelStream(channel).readNBytes(Math.toIntExact(size));
    }
  }
}
