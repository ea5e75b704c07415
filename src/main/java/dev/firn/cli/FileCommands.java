package dev.firn.cli;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.http.WebdavListing;
import dev.firn.model.ByteSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `firn put|get|ls|stat|rm|mv` against any door: Firn's, or another WebDAV server's.
public final class FileCommands {
  private static final Duration IDLE = Duration.ofMinutes(10);
  private static final String RETRIES =
      "Give up after so many failures in a row (default: ${DEFAULT-VALUE}).";

  private FileCommands() {}

  /// What the commands share: where the far side is and how its answers are printed.
  abstract static class Base implements Callable<Integer> {
    @Mixin Remote remote;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Spec CommandSpec spec;

    abstract int run(HttpFetcher client) throws IOException;

    @Override
    public Integer call() throws IOException {
      try (HttpFetcher client = remote.open()) {
        return run(client);
      }
    }

    PrintWriter out() {
      return spec.commandLine().getOut();
    }

    void complain(String line) {
      spec.commandLine().getErr().println("firn: " + Text.printable(line));
    }

    void report(Map<String, ?> facts, String line) {
      out().println(json ? Json.mapper().writeValueAsString(facts) : Text.printable(line));
    }

    /// A full URL as it is; a name such as `/data/x` at the site of `--url`.
    URI target(String urlOrName) {
      return RemoteNames.resolve(remote.url(), urlOrName);
    }
  }

  @Command(
      name = "put",
      description = {
        "Upload FILE; the door refuses it if a byte got lost.",
        "After a cut it goes on from where it was, also when it is called again."
      })
  public static final class Put extends Base {
    @Parameters(paramLabel = "FILE", index = "0")
    Path file;

    @Parameters(paramLabel = "URL|NAME", index = "1", description = "Where to, as in /data/exp/x.")
    String to;

    @Option(names = "--no-overwrite", description = "Fail if the name is taken.")
    boolean keep;

    @Option(names = "--retries", description = RETRIES, defaultValue = "10")
    int retries;

    @Override
    int run(HttpFetcher client) throws IOException {
      if (Files.isDirectory(file)) {
        throw new IllegalArgumentException(file + ": a directory, not a file");
      }
      URI url = target(to.endsWith("/") ? to + file.getFileName() : to);
      Uploading.Source source = Uploading.Source.of(file, keep, retries);
      Uploading uploading = new Uploading(remote, client, url, source, this::complain);
      String done = uploading.send() ? "created" : "replaced";
      String adler32 = source.adler32().hex();
      report(
          Map.of(
              "url", url.toString(),
              "size", source.size(),
              "adler32", adler32,
              "outcome", done,
              "resumed_from", uploading.resumedFrom()),
          done + " " + url + " (" + new ByteSize(source.size()) + ", adler32 " + adler32 + ")");
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "get",
      description = {
        "Download and verify; nothing appears unless all of it is right.",
        "After a cut it goes on from where it was, also when it is called again."
      })
  public static final class Get extends Base {
    @Parameters(paramLabel = "URL|NAME", index = "0")
    String from;

    @Parameters(
        paramLabel = "FILE",
        index = "1",
        arity = "0..1",
        description = "Where to; a directory, or else the last part of the name here.")
    Path to = Path.of(".");

    @Option(names = "--retries", description = RETRIES, defaultValue = "10")
    int retries;

    @Override
    int run(HttpFetcher client) throws IOException {
      URI url = target(from);
      Path file = Files.isDirectory(to) ? to.resolve(RemoteNames.lastSegment(url)) : to;
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null && !Files.isDirectory(parent)) {
        throw new IllegalArgumentException(parent + ": no such directory");
      }
      Optional<Downloading.Download> fetched =
          new Downloading(remote, client, url, file, this::complain)
              .run(response -> !isPageOfDirectory(client, url, response), retries);
      if (fetched.isEmpty()) {
        complain(url + " is a directory; see firn ls");
        return ExitCode.NEGATIVE.status();
      }
      Downloading.Download done = fetched.get();
      report(
          Map.of(
              "file", file.toString(),
              "size", done.size(),
              "adler32", done.adler32().hex(),
              "verified", done.verified()),
          file
              + " ("
              + new ByteSize(done.size())
              + ", adler32 "
              + done.adler32().hex()
              + (done.verified() ? ", as the door says)" : "; the door names no checksum)"));
      return ExitCode.DONE.status();
    }

    /// Doors show a directory to browsers as a page, with status 200 and no digest.
    private boolean isPageOfDirectory(HttpFetcher client, URI url, Response response)
        throws IOException {
      return response.header("Digest").isEmpty()
          && response.header("Content-Type").filter(t -> t.startsWith("text/html")).isPresent()
          && isDirectory(remote, client, url);
    }
  }

