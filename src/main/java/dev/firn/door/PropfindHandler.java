package dev.firn.door;

import dev.firn.door.DoorRequest.Depth;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.xml.namespace.QName;

/// PROPFIND of depth 0 and 1, RFC 4918 section 9.1. A directory's entries are sent as they are
/// read.
final class PropfindHandler {
  private static final byte[] FINITE_DEPTH =
      """
      <?xml version="1.0" encoding="utf-8"?>
      <D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>
      """
          .getBytes(StandardCharsets.UTF_8);

  private final Room room;
  private final LiveProperties live;

  PropfindHandler(Room room) {
    this.room = room;
    this.live = new LiveProperties(room.area(), room.locks());
  }

  /// What a PROPFIND asks for.
  private sealed interface Question {
    record Names() implements Question {}

    record All(List<QName> include) implements Question {}

    record Named(List<QName> names) implements Question {}
  }

  void handle(DoorRequest request) throws IOException {
    Exchange exchange = request.exchange();
    Depth depth = request.depth(Depth.INFINITY);
    Operation operation = depth == Depth.ZERO ? Operation.STAT : Operation.LIST;
    room.require(request, operation, request.name());
    Question question = question(exchange);
    StoredObject object = room.load(request.name());
    room.require(request, object.directory() ? operation : Operation.STAT, object);
    if (depth == Depth.INFINITY && object.directory()) {
      exchange.respond(403, "application/xml; charset=utf-8", FINITE_DEPTH);
      return;
    }
    MultiStatus answer = MultiStatus.start(exchange);
    describe(answer, object, question);
    if (depth == Depth.ONE && object.directory()) {
      room.area()
          .list(
              object.name(),
              child -> {
                if (room.allows(request, Operation.LIST, child)) {
                  describe(answer, child, question);
                }
              });
    }
    answer.end();
  }

  private static Question question(Exchange exchange) throws IOException {
    Optional<XmlElement> body = Bodies.xml(exchange);
    if (body.isEmpty()) {
      return new Question.All(List.of());
    }
    XmlElement root = body.get();
    if (!root.name().equals(XmlElement.dav("propfind"))) {
      throw new HttpProblem(400, "bad-propfind", "the body is not a DAV:propfind");
    }
    Optional<XmlElement> named = root.child(XmlElement.dav("prop"));
    if (named.isPresent()) {
      return new Question.Named(names(named.get()));
    }
    if (root.child(XmlElement.dav("propname")).isPresent()) {
      return new Question.Names();
    }
    if (root.child(XmlElement.dav("allprop")).isPresent()) {
      return new Question.All(
          root.child(XmlElement.dav("include")).map(PropfindHandler::names).orElse(List.of()));
    }
    throw new HttpProblem(400, "bad-propfind", "the body asks for nothing");
  }

  private static List<QName> names(XmlElement element) {
    return element.children().map(XmlElement::name).distinct().toList();
  }

  private void describe(MultiStatus answer, StoredObject object, Question question)
      throws IOException {
    answer.beginResponse(href(object));
    switch (question) {
      case Question.Names names -> names(answer, object);
      case Question.All all -> {
        Set<QName> wanted = new LinkedHashSet<>(live.ordinaryNames());
        wanted.addAll(all.include());
        values(answer, object, new ArrayList<>(wanted), false);
      }
      case Question.Named named -> values(answer, object, named.names(), true);
    }
    answer.endResponse();
  }

  static String href(StoredObject object) {
    String path = RequestPath.encode(object.name());
    return object.directory() && !path.endsWith("/") ? path + "/" : path;
  }

  private void names(MultiStatus answer, StoredObject object) throws IOException {
    StringBuilder found = new StringBuilder();
    for (QName name : live.ordinaryNames()) {
      if (live.find(object, name).isPresent()) {
        found.append(MultiStatus.empty(name));
      }
    }
    room.properties().names(object.name()).forEach(n -> found.append(MultiStatus.empty(n)));
    answer.propstat(found.toString(), "200 OK");
  }

  private void values(
      MultiStatus answer, StoredObject object, List<QName> wanted, boolean namedOnly)
      throws IOException {
    Map<QName, String> dead = room.properties().of(object.name());
    StringBuilder found = new StringBuilder();
    StringBuilder missing = new StringBuilder();
    for (QName name : wanted) {
      String set = dead.get(name);
      Optional<String> value =
          set != null
              ? Optional.of(set)
              : live.find(object, name).map(inner -> MultiStatus.element(name, inner));
      if (value.isPresent()) {
        found.append(value.get());
      } else if (namedOnly) {
        missing.append(MultiStatus.empty(name));
      }
    }
    if (!namedOnly) {
      dead.forEach((name, markup) -> found.append(wanted.contains(name) ? "" : markup));
    }
    answer.propstat(found.toString(), "200 OK");
    answer.propstat(missing.toString(), "404 Not Found");
    if (found.isEmpty() && missing.isEmpty()) {
      answer.propstat(" ", "200 OK");
    }
  }
}
