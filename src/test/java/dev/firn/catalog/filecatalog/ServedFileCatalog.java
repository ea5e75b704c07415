package dev.firn.catalog.filecatalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.database.TestDatabase;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.ServedRoutes;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.JsonNode;

/// The File Catalog's routes over an empty catalog, with a client that asks them.
final class ServedFileCatalog implements AutoCloseable {
  final TestDatabase test = TestDatabase.create();
  final Catalog catalog = new Catalog(test.database());
  final ServedRoutes server;

  ServedFileCatalog() throws Exception {
    server = ServedRoutes.open(this::addTo);
  }

  private void addTo(Router router, Authenticator authenticator, AccessPolicy policy) {
    new FileCatalogRoutes(catalog, test.database(), authenticator, policy, UUID::randomUUID)
        .addTo(router);
  }

  record Answer(int status, JsonNode body) {}

  Answer ask(String method, String path, String body) throws Exception {
    HttpResponse<String> answer = server.send(method, path, body);
    String text = answer.body().isEmpty() ? "{}" : answer.body();
    return new Answer(answer.statusCode(), Json.mapper().readTree(text));
  }

  JsonNode get(String path) throws Exception {
    Answer answer = ask("GET", path, "");
    assertThat(answer.status()).as(path + " " + answer.body()).isEqualTo(200);
    return answer.body();
  }

  /// Asks all at the same moment.
  List<Answer> together(List<Callable<Answer>> questions) throws Exception {
    CyclicBarrier start = new CyclicBarrier(questions.size());
    List<Callable<Answer>> waiting = new ArrayList<>();
    for (Callable<Answer> question : questions) {
      waiting.add(() -> {
        start.await();
        return question.call();
      });
    }
    List<Answer> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(questions.size())) {
      for (Future<Answer> answer : threads.invokeAll(waiting)) {
        answers.add(answer.get());
      }
    }
    return answers;
  }

  /// Names of the files that a query finds.
  Set<String> names(String query) throws Exception {
    return namesOf("query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));
  }

  Set<String> namesOf(String parameters) throws Exception {
    Set<String> names = new TreeSet<>();
    get("/api/files?" + parameters)
        .path("files")
        .forEach(f -> names.add(f.path("logical_name").asString()));
    return names;
  }

  /// Registers a file and returns its path below the catalog.
  String create(String document) throws Exception {
    Answer answer = ask("POST", "/api/files", document);
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(201);
    return answer.body().path("file").asString();
  }

  static String document(String name, int content, String locations, String more) {
    return """
    {"logical_name": "%s", "file_size": %d, "checksum": {"sha512": "%0128x"},
     "locations": [%s]%s}
    """
        .formatted(name, content, content, locations, more);
  }

  static String at(String site, String path) {
    return "{\"site\": \"%s\", \"path\": \"%s\"}".formatted(site, path);
  }

  @Override
  public void close() throws Exception {
    server.close();
    test.close();
  }
}
