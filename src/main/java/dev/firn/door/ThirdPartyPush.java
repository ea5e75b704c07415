package dev.firn.door;

import dev.firn.http.BodySource;
import dev.firn.http.ByteFlow;
import dev.firn.http.DigestHeaders;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
import dev.firn.http.RemoteException;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.storage.ChannelStream;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// COPY with `Destination` at another server: this server sends a file there, and then asks what
/// arrived.
final class ThirdPartyPush {
  private static final Logger log = LoggerFactory.getLogger(ThirdPartyPush.class);
  private static final long EXPECT_CONTINUE_FROM = 1024 * 1024;

  private final Room room;
  private final Peer peer;
  private final DoorConfig.Copies bounds;

  ThirdPartyPush(Room room, HttpFetcher client, DoorConfig config) {
    this.room = room;
    this.peer = new Peer(client, config);
    this.bounds = config.copies();
  }

  /// @throws HttpProblem 401 or 403
  void authorize(DoorRequest request) {
    room.require(request, Operation.GET_FILE, request.name());
  }

  /// Everything that can be refused before the 202.
  ThirdPartyCopy.Mover prepare(DoorRequest request, CopyOrder order) throws IOException {
    StoredObject object = room.load(request.name());
    room.require(request, Operation.GET_FILE, object);
    if (object.directory()) {
      throw new HttpProblem(405, "is-a-directory", "a directory is not pushed; push its files");
    }
    if (Preconditions.notModified(request.exchange(), object)) {
      throw new HttpProblem(412, "precondition-failed", "what is there is not what was expected");
    }
    requireExpected(object, order.expected());
    boolean overwrite = request.overwrite();
    Optional<Boolean> there = exists(order);
    if (there.orElse(false) && !overwrite) {
      throw new HttpProblem(412, "exists", "there is a file at the destination already");
    }
    Target target = new Target(!there.orElse(true), overwrite);
    return progress -> {
      push(order, object, target, progress);
      return Checksums.NONE;
    };
  }

  private void requireExpected(StoredObject object, Checksums expected) throws IOException {
    if (expected.values().isEmpty()) {
      return;
    }
    Checksums own = room.area().checksums(object.name(), expected.values().keySet());
    Optional<Checksum> difference = expected.firstDifference(own);
    if (difference.isPresent()) {
      throw new HttpProblem(
          412, "checksum-mismatch", "the file here does not have " + difference.get());
    }
  }

  /// Whether a file is at the destination; empty when it does not say.
  private Optional<Boolean> exists(CopyOrder order) throws IOException {
    try (Response response = peer.send(peer.request("HEAD", order))) {
      int status = response.status();
      if (status == 429 || status >= 500 && status != 501) {
        throw new HttpProblem(
            502, "destination-failed", "the destination answered " + status + " to HEAD");
      }
      return switch (status) {
        case 200 -> Optional.of(true);
        case 404, 410 -> Optional.of(false);
        default -> Optional.empty(); // a token that only writes may not look
      };
    } catch (RemoteException e) {
      throw new HttpProblem(502, "destination-failed", "the destination does not answer to HEAD");
    }
  }

  /// What is known of the destination.
  ///
  /// @param absent whether it has said that nothing is there
  /// @param overwrite whether what is there may be replaced
  private record Target(boolean absent, boolean overwrite) {}

  private void push(CopyOrder order, StoredObject object, Target target, CopyInProgress progress)
      throws IOException {
    boolean sent = false;
    try (ReadChannel channel = room.area().open(object.name())) {
      send(order, channel, target.overwrite(), progress);
      sent = true;
      progress.commit();
      verify(order, channel.object());
    } catch (IOException | HttpProblem e) {
      // What a peer that publishes early has of a file it did not get whole is of use to nobody.
      // Where it did not say what was there, that may be somebody's file.
      if (target.absent() && !(e instanceof HttpProblem && !sent)) {
        removeQuietly(order);
      }
      throw e;
    }
  }

  private void send(
      CopyOrder order, ReadChannel channel, boolean overwrite, CopyInProgress progress)
      throws IOException {
    StoredObject object = channel.object();
    Request put =
        peer.request("PUT", order)
            .withBody(new ChannelSource(channel))
            .withFlow(progress.counting(ByteFlow.FREE));
    Optional<Checksum> adler = object.checksums().find(ChecksumAlgorithm.ADLER32);
    if (adler.isPresent()) {
      put = put.withHeader("Digest", DigestHeaders.digest(adler.get()));
    }
    if (object.size() >= EXPECT_CONTINUE_FROM) {
      put = put.withHeader("Expect", "100-continue");
    }
    if (!overwrite) {
      // It may not have said whether something is there, or something has come since.
      put = put.withHeader("If-None-Match", "*");
    }
    try (Response response = peer.send(put)) {
      int status = response.status();
      if (status != 200 && status != 201 && status != 204) {
        throw Peer.destinationRefused(status, "PUT", put);
      }
    }
  }

  /// Asks the destination what it has.
  private void verify(CopyOrder order, StoredObject object) throws IOException {
    Request head = peer.request("HEAD", order).withHeader("Want-Digest", "adler32");
    try (Response response = peer.send(head)) {
      boolean needed = order.needsDigest(bounds.digestRequired());
      if (response.status() != 200) {
        // A token that may only create cannot look.
        if (needed || response.status() == 404) {
          throw new HttpProblem(
              502, "unverified", "the destination answered " + response.status() + " to HEAD");
        }
        return;
      }
      requireSame(object, response, needed);
    }
  }

  private void requireSame(StoredObject object, Response response, boolean needed)
      throws IOException {
    long size = response.contentLength();
    if (size >= 0 && size != object.size()) {
      throw new HttpProblem(
          502, "size-mismatch", "the destination has " + size + " of " + object.size() + " bytes");
    }
    List<Checksum> told = new ArrayList<>(DigestHeaders.parseDigest(response.headers("Digest")));
    told.addAll(DigestHeaders.parseReprDigest(response.headers("Repr-Digest")));
    if (told.isEmpty()) {
      if (needed) {
        throw new HttpProblem(
            502, "no-digest", "the destination tells no checksum, and one is required");
      }
      return;
    }
    Set<ChecksumAlgorithm> algorithms = Checksums.of(told).values().keySet();
    Checksums own = room.area().checksums(object.name(), algorithms);
    Optional<Checksum> difference = Checksums.of(told).firstDifference(own);
    if (difference.isPresent()) {
      throw new HttpProblem(
          502,
          "checksum-mismatch",
          "the destination has "
              + difference.get()
              + " but the file "
              + own.load(difference.get().algorithm()));
    }
  }

  private void removeQuietly(CopyOrder order) {
    boolean interrupted = Thread.interrupted();
    try (Response response = peer.send(peer.request("DELETE", order))) {
      log.debug("{}: removing what arrived was answered {}", order, response.status());
    } catch (IOException e) {
      log.debug("{}: what arrived may still be there: {}", order, e.getMessage());
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// A stored file as a request's body.
  private record ChannelSource(ReadChannel channel) implements BodySource {
    @Override
    public long length() {
      return channel.object().size();
    }

    @Override
    public InputStream open() {
      return new ChannelStream(channel);
    }
  }
}
