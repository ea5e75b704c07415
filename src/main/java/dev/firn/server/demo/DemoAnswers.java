package dev.firn.server.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The demo's way from a promoted pass to what the world sees of it: a model, scores, notices, and
/// one dataset that is open to everybody. Of files that were given only the last is made.
final class DemoAnswers {
  private final Path home;
  private final DemoSites sites;
  private final HubClient hub;
  private final DemoState state;
  private final Progress progress;

  DemoAnswers(Path home, DemoSites sites, HubClient hub, DemoState state, Progress progress) {
    this.home = home;
    this.sites = sites;
    this.hub = hub;
    this.state = state;
    this.progress = progress;
  }

  /// What it came to.
  ///
  /// @param open names of files that need no token now
  record Result(long scores, long notices, long published, Set<String> open, boolean good) {}

  /// @param own whether there is a `pass3`
  Result run(boolean own) throws IOException, InterruptedException {
    DemoStream.Result stream = own ? stream() : DemoStream.Result.NONE;
    DemoPublication publication = new DemoPublication(sites, hub, progress);
    DemoPublication.Result published =
        own
            ? publication.run("name ~ '/data/tables/pass3/**'", "Events of one run, pass 3")
            : publication.run("name = '" + someFile() + "'", "A file of the given data");
    return new Result(
        stream.scores(),
        stream.notices(),
        published.published(),
        published.names(),
        stream.good() && published.good() && (!own || published.published() == 1));
  }

  private DemoStream.Result stream() throws IOException, InterruptedException {
    Optional<Path> model = new DemoTraining(home, sites, hub, state, progress).run();
    if (model.isEmpty()) {
      return DemoStream.Result.NONE;
    }
    try (NoticeSink sink =
        NoticeSink.start(home.resolve("notices.jsonl"), state.number("port.sink"))) {
      return new DemoStream(home, sites, hub, state, progress, sink).run(model.get());
    }
  }

  /// The first of the given files, by name.
  private String someFile() throws IOException, InterruptedException {
    List<CatalogView.File> files = new CatalogView(hub).files();
    return files.stream()
        .map(CatalogView.File::name)
        .sorted()
        .findFirst()
        .orElseThrow(() -> new IOException("nothing was taken in"))
        .replace("'", "''");
  }
}
