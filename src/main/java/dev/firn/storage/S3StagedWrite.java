package dev.firn.storage;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.ObjectStore.Bytes;
import dev.firn.storage.ObjectStore.Piece;
import dev.firn.storage.S3Staging.Pieces;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A file on its way into a bucket.
///
/// The bytes are gathered into pieces, and each full piece becomes an object of the staging folder.
/// A file of one piece never goes there: it is put at its name in one request. Of a longer one the
/// store makes the file out of the pieces when it is published, because only then the digests are
/// known that its metadata must hold from the first moment.
final class S3StagedWrite implements StagedWrite {
  private enum State {
    WRITING,
    COMPLETE,
    ENDED
  }

  private final S3Area area;
  private final S3Staging staging;
  private final String id;
  private final LogicalName target;
  private final StageOptions options;
  private final Digester digester;
  private final List<Piece> pieces = new ArrayList<>();
  private byte[] piece = new byte[32 * 1024];
  private int filled;
  private long stored;
  private State state = State.WRITING;
  private boolean kept;
  private boolean leftovers;
  private Checksums checksums = Checksums.NONE;
  private @Nullable DigestRecord record;

  S3StagedWrite(S3Area area, String id, LogicalName target, StageOptions options) {
    this.area = area;
    this.staging = area.staging();
    this.id = id;
    this.target = target;
    this.options = options;
    Set<ChecksumAlgorithm> wanted = EnumSet.noneOf(ChecksumAlgorithm.class);
    wanted.addAll(options.algorithms());
    wanted.addAll(area.settings().algorithms());
    this.digester = new Digester(wanted);
  }

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

  /// Pieces in the staging folder, and what is not there yet.
  List<Piece> pieces() {
    return pieces;
  }

  Bytes rest() {
    return new Bytes(piece, filled);
  }

  @Override
  public long size() {
    return stored + filled;
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    require(State.WRITING);
    while (bytes.hasRemaining()) {
      int limit = Pieces.size(pieces.size());
      if (filled == limit) {
        storePiece();
        continue;
      }
      int n = Math.min(bytes.remaining(), limit - filled);
      if (piece.length < filled + n) {
        byte[] longer = new byte[(int) Math.min(limit, Math.max(2L * piece.length, filled + n))];
        System.arraycopy(piece, 0, longer, 0, filled);
        piece = longer;
      }
      digester.update(bytes.slice(bytes.position(), n));
      bytes.get(piece, filled, n);
      filled += n;
    }
  }

  private void storePiece() throws IOException {
    pieces.add(putPiece());
    stored += filled;
    filled = 0;
  }

  /// Stores what is in memory, also when the thread is told to stop meanwhile, at which the store's
  /// client gives a request up: what came is to be kept, and stopping waits for one piece.
  private Piece putPiece() throws IOException {
    leftovers = true;
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return staging.put(id, pieces.size(), rest());
        } catch (StoreException e) {
          if (!Thread.interrupted()) {
            state = State.ENDED;
            throw e.explain(target.toString());
          }
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
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

  /// Takes up what was kept, reading it again.
  ///
  /// @return whether it is what was recorded
  boolean takeUp(KeptRecord was) throws IOException {
    kept = true; // what cannot be read now may be read later
    leftovers = true;
    while (size() < was.size()) {
      int number = pieces.size();
      int wanted = (int) Math.min(Pieces.size(number), was.size() - size());
      byte[] bytes = new byte[Pieces.size(number)];
      int n;
      try (InputStream in = staging.read(id, number, wanted)) {
        n = in.readNBytes(bytes, 0, wanted);
      } catch (StoreException e) {
        if (e.reason() == StoreException.Reason.MISSING) {
          kept = false;
          return false;
        }
        throw e.explain(target.toString());
      }
      if (n < wanted) {
        kept = false;
        return false;
      }
      digester.update(ByteBuffer.wrap(bytes, 0, n));
      if (n == bytes.length) {
        pieces.add(new Piece(staging.key(id, number), n));
        stored += n;
      } else {
        piece = bytes;
        filled = n;
      }
    }
    kept = digester.soFar().equals(was.checksums());
    return kept;
  }

  private void require(State wanted) {
    if (state != wanted) {
      throw new IllegalStateException("this staged write is " + state);
    }
  }

  @Override
  public Checksums finish() throws IOException {
    if (state == State.WRITING) {
      checksums = digester.finish();
      state = State.COMPLETE;
    }
    require(State.COMPLETE);
    return checksums;
  }

  @Override
  public PublishOutcome publish(PublishMode mode, Checksums expected) throws IOException {
    finish();
    computeMissing(expected);
    Optional<Checksum> different = expected.firstDifference(checksums);
    if (different.isPresent()) {
      Checksum wrong = different.get();
      return new PublishOutcome.ChecksumMismatch(wrong, checksums.load(wrong.algorithm()));
    }
    if (!pieces.isEmpty() && filled > 0) {
      storePiece();
    }
    record =
        new DigestRecord(
            size(),
            options.modifiedTime().orElseGet(area.settings().clock()::instant),
            id,
            checksums);
    PublishOutcome outcome;
    try {
      outcome = new S3Publication(area, this).run(mode);
    } catch (StoreException e) {
      throw e.explain(target.toString());
    }
    if (outcome instanceof PublishOutcome.Created || outcome instanceof PublishOutcome.Replaced) {
      state = State.ENDED;
      kept = false;
      PosixArea.tidy(target, this::forget);
    }
    return outcome;
  }

  private void computeMissing(Checksums expected) throws IOException {
    Set<ChecksumAlgorithm> missing = EnumSet.noneOf(ChecksumAlgorithm.class);
    missing.addAll(expected.values().keySet());
    missing.removeAll(checksums.values().keySet());
    if (missing.isEmpty()) {
      return;
    }
    Digester late = new Digester(missing);
    byte[] buffer = new byte[256 * 1024];
    for (int number = 0; number < pieces.size(); number++) {
      try (InputStream in = staging.read(id, number, pieces.get(number).size())) {
        for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
          late.update(ByteBuffer.wrap(buffer, 0, n));
        }
      } catch (StoreException e) {
        throw e.explain(target.toString());
      }
    }
    late.update(ByteBuffer.wrap(piece, 0, filled));
    checksums = Digester.join(checksums, late.finish());
  }

  DigestRecord record() {
    DigestRecord known = record;
    if (known == null) {
      throw new IllegalStateException("not finished");
    }
    return known;
  }

  @Override
  public long keep(String note) throws IOException {
    require(State.WRITING);
    if (filled > 0) {
      putPiece();
    }
    KeptRecord was =
        new KeptRecord(target, size(), area.settings().clock().instant(), digester.soFar(), note);
    try {
      leftovers = true;
      staging.keep(id, was);
    } catch (StoreException e) {
      state = State.ENDED;
      throw e.explain(target.toString());
    }
    kept = true;
    return size();
  }

  @Override
  public void close() throws IOException {
    state = State.ENDED;
    forget();
  }

  private void forget() throws IOException {
    try {
      if (leftovers && !kept) {
        leftovers = false;
        staging.discard(id);
      }
    } finally {
      staging.ended(id);
    }
  }
}
