package dev.firn.door;

import dev.firn.http.Exchange;
import dev.firn.http.Json;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.token.Caller;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/// What bytes that wait for their rest were begun with. It lies beside them, so that it outlives
/// the process; the form is described in `docs/formats/uploads.md`.
///
/// @param owner who alone may go on: issuer and subject of the token it was begun with
/// @param length bytes of the whole; -1 while it is not known
/// @param overwrite whether a file that is there may be replaced
/// @param ifMatch the entity tag that what is there must have; empty for none
/// @param modified seconds since 1970 that the file's time is to be; -1 for the time it is finished
/// @param expected checksums the whole must have, as `adler32:0123abcd`
/// @param source which version of which file a third-party pull reads; empty for an upload
record UploadNote(
    String owner,
    long length,
    boolean overwrite,
    String ifMatch,
    long modified,
    List<String> expected,
    String source) {
  UploadNote {
    expected = List.copyOf(expected);
  }

  /// What a request says of the whole file it begins.
  static UploadNote of(DoorRequest request, Checksums expected, Optional<Instant> modified) {
    Exchange exchange = request.exchange();
    return new UploadNote(
        owner(request.caller()),
        -1,
        request.overwrite() && exchange.headers("If-None-Match").isEmpty(),
        String.join(",", exchange.headers("If-Match")),
        modified.map(Instant::getEpochSecond).orElse(-1L),
        expected.values().values().stream().map(Checksum::toString).toList(),
        "");
  }

  static String owner(Caller caller) {
    return caller.isAnonymous()
        ? "anonymous"
        : caller.identity().issuer() + " " + caller.identity().subject();
  }

  UploadNote withLength(long bytes) {
    return new UploadNote(owner, bytes, overwrite, ifMatch, modified, expected, source);
  }

  UploadNote withSource(String version) {
    return new UploadNote(owner, length, overwrite, ifMatch, modified, expected, version);
  }

  boolean upload() {
    return source.isEmpty();
  }

  Checksums checksums() {
    return Checksums.of(
        expected.stream()
            .map(text -> text.split(":", 2))
            .map(pair ->
                new Checksum(
                    ChecksumAlgorithm.find(pair[0]).orElseThrow(IllegalArgumentException::new),
                    pair[1]))
            .toList());
  }

  StageOptions options() {
    StageOptions options = StageOptions.DEFAULT.withAlgorithms(checksums().values().keySet());
    return modified < 0 ? options : options.withModified(Instant.ofEpochSecond(modified));
  }

  /// Whether an area can keep it: a client may have sent long conditions, or a long address.
  boolean fits() {
    return text().getBytes(StandardCharsets.UTF_8).length <= StagedWrite.NOTE_BYTES;
  }

  String text() {
    return Json.mapper().writeValueAsString(this);
  }

  /// Empty when the text is not of a door.
  static Optional<UploadNote> parse(String text) {
    try {
      UploadNote note = Json.mapper().readValue(text, UploadNote.class);
      note.checksums(); // throws when they are none
      return Optional.of(note);
    } catch (JacksonException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }
}
