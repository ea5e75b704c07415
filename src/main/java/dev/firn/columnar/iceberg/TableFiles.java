package dev.firn.columnar.iceberg;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.storage.PublishMode;
import dev.firn.storage.PublishOutcome;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;

/// Where tables lie: below one directory of a storage area, named in their metadata by the URL
/// under which the door serves them.
///
/// Only the path of a location counts when it is read, so tables stay readable when a site gets
/// another host name, and a copy at another site has the same paths.
///
/// @param area holds the bytes
/// @param base URL of the door, without a trailing slash
/// @param root directory below which all tables lie, and nothing else
public record TableFiles(StorageArea area, URI base, LogicalName root) {
  private static final StageOptions STAGING =
      StageOptions.DEFAULT.withAlgorithms(EnumSet.of(ChecksumAlgorithm.SHA512));

  /// Where a file is said to be in a table's metadata.
  public String location(LogicalName name) {
    return base + name.toString();
  }

  /// The file at a location.
  ///
  /// @throws IllegalArgumentException when it does not lie among the tables
  public LogicalName name(String location) {
    LogicalName name = LogicalName.parse(URI.create(location).getPath());
    if (!name.startsWith(root)) {
      throw new IllegalArgumentException(location + " does not lie among the tables");
    }
    return name;
  }

  /// Takes a whole file over, durably, under a name that was free.
  public StoredObject take(Path file, LogicalName name) throws IOException {
    try (StagedWrite staged = stage(name);
        FileChannel from = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
      while (from.read(buffer.clear()) >= 0) {
        staged.write(buffer.flip());
      }
      return publish(staged);
    }
  }

  StagedWrite stage(LogicalName name) throws IOException {
    return area.stage(name, STAGING);
  }

  static StoredObject publish(StagedWrite staged) throws IOException {
    PublishOutcome outcome = staged.publish(PublishMode.CREATE_NEW, staged.finish());
    if (outcome instanceof PublishOutcome.Created created) {
      return created.object();
    }
    throw new IOException(staged.target() + " could not be published: " + outcome);
  }

  /// All bytes of a small file.
  byte[] read(LogicalName name) throws IOException {
    try (ReadChannel in = area.open(name)) {
      ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(in.object().size()));
      while (all.hasRemaining()) {
        if (in.read(all, all.position()) < 0) {
          throw new EOFException(name + " ended early");
        }
      }
      return all.array();
    }
  }
}