  @Command(name = "ls", description = "List a directory.")
  public static final class Ls extends Base {
    @Parameters(paramLabel = "URL|NAME", defaultValue = "/data")
    String where;

    @Option(
        names = {"-l", "--long"},
        description = "With size and time.")
    boolean detailed;

    @Override
    int run(HttpFetcher client) throws IOException {
      List<List<String>> rows = new ArrayList<>();
      URI directory = target(where);
      String self = RemoteNames.decodedPath(directory);
      list(remote, client, directory, e -> show(e, self, rows));
      if (detailed && !json) {
        out().print(Text.table(List.of(">size", "modified", "name"), rows));
      }
      return ExitCode.DONE.status();
    }

    private void show(WebdavListing.Entry entry, String self, List<List<String>> rows) {
      if (entry.directory() && RemoteNames.same(entry.path(), self)) {
        return;
      }
      String name = entry.lastSegment() + (entry.directory() ? "/" : "");
      if (json) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("name", entry.lastSegment());
        facts.put("directory", entry.directory());
        facts.put("size", entry.size() < 0 ? null : entry.size());
        facts.put("modified", entry.modified());
        out().println(Json.mapper().writeValueAsString(facts));
      } else if (detailed) {
        String size = entry.size() < 0 ? "" : String.valueOf(entry.size());
        rows.add(List.of(size, entry.modified(), name));
      } else {
        out().println(Text.printable(name));
      }
    }
  }

  @Command(name = "stat", description = "Show a file's size, time and checksums.")
  public static final class Stat extends Base {
    @Parameters(paramLabel = "URL|NAME")
    String where;

    @Override
    int run(HttpFetcher client) throws IOException {
      Map<String, Object> facts = new LinkedHashMap<>();
      URI url = target(where);
      facts.put("url", url.toString());
      for (String algorithm : List.of("adler32", "sha-512")) {
        Request request =
            Request.of("HEAD", url).withIdleTimeout(IDLE).withHeader("Want-Digest", algorithm);
        try (Response response = remote.send(client, request)) {
          facts.putIfAbsent("size", response.contentLength());
          response.header("Last-Modified").ifPresent(t -> facts.putIfAbsent("modified", t));
          response.header("ETag").ifPresent(t -> facts.putIfAbsent("etag", t));
          response.header("Digest").ifPresent(d -> Adler32Check.addDigests(d, facts));
        }
      }
      if (json) {
        out().println(Json.mapper().writeValueAsString(facts));
      } else {
        facts.forEach((k, v) -> out().printf("%-9s %s%n", k, Text.printable(String.valueOf(v))));
      }
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "rm", description = "Remove a file, or a directory with --recursive.")
  public static final class Rm extends Base {
    @Parameters(paramLabel = "URL|NAME")
    String where;

    @Option(
        names = {"-r", "--recursive"},
        description = "Remove a directory and all below it.")
    boolean recursive;

    @Override
    int run(HttpFetcher client) throws IOException {
      URI url = target(where);
      if (!recursive && isDirectory(remote, client, url)) {
        complain(url + " is a directory; use --recursive");
        return ExitCode.NEGATIVE.status();
      }
      remote.send(client, Request.of("DELETE", url).withIdleTimeout(IDLE)).close();
      report(Map.of("url", url.toString(), "outcome", "removed"), "removed " + url);
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "mv", description = "Give a file or directory another name of the same area.")
  public static final class Mv extends Base {
    @Parameters(paramLabel = "URL|NAME", index = "0")
    String from;

    @Parameters(paramLabel = "URL|NAME", index = "1")
    String to;

    @Option(names = "--overwrite", description = "Replace what has the new name.")
    boolean overwrite;

    @Override
    int run(HttpFetcher client) throws IOException {
      URI source = target(from);
      URI destination = target(to);
      Request request =
          Request.of("MOVE", source)
              .withIdleTimeout(IDLE)
              .withHeader("Destination", destination.toString())
              .withHeader("Overwrite", overwrite ? "T" : "F");
      remote.send(client, request).close();
      report(
          Map.of("from", source.toString(), "to", destination.toString(), "outcome", "moved"),
          source + " is now " + destination);
      return ExitCode.DONE.status();
    }
  }

  private static void list(
      Remote remote, HttpFetcher client, URI directory, Consumer<WebdavListing.Entry> each)
      throws IOException {
    try (Response response = remote.send(client, WebdavListing.request(directory))) {
      WebdavListing.read(response.body(), each);
    }
  }

  /// Whether the site says that `url` is a directory.
  private static boolean isDirectory(Remote remote, HttpFetcher client, URI url)
      throws IOException {
    List<WebdavListing.Entry> first = new ArrayList<>();
    list(
        remote,
        client,
        url,
        e -> {
          if (first.isEmpty()) {
            first.add(e);
          }
        });
    return !first.isEmpty() && first.getFirst().directory();
  }
}
