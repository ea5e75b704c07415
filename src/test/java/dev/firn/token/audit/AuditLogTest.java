package dev.firn.token.audit;

import static dev.firn.token.Mint.SHARED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Headers;
import dev.firn.token.Mint;
import dev.firn.token.Operation;
import dev.firn.token.Revocations;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class AuditLogTest {
  @TempDir Path directory;

  private Instant now = Mint.NOW;

  private AuditLog open() throws IOException {
    return AuditLog.open(directory, () -> now);
  }

  private static Audit.Event event(String reason, String path) {
    return new Audit.Event(
        "deny", reason, Caller.of(Mint.ISSUER, "alice", ""), Map.of("path", path));
  }

  private List<String> lines() throws IOException {
    List<String> lines = new ArrayList<>();
    try (var files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines;
  }

  private void write(int from, int to) throws IOException {
    try (AuditLog audit = open()) {
      for (int i = from; i < to; i++) {
        audit.record(event("r" + i, "/data/" + i));
      }
    }
  }

  @Test
  void chainGoesOnOverRestartsAndDays() throws IOException {
    write(0, 50);
    write(50, 60);
    now = now.plus(Duration.ofDays(1));
    write(60, 100);
    assertThat(AuditChain.verify(directory))
        .isInstanceOfSatisfying(
            AuditChain.Verified.class, v -> assertThat(v.lines()).isEqualTo(100));
    try (var files = Files.list(directory)) {
      assertThat(files).hasSize(2);
    }
    assertThat(lines().get(99)).contains("\"reason\":\"r99\"").contains("\"sub\":\"alice\"");
  }

  @Test
  void everyChangeIsFound() throws IOException {
    write(0, 20);
    Path file = directory.resolve("audit-2026-11-23.jsonl");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    byte[] good = Files.readAllBytes(file);
    List<String> lines = Files.readAllLines(file);
    int lastLine = new String(good, StandardCharsets.UTF_8).lastIndexOf("{");
    for (int i = 0; i < lastLine; i += 7) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      Files.write(file, bad);
      assertThat(AuditChain.verify(directory))
          .as("byte %d", i)
          .isInstanceOf(AuditChain.Broken.class);
    }
    for (int i = 0; i < 19; i++) {
      List<String> fewer = new ArrayList<>(lines);
      fewer.remove(i);
      Files.write(file, fewer);
      assertThat(AuditChain.verify(directory)).isInstanceOf(AuditChain.Broken.class);
      List<String> twice = new ArrayList<>(lines);
      twice.add(i, lines.get(i));
      Files.write(file, twice);
      assertThat(AuditChain.verify(directory)).isInstanceOf(AuditChain.Broken.class);
    }
    Files.write(file, lines);
    assertThat(AuditChain.verify(directory)).isInstanceOf(AuditChain.Verified.class);
  }

  @Test
  void lineCutByACrashIsRemovedAndSaid() throws IOException {
    write(0, 5);
    Path file = directory.resolve("audit-2026-11-23.jsonl");
    Files.writeString(file, "{\"seq\":6,\"prev\":\"ab", StandardOpenOption.APPEND);
    write(5, 8);
    assertThat(AuditChain.verify(directory))
        .isInstanceOfSatisfying(AuditChain.Verified.class, v -> assertThat(v.lines()).isEqualTo(9));
    assertThat(lines().get(5)).contains("audit_torn_line").contains("\"bytes\":\"19\"");
  }

  @Test
  void whatWasKeptLongEnoughIsTakenAwayAndTheChainSaysSo() throws Exception {
    write(0, 10);
    now = now.plus(Duration.ofDays(1));
    write(10, 20);
    now = now.plus(Duration.ofDays(29).plusHours(1));
    try (AuditLog audit = AuditLog.open(directory, Duration.ofDays(30), () -> now)) {
      audit.record(event("r20", "/data/20"));
    }
    assertThat(lines()).hasSize(21);
    now = now.plus(Duration.ofDays(1));
    try (AuditLog audit = AuditLog.open(directory, Duration.ofDays(30), () -> now)) {
      audit.record(event("r21", "/data/21"));
    }
    assertThat(lines()).hasSize(13);
    assertThat(lines().get(11)).contains("audit_removed", "\"until\":\"10\"");
    assertThat(AuditChain.verify(directory))
        .isInstanceOfSatisfying(
            AuditChain.Verified.class,
            v -> {
              assertThat(v.first()).isEqualTo(11);
              assertThat(v.lines()).isEqualTo(23);
            });
    // What nobody said was taken away is missing.
    Files.delete(directory.resolve("audit-2026-11-24.jsonl"));
    assertThat(AuditChain.verify(directory))
        .isInstanceOfSatisfying(
            AuditChain.Broken.class, b -> assertThat(b.reason()).contains("missing"));
  }

  @Test
  void manyReadsOfManyThreadsAreOneChainAndStrangeValuesAreJson() throws Exception {
    List<Thread> threads = new ArrayList<>();
    try (AuditLog audit = open()) {
      for (int t = 0; t < 8; t++) {
        String who = "reader" + t;
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  for (int i = 0; i < 20_000; i++) {
                    audit.record(
                        new Audit.Event(
                            Audit.ALLOW_READ,
                            "storage.read:/a",
                            Caller.of(Mint.ISSUER, who, ""),
                            Map.of("path", "/data/\"" + who + "\\é\u0007", "seq", "no")));
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      audit.flush();
      assertThat(AuditChain.verify(directory))
          .isInstanceOfSatisfying(
              AuditChain.Verified.class, v -> assertThat(v.lines()).isEqualTo(160_000));
    }
    JsonNode first = Json.mapper().readTree(lines().getFirst());
    assertThat(first.path("path").asString()).startsWith("/data/\"reader").endsWith("\\é\\u0007");
    assertThat(first.path("seq").asLong()).isEqualTo(1);
    assertThat(Instant.parse(first.path("ts").asString())).isEqualTo(now);
  }

  @Test
  void whatCannotBeWrittenStopsNobodyWhoRecordsAfterIt() throws Exception {
    AuditLog audit = open();
    now = Instant.MAX; // no day has this time
    audit.record(event("lost", "/data/a"));
    assertThat(CompletableFuture.runAsync(audit::flush)).succeedsWithin(Duration.ofMinutes(1));
    now = Mint.NOW;
    audit.record(event("kept", "/data/b"));
    audit.close();
    assertThat(lines()).singleElement().asString().contains("kept");
    assertThat(AuditChain.verify(directory)).isInstanceOf(AuditChain.Verified.class);
  }

  @Test
  void readsAreLeftOutWhereOnlyChangesAreWanted() throws Exception {
    try (AuditLog audit = open()) {
      AccessPolicy policy =
          AccessPolicy.of(List.of(SHARED.trusted()), List.of()).recording(audit.ofChanges());
      Caller caller =
          Caller.of(SHARED.trusted().issuer(), "alice", "storage.modify:/ storage.read:/");
      LogicalName name = LogicalName.parse("/a/x");
      policy.require(caller, Operation.GET_FILE, name, TargetState.FILE);
      policy.require(caller, Operation.DELETE, name, TargetState.FILE);
      assertThatThrownBy(() -> policy.requireAdmin(caller)).isInstanceOf(HttpProblem.class);
    }
    assertThat(lines()).hasSize(2);
    assertThat(lines().get(0)).contains("allow_write", "DELETE");
    assertThat(lines().get(1)).contains("deny", "not-an-administrator", "firn.admin");
  }

  @Test
  void decisionsAreRecordedWithTheirReasonsAndWithoutSecretsI1() throws IOException {
    String token = SHARED.token("storage.read:/a storage.create:/b");
    String expired = SHARED.sign(SHARED.claims("", "exp", 1));
    try (AuditLog audit = open()) {
      Authenticator authenticator =
          new Authenticator(
                  List.of(SHARED.trusted()), Set.of(Mint.SITE), Revocations.NONE, () -> now)
              .recording(audit);
      AccessPolicy policy = AccessPolicy.of(List.of(SHARED.trusted()), List.of()).recording(audit);
      assertThatThrownBy(() -> authenticator.authenticate(Headers.bearer(expired)))
          .isInstanceOf(HttpProblem.class);
      Caller caller = authenticator.authenticate(Headers.bearer(token));
      LogicalName hostile = LogicalName.parse("/a/Bearer " + token.substring(0, 200));
      assertThatThrownBy(
              () -> policy.require(caller, Operation.DELETE, hostile, TargetState.UNKNOWN))
          .isInstanceOf(HttpProblem.class);
      policy.require(caller, Operation.PUT_NEW, LogicalName.parse("/b/x"), TargetState.ABSENT);
      policy.require(caller, Operation.GET_FILE, LogicalName.parse("/a/x"), TargetState.FILE);
      audit.flush();
      List<String> lines = lines();
      assertThat(lines).hasSize(4);
      assertThat(lines.get(0)).contains("authn_fail", "expired", "127.0.0.1");
      assertThat(lines.get(1)).contains("deny", "no-matching-scope", "DELETE", "[redacted]");
      assertThat(lines.get(2)).contains("allow_write", "storage.create:/b under /", "/b/x");
      assertThat(lines.get(3)).contains("allow_read", "storage.read:/a under /", "GET_FILE");
      for (String secret : List.of(token, expired)) {
        for (String part : secret.split("\\.")) {
          assertThat(lines).noneMatch(line -> line.contains(part));
        }
      }
    }
  }
}
