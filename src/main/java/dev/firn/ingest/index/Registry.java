package dev.firn.ingest.index;

import dev.firn.catalog.Offer;
import dev.firn.catalog.run.RunPart;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;

/// Where the indexer registers what it found: a hub, as a rule over HTTP.
public interface Registry {
  /// Registers files together and returns once that is durable; the same again changes nothing.
  Answer register(List<Offer> files) throws IOException;

  /// Keeps what gaps files say of parts of runs.
  void parts(List<RunPart> parts) throws IOException;

  /// Keeps a good-run list, under the name of its file.
  ///
  /// @return why it was refused; empty when it was kept
  String goodRuns(String name, byte[] text) throws IOException;

  /// How many files ended how.
  ///
  /// @param created files that are new
  /// @param same files that were known
  /// @param problems why a file was refused, by its place in what was offered, from 0
  record Answer(long created, long same, SortedMap<Integer, String> problems) {}
}
