package dev.firn.cli;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/// What a site's door shows of a file.
final class SiteView {
  private final Remote remote;

  SiteView(Remote remote) {
    this.remote = remote;
  }

  /// Whether a file of this size is there.
  boolean shows(LogicalName name, long size) throws IOException {
    Request head = Request.of("HEAD", RemoteNames.resolve(remote.url(), name.toString()));
    try (HttpFetcher client = remote.open();
        Response response = remote.send(client, head)) {
      return response
          .header("Content-Length")
          .filter(length -> length.equals(String.valueOf(size)))
          .isPresent();
    } catch (Remote.Failure e) {
      if (e.status() == 404 || e.status() == 403) {
        return false;
      }
      throw e;
    }
  }

  /// A name for the disks of this machine.
  static SiteName thisMachine() throws UnknownHostException {
    String host = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
    String word = host.replaceAll("\\..*", "").replaceAll("[^a-z0-9-]+", "-");
    String name = Character.isLetter(word.charAt(0)) ? word : "host-" + word;
    return new SiteName(name.substring(0, Math.min(63, name.length())));
  }
}
