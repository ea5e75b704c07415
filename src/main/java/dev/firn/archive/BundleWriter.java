package dev.firn.archive;

import dev.firn.archive.BundleOutcome.MemberDiffers;
import dev.firn.archive.BundleOutcome.MemberUnreadable;
import dev.firn.archive.BundleOutcome.Packed;
import dev.firn.archive.BundleOutcome.PackedMember;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Packs a bundle front to back: each byte is read once, hashed and written once.
public final class BundleWriter {
  private static final int BUFFER = 1 << 20;

  /// Opens a member's bytes at their beginning.
  @FunctionalInterface
  public interface MemberSource {
    ReadableByteChannel open(BundleMember member) throws IOException;
  }

  /// Takes the bundle's bytes in order.
  @FunctionalInterface
  public interface Sink {
    /// Takes all remaining bytes.
    void write(ByteBuffer bytes) throws IOException;
  }

  private final MemberSource source;
  private final StoredZipWriter zip;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
  private final MessageDigest sha512;

  private BundleWriter(MemberSource source, StoredZipWriter zip) {
    this.source = source;
    this.zip = zip;
    this.sha512 = Hashes.of(ChecksumAlgorithm.SHA512);
  }

  /// Writes the bundle that `plan` describes to `sink`.
  ///
  /// Trouble with a member is an outcome that names it, and what the sink took is then worthless.
  ///
  /// @throws IOException when the sink fails
  public static BundleOutcome write(BundlePlan plan, MemberSource source, Sink sink)
      throws IOException {
    StoredZipWriter zip = new StoredZipWriter(sink, plan.created());
    return new BundleWriter(source, zip).write(plan);
  }

  private BundleOutcome write(BundlePlan plan) throws IOException {
    writeManifest(plan);
    List<PackedMember> packed = new ArrayList<>(plan.members().size());
    for (BundleMember member : plan.members()) {
      long offset = zip.begin(member.path(), member.size());
      Optional<BundleOutcome> trouble = copy(member);
      if (trouble.isPresent()) {
        return trouble.get();
      }
      packed.add(new PackedMember(member, offset, zip.end()));
    }
    return new Packed(zip.finish(), List.copyOf(packed));
  }

  private void writeManifest(BundlePlan plan) throws IOException {
    zip.begin(BundlePlan.manifestName(plan.uuid()), plan.manifestSize());
    writeLine(plan.manifestHeader());
    for (BundleMember member : plan.members()) {
      writeLine(member.record());
    }
    zip.end();
  }

  private void writeLine(String line) throws IOException {
    zip.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  /// Copies one member; empty when it is what the catalog says.
  private Optional<BundleOutcome> copy(BundleMember member) throws IOException {
    sha512.reset();
    long left = member.size();
    try (Reading reading = new Reading(member)) {
      while (true) {
        int n = reading.read();
        if (n < 0) {
          break;
        }
        if (n > left) {
          return differs(member, "size", member.size(), "more than " + member.size());
        }
        sha512.update(buffer.duplicate());
        zip.write(buffer);
        left -= n;
      }
    } catch (SourceFailed failed) {
      return Optional.of(new MemberUnreadable(member, failed.failure));
    }
    if (left > 0) {
      return differs(member, "size", member.size(), String.valueOf(member.size() - left));
    }
    Checksum found = Checksum.of(ChecksumAlgorithm.SHA512, sha512.digest());
    return found.equals(member.sha512())
        ? Optional.empty()
        : differs(member, "sha512", member.sha512().hex(), found.hex());
  }

  private static Optional<BundleOutcome> differs(
      BundleMember member, String what, Object expected, String found) {
    return Optional.of(new MemberDiffers(member, what, expected.toString(), found));
  }

  /// Keeps the source's failures apart from the sink's.
  private final class Reading implements AutoCloseable {
    private final ReadableByteChannel channel;

    Reading(BundleMember member) throws SourceFailed {
      try {
        channel = source.open(member);
      } catch (IOException e) {
        throw new SourceFailed(e);
      }
    }

    int read() throws SourceFailed {
      try {
        int n = channel.read(buffer.clear());
        buffer.flip();
        return n;
      } catch (IOException e) {
        throw new SourceFailed(e);
      }
    }

    @Override
    public void close() throws SourceFailed {
      try {
        channel.close();
      } catch (IOException e) {
        throw new SourceFailed(e);
      }
    }
  }

  private static final class SourceFailed extends Exception {
    private static final long serialVersionUID = 1L;

    private final IOException failure;

    SourceFailed(IOException failure) {
      super(failure);
      this.failure = failure;
    }
  }
}
