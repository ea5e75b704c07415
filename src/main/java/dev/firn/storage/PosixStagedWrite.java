package dev.firn.storage;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A file in the staging folder on its way to a name.
///
/// Bytes are gathered to 256 KiB in a direct buffer of the area's pool, digested from there and
/// written from there, all on the calling thread. Direct buffers of the caller that are large
/// enough are used in place.
final class PosixStagedWrite implements StagedWrite {
  private static final int IN_PLACE_BYTES = 32 * 1024;

  private enum State {
    WRITING,
    COMPLETE,
    DURABLE,
    ENDED
  }

  private final PosixArea area;
  private final String id;
  private final LogicalName target;
  private final StageOptions options;
  private final Disk.OpenFile file;
  private final Digester digester;
  private @Nullable ByteBuffer gathered;
  private long size;
  private State state = State.WRITING;
  private boolean broken;
  private boolean kept;
  private Checksums checksums = Checksums.NONE;
  private @Nullable DigestRecord record;

  PosixStagedWrite(PosixArea area, StagedName name, StageOptions options, Disk.OpenFile file) {
    this.area = area;
    this.id = name.id();
    this.target = name.target();
    this.options = options;
    this.file = file;
    Set<ChecksumAlgorithm> wanted = EnumSet.noneOf(ChecksumAlgorithm.class);
    wanted.addAll(options.algorithms());
    wanted.addAll(area.settings().algorithms());
    this.digester = new Digester(wanted);
  }

  /// What a staged write is for.
  record StagedName(String id, LogicalName target) {}

  @Override
  public String id() {
    return id;
  }

  @Override
  public LogicalName target() {
    return target;
  }

  StageOptions options() {
    return options;
  }

  /// Whether something is kept for resuming this write.
  boolean kept() {
    return kept;
  }

  Disk.OpenFile file() {
    return file;
  }

  @Override
  public long size() {
    ByteBuffer buffer = gathered;
    return size + (buffer == null ? 0 : buffer.position());
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    require(State.WRITING);
    while (bytes.hasRemaining()) {
      if (bytes.isDirect() && bytes.remaining() >= IN_PLACE_BYTES) {
        flush(); // a short write now and then costs less than copying all that follows
        put(bytes);
        return;
      }
      ByteBuffer buffer = gathered;
      if (buffer == null) {
        buffer = area.buffers().take();
        gathered = buffer;
      }
      int n = Math.min(bytes.remaining(), buffer.remaining());
      ByteBuffer piece = bytes.slice(bytes.position(), n);
      buffer.put(piece);
      bytes.position(bytes.position() + n);
      if (!buffer.hasRemaining()) {
        flush();
      }
    }
  }

  @Override
  public void writeFrom(ReadChannel source) throws IOException {
    require(State.WRITING);
    ByteBuffer buffer = area.buffers().take();
    try {
      long position = 0;
      while (source.read(buffer.clear(), position) > 0) {
        position += buffer.position();
        write(buffer.flip());
      }
    } finally {
      area.buffers().giveBack(buffer);
    }
  }

  /// Takes up the bytes that are in the file already.
  ///
  /// @return whether they are those that were recorded; otherwise this write is of no use
  boolean takeUp(KeptRecord record) throws IOException {
    ByteBuffer buffer = area.buffers().take();
    kept = true; // what cannot be read now may be read later
    try {
      size = digester.updateFrom(file, record.size(), buffer);
      if (size < record.size() || !digester.soFar().equals(record.checksums())) {
        kept = false;
        return false;
      }
      file.truncate(size);
      return true;
    } catch (DiskException e) {
      throw Tree.explain(target, e);
    } finally {
      area.buffers().giveBack(buffer);
    }
  }

  private void flush() throws IOException {
    ByteBuffer buffer = gathered;
    if (buffer != null && buffer.position() > 0) {
      put(buffer.flip());
      buffer.clear();
    }
  }

