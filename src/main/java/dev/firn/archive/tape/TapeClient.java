package dev.firn.archive.tape;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.http.RemoteException;
import dev.firn.model.LogicalName;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Asks other sites for files on tape, by the WLCG Tape REST API v1, each time with a token that
/// lets do that and nothing else.
public final class TapeClient {
  private static final int LONGEST = 16 << 20;
  private static final int DETAIL = 1000;

  private final HttpFetcher http;
  private final TransferTokens tokens;
  private final Map<Site, URI> endpoints = new ConcurrentHashMap<>();

  public TapeClient(HttpFetcher http, TransferTokens tokens) {
    this.http = http;
    this.tokens = tokens;
  }

  /// How the far side says that a file fares.
  ///
  /// @param error why it will not come; null while it may
  public record Fare(boolean online, @Nullable String error) {}

  /// Orders files, all in one request, so that the far side reads those of one tape together.
  ///
  /// @return the request's id there
  public String stage(Site site, List<LogicalName> names) throws IOException {
    List<Map<String, String>> files =
        names.stream().map(name -> Map.of("path", path(site, name))).toList();
    JsonNode answer = post(site, names, "/stage", Map.of("files", files));
    String id = answer.path("requestId").asString("");
    if (id.isEmpty()) {
      throw broken(site, "answered a stage request without its id");
    }
    return id;
  }

  /// How the files of a request fare; empty when the far side does not know the request any more.
  public Optional<Map<LogicalName, Fare>> poll(Site site, String id, Collection<LogicalName> names)
      throws IOException {
    Request request =
        Request.of("GET", URI.create(endpoint(site) + "/stage/" + id))
            .withBearer(tokens.stageToken(site, common(names)));
    try (Response response = http.send(request)) {
      if (response.status() == 404) {
        return Optional.empty();
      }
      JsonNode answer = json(site, response, request);
      Map<String, Fare> said = new LinkedHashMap<>();
      for (JsonNode file : answer.path("files")) {
        said.put(file.path("path").asString(""), fare(file));
      }
      Map<LogicalName, Fare> fares = new LinkedHashMap<>();
      for (LogicalName name : names) {
        Fare fare = said.get(path(site, name));
        if (fare != null) {
          fares.put(name, fare);
        }
      }
      return Optional.of(fares);
    }
  }

  /// Both forms of the standard: `state`, or `onDisk`.
  private static Fare fare(JsonNode file) {
    String state = file.path("state").asString("");
    String error = file.path("error").asString("");
    boolean online = state.equals("COMPLETED") || file.path("onDisk").asBoolean(false);
    // gfal2 and some servers write it with one L.
    boolean over = state.equals("FAILED") || state.startsWith("CANCEL");
    if (online) {
      return new Fare(true, null);
    }
    return new Fare(false, over || !error.isEmpty() ? (error.isEmpty() ? state : error) : null);
  }

  /// Says that files are not needed on disk any more.
  public void release(Site site, String id, Collection<LogicalName> names) throws IOException {
    List<String> paths = names.stream().map(name -> path(site, name)).toList();
    post(site, names, "/release/" + id, Map.of("paths", paths));
  }

  /// Where files are; those of which the far side does not say it are left out.
  public Map<LogicalName, Locality> localities(Site site, Collection<LogicalName> names)
      throws IOException {
    List<String> paths = names.stream().map(name -> path(site, name)).toList();
    JsonNode answer = post(site, names, "/archiveinfo", Map.of("paths", paths));
    Map<String, Locality> said = new LinkedHashMap<>();
    for (JsonNode file : answer) {
      for (Locality locality : Locality.values()) {
        if (locality.name().equals(file.path("locality").asString(""))) {
          said.put(file.path("path").asString(""), locality);
        }
      }
    }
    Map<LogicalName, Locality> found = new LinkedHashMap<>();
    for (LogicalName name : names) {
      Locality locality = said.get(path(site, name));
      if (locality != null) {
        found.put(name, locality);
      }
    }
    return found;
  }

  private JsonNode post(Site site, Collection<LogicalName> names, String what, Object body)
      throws IOException {
    Request request =
        Request.of("POST", URI.create(endpoint(site) + what))
            .withBearer(tokens.stageToken(site, common(names)))
            .withHeader("Content-Type", "application/json")
            .withBody(BodySource.bytes(Json.bytes(body)));
    try (Response response = http.send(request)) {
      return json(site, response, request);
    }
  }

  private static JsonNode json(Site site, Response response, Request request) throws IOException {
    if (response.status() / 100 != 2) {
      throw RemoteException.ofStatus(response.status(), request.label(), response.bodyText(DETAIL));
    }
    String text = response.bodyText(LONGEST);
    try {
      return text.isBlank() ? Json.mapper().nullNode() : Json.mapper().readTree(text);
    } catch (JacksonException e) {
      throw broken(site, "answered what is not JSON: " + e.getOriginalMessage());
    }
  }

  /// Where the site's API is: what its well-known document says, as long as that is at the same
  /// host and spoken to in the same way, since tokens are sent there.
  private URI endpoint(Site site) throws IOException {
    URI known = endpoints.get(site);
    if (known != null) {
      return known;
    }
    Request request = Request.of("GET", site.url().resolve(TapeRoutes.WELL_KNOWN));
    try (Response response = http.send(request)) {
      for (JsonNode endpoint : json(site, response, request).path("endpoints")) {
        String text = endpoint.path("uri").asString("");
        URI uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        if (endpoint.path("version").asString("").equals("v1")
            && site.url().getHost().equals(uri.getHost())
            && site.url().getScheme().equals(uri.getScheme())) {
          endpoints.put(site, uri);
          return uri;
        }
      }
    } catch (IllegalArgumentException e) {
      throw broken(site, "names a tape REST API at what is no URL");
    }
    throw broken(site, "names no tape REST API v1 at its own host");
  }

  private static RemoteException broken(Site site, String how) {
    return new RemoteException(RemoteException.Kind.REMOTE, site.name() + " " + how);
  }

  private static String path(Site site, LogicalName name) {
    return site.at(name).getPath();
  }

  /// The deepest folder that all of them lie in.
  private static LogicalName common(Collection<LogicalName> names) {
    List<LogicalName> all = new ArrayList<>(names);
    LogicalName common = all.getFirst().parent();
    for (LogicalName name : all) {
      while (!name.startsWith(common)) {
        common = common.parent();
      }
    }
    return common;
  }
}
