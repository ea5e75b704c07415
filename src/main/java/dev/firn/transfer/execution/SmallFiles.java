package dev.firn.transfer.execution;

import dev.firn.door.OwnFiles;
import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.RedirectPolicy;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
import dev.firn.http.RemoteException;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

/// Sends small files of this process's own site to Firn doors itself, by one PUT; whatever else is
/// to be copied the sites copy.
///
/// To have such a file fetched takes two requests, each with a token of its own, the second of
/// which comes back to this process. A Firn door that is sent a file publishes it only when it is
/// what it should be, and tells the digests of what it has published, as one does that fetches it.
/// Large files are fetched, because a pull goes on where it broke off.
public final class SmallFiles implements Copies {
  /// Fewer bytes a door takes without one of its places for large transfers.
  private static final long SMALL_BYTES = 1024 * 1024;

  private final OwnFiles files;
  private final Copies others;
  private final HttpFetcher http;
  private final TransferTokens tokens;
  private final Duration silence;

  /// @param silence longest time without a byte before the outcome is unknown
  public SmallFiles(
      OwnFiles files, Copies others, HttpFetcher http, TransferTokens tokens, Duration silence) {
    this.files = files;
    this.others = others;
    this.http = http;
    this.tokens = tokens;
    this.silence = silence;
  }

  @Override
  public Mode preferred(Order order) {
    TransferRequest request = order.request();
    boolean own =
        files.covers(request.from().site(), request.from().path())
            && request.size() < SMALL_BYTES
            && order.destination().kind() == Site.Kind.FIRN;
    return own ? Mode.SEND : others.preferred(order);
  }

  @Override
  public Heard run(Order order, Mode mode, CopyRun run) {
    if (mode != Mode.SEND) {
      return others.run(order, mode, run);
    }
    String before = run.cancelled();
    if (before != null) {
      return new Heard.Nothing(before); // it may be another's by now, and is not begun
    }
    Request put;
    try {
      put = put(order);
    } catch (IOException e) {
      return ThirdPartyCopy.noToken(e);
    }
    TransferRequest request = order.request();
    OwnFiles.Leaving file;
    try {
      file = files.open(request.from().path(), request.size(), put.uri());
    } catch (HttpProblem e) {
      return new Heard.Refused(FailureClass.CAPACITY, e.status(), e.detail());
    } catch (IOException e) {
      return new Heard.Failure(request.from() + " cannot be read: " + e.getMessage());
    }
    try (file) {
      return send(put.withBody(BodySource.bytes(file.bytes())).withFlow(file.flow()), run);
    }
  }

  private Request put(Order order) throws IOException {
    Site to = order.destination();
    TransferRequest request = order.request();
    Request put =
        Request.of("PUT", to.at(request.to().path()))
            .withBearer(tokens.createToken(to, request.to().path(), order.overwrite()))
            .withHeader("Overwrite", order.overwrite() ? "T" : "F")
            .withHeader("Want-Repr-Digest", ThirdPartyCopy.WANTED)
            .withIdleTimeout(silence);
    String digests = ThirdPartyCopy.reprDigests(request);
    return digests.isEmpty() ? put : put.withHeader("Repr-Digest", digests);
  }

  private Heard send(Request put, CopyRun run) {
    try (Response response = http.sendFollowing(put, RedirectPolicy.SAME_ORIGIN)) {
      int status = response.status();
      if (status == 201 || status == 204) {
        long bytes = Objects.requireNonNull(put.body()).length();
        run.heard(bytes);
        return new Heard.Success(bytes, HttpDestinations.digests(response));
      }
      RemoteException refusal =
          RemoteException.ofStatus(status, put.label(), response.bodyText(1000));
      // Bytes that are not what they should be were sent, and are looked at like those of a pull.
      return status == 400
          ? new Heard.Failure(refusal.detail())
          : new Heard.Refused(Failures.classOf(refusal), status, refusal.detail());
    } catch (IOException e) {
      return ThirdPartyCopy.unanswered(e, run);
    }
  }
}