  private void put(ByteBuffer bytes) throws IOException {
    digester.update(bytes);
    int n = bytes.remaining();
    try {
      file.write(bytes, size);
      size += n;
    } catch (DiskException e) {
      broken = true;
      throw Tree.explain(target, e);
    }
  }

  private void require(State wanted) {
    if (state != wanted) {
      throw new IllegalStateException("this staged write is " + state);
    }
    if (broken) {
      throw new IllegalStateException("this staged write has failed");
    }
  }

  private void complete() throws IOException {
    if (state == State.WRITING) {
      require(State.WRITING);
      flush();
      dropBuffer();
      checksums = digester.finish();
      state = State.COMPLETE;
    }
  }

  @Override
  public Checksums finish() throws IOException {
    complete();
    if (state == State.COMPLETE) {
      require(State.COMPLETE);
      try {
        // Set by us, so that a server of files cannot set another when it gets round to writing.
        file.setModified(options.modifiedTime().orElseGet(area.settings().clock()::instant));
        record = new DigestRecord(size, file.stat().modified(), id, checksums);
        area.records().put(file, record);
        file.force();
      } catch (DiskException e) {
        broken = true; // after a failed fsync the kernel may have dropped what it could not write
        throw Tree.explain(target, e);
      }
      state = State.DURABLE;
    }
    require(State.DURABLE);
    return checksums;
  }

  @Override
  public PublishOutcome publish(PublishMode mode, Checksums expected) throws IOException {
    complete();
    if (state == State.COMPLETE) {
      computeMissing(expected);
    }
    Optional<Checksum> different = expected.firstDifference(checksums);
    if (different.isPresent()) {
      Checksum wrong = different.get();
      return new PublishOutcome.ChecksumMismatch(wrong, checksums.load(wrong.algorithm()));
    }
    finish();
    PublishOutcome outcome = area.publish(this, mode);
    switch (outcome) {
      case PublishOutcome.Created _, PublishOutcome.Replaced _ -> end();
      case PublishOutcome.Exists _,
          PublishOutcome.ChecksumMismatch _,
          PublishOutcome.NoParent _ -> {
        // still staged: the caller may try again or close
      }
    }
    return outcome;
  }

  private void computeMissing(Checksums expected) throws IOException {
    Set<ChecksumAlgorithm> missing = EnumSet.noneOf(ChecksumAlgorithm.class);
    missing.addAll(expected.values().keySet());
    missing.removeAll(checksums.values().keySet());
    if (!missing.isEmpty()) {
      Digester late = new Digester(missing);
      ByteBuffer buffer = area.buffers().take();
      try {
        late.updateFrom(file, size, buffer);
      } finally {
        area.buffers().giveBack(buffer);
      }
      checksums = Digester.join(checksums, late.finish());
    }
  }

  /// The file as it will be once it is published.
  StoredObject object() {
    DigestRecord known = record;
    if (known == null) {
      throw new IllegalStateException("not finished");
    }
    return new StoredObject(target, false, size, known.modified(), checksums, known.etag());
  }

  @Override
  public long keep(String note) throws IOException {
    require(State.WRITING);
    flush();
    try {
      file.force();
      area.staging()
          .keep(
              id,
              new KeptRecord(
                  target, size, area.settings().clock().instant(), digester.soFar(), note));
    } catch (DiskException e) {
      broken = true;
      throw Tree.explain(target, e);
    }
    kept = true;
    return size;
  }

  @Override
  public void close() throws IOException {
    if (state != State.ENDED) {
      try {
        end();
      } finally {
        if (!kept) {
          area.staging().discard(id);
        }
      }
    }
  }

  private void end() throws IOException {
    if (state != State.ENDED) {
      boolean durable = state == State.DURABLE;
      state = State.ENDED;
      dropBuffer();
      area.staging().ended(id);
      if (durable) {
        PosixArea.tidy(target, file::close); // cannot lose anything any more
      } else {
        file.close();
      }
    }
  }

  private void dropBuffer() {
    ByteBuffer buffer = gathered;
    if (buffer != null) {
      gathered = null;
      area.buffers().giveBack(buffer);
    }
  }
}
