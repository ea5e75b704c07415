package dev.firn.door;

import dev.firn.http.ByteRanges;
import dev.firn.http.ByteRanges.ByteRange;
import dev.firn.http.DigestHeaders;
import dev.firn.http.Exchange;
import dev.firn.http.FileSource;
import dev.firn.http.HttpProblem;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// GET and HEAD of files; directories go to [DirectoryIndex].
final class GetHandler {
  private static final String TYPE = "application/octet-stream";

  private final Room room;
  private final DirectoryIndex index;
  private final LateDigests digests;

  GetHandler(Room room, LateDigests digests) {
    this.room = room;
    this.digests = digests;
    this.index = new DirectoryIndex(room);
  }

  void handle(DoorRequest request) throws IOException {
    boolean head = request.exchange().method().equals("HEAD");
    Operation operation = head ? Operation.STAT : Operation.GET_FILE;
    room.require(request, operation, request.name());
    Optional<ReadChannel> opened = head ? Optional.empty() : open(request.name());
    if (opened.isPresent()) {
      // From here on, what is described and what is sent is one version of the file.
      try (ReadChannel channel = opened.get()) {
        requireFile(request, operation, channel.object());
        send(request.exchange(), channel);
      }
      return;
    }
    StoredObject object = room.load(request.name());
    if (object.directory()) {
      room.require(request, head ? Operation.STAT : Operation.LIST, object);
      index.answer(request, object);
      return;
    }
    requireFile(request, operation, object);
    if (!head) {
      throw new HttpProblem(404, "not-found", "this name was a directory's just now");
    }
    head(request.exchange(), object);
  }

  /// The file at a name; empty when there is a directory, or the name is not one of the area's.
  /// Files are asked for far more often: they are not looked for first.
  private Optional<ReadChannel> open(LogicalName name) throws IOException {
    if (!name.startsWith(room.area().prefix())) {
      return Optional.empty();
    }
    try {
      return Optional.of(room.area().open(name));
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.IS_A_DIRECTORY) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private void requireFile(DoorRequest request, Operation operation, StoredObject object) {
    room.require(request, operation, object);
    if (request.namesDirectory()) {
      throw new HttpProblem(404, "not-found", "this name is a file's, not a directory's");
    }
  }

  private void head(Exchange exchange, StoredObject object) throws IOException {
    describe(exchange, object);
    if (Preconditions.notModified(exchange, object)) {
      exchange.respond(304);
      return;
    }
    exchange.setHeader("Content-Type", TYPE);
    exchange.setHeader("Content-Length", Long.toString(object.size()));
    exchange.respond(200);
  }

  private void send(Exchange exchange, ReadChannel channel) throws IOException {
    StoredObject object = channel.object();
    describe(exchange, object);
    if (Preconditions.notModified(exchange, object)) {
      exchange.respond(304);
      return;
    }
    ByteRanges ranges =
        exchange.headers("Range").size() == 1 && Preconditions.rangeApplies(exchange, object)
            ? ByteRanges.parse(exchange.headers("Range").getFirst(), object.size())
            : new ByteRanges.Whole();
    switch (ranges) {
      case ByteRanges.Whole whole -> {
        exchange.setHeader("Content-Type", TYPE);
        sendRange(exchange, 200, channel, new ByteRange(0, object.size() - 1));
      }
      case ByteRanges.Unsatisfiable none ->
          throw new HttpProblem(
              416,
              "range-not-satisfiable",
              "no range lies within the " + object.size() + " bytes",
              Map.of("Content-Range", "bytes */" + object.size()));
      case ByteRanges.Some some when some.ranges().size() == 1 -> {
        ByteRange range = some.ranges().getFirst();
        exchange.setHeader("Content-Type", TYPE);
        exchange.setHeader("Content-Range", range.contentRange(object.size()));
        sendRange(exchange, 206, channel, range);
      }
      case ByteRanges.Some some -> sendParts(exchange, channel, some.ranges());
    }
  }

  private void describe(Exchange exchange, StoredObject object) throws IOException {
    exchange.setHeader("ETag", Preconditions.quoted(object));
    exchange.setHeader("Last-Modified", HttpDates.format(object.modified()));
    exchange.setHeader("Accept-Ranges", "bytes");
    exchange.setHeader("X-Content-Type-Options", "nosniff");
    Set<ChecksumAlgorithm> wanted = EnumSet.noneOf(ChecksumAlgorithm.class);
    wanted.addAll(DigestHeaders.wantDigest(exchange.headers("Want-Digest")));
    wanted.addAll(DigestHeaders.wantReprDigest(exchange.headers("Want-Repr-Digest")));
    if (!wanted.isEmpty()) {
      DigestHeaders.answer(exchange, known(object, wanted));
    }
  }

  /// What is recorded answers when it can; only when nothing of what is wanted is recorded is the
  /// file read, now or in the background.
  private Checksums known(StoredObject object, Set<ChecksumAlgorithm> wanted) throws IOException {
    boolean enough = wanted.stream().anyMatch(a -> object.checksums().find(a).isPresent());
    return enough ? object.checksums() : digests.of(object, wanted);
  }

  private static void sendRange(Exchange exchange, int status, ReadChannel channel, ByteRange range)
      throws IOException {
    exchange.setHeader("Content-Length", Long.toString(range.length()));
    Exchange.Body body = exchange.start(status);
    copy(channel, range, body);
    body.close();
  }

  private static void sendParts(Exchange exchange, ReadChannel channel, List<ByteRange> ranges)
      throws IOException {
    String boundary = "firn-" + UUID.randomUUID();
    byte[] end = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII);
    long size = channel.object().size();
    long length = end.length;
    for (ByteRange range : ranges) {
      length += partHead(boundary, range, size).length + range.length();
    }
    exchange.setHeader("Content-Type", "multipart/byteranges; boundary=" + boundary);
    exchange.setHeader("Content-Length", Long.toString(length));
    Exchange.Body body = exchange.start(206);
    for (ByteRange range : ranges) {
      body.write(ByteBuffer.wrap(partHead(boundary, range, size)));
      copy(channel, range, body);
    }
    body.write(ByteBuffer.wrap(end));
    body.close();
  }

  private static byte[] partHead(String boundary, ByteRange range, long size) {
    return ("\r\n--"
            + boundary
            + "\r\nContent-Type: "
            + TYPE
            + "\r\nContent-Range: "
            + range.contentRange(size)
            + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static void copy(ReadChannel channel, ByteRange range, Exchange.Body body)
      throws IOException {
    body.send(new Sent(channel), range.first(), range.length());
  }

  /// A file as the server sends it.
  private record Sent(ReadChannel channel) implements FileSource {
    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return channel.read(into, position);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return channel.transferTo(position, count, target);
    }
  }
}
