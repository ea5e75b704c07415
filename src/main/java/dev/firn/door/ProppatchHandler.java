package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import javax.xml.namespace.QName;

/// PROPPATCH, RFC 4918 section 9.2: all changes or none.
final class ProppatchHandler {
  private final Room room;
  private final LiveProperties live;

  ProppatchHandler(Room room) {
    this.room = room;
    this.live = new LiveProperties(room.area(), room.locks());
  }

  void handle(DoorRequest request) throws IOException {
    room.require(request, Operation.SET_PROPERTIES, request.name());
    XmlElement update =
        Bodies.xml(request.exchange())
            .filter(x -> x.name().equals(XmlElement.dav("propertyupdate")))
            .orElseThrow(
                () -> new HttpProblem(400, "bad-proppatch", "the body is no DAV:propertyupdate"));
    StoredObject object = room.load(request.name());
    room.require(request, Operation.SET_PROPERTIES, object);
    room.locks().requireUnlocked(room, request, request.name(), false);
    Map<QName, String> properties = new LinkedHashMap<>(room.properties().of(object.name()));
    Set<QName> touched = new LinkedHashSet<>();
    Set<QName> refused = new LinkedHashSet<>();
    apply(update, properties, touched, refused);
    if (refused.isEmpty()) {
      room.properties().change(object.name(), properties, request.caller().who());
    }
    answer(request, object, touched, refused);
  }

  private void apply(
      XmlElement update, Map<QName, String> properties, Set<QName> touched, Set<QName> refused) {
    update
        .children()
        .forEach(instruction ->
            instruction
                .children()
                .filter(prop -> prop.name().equals(XmlElement.dav("prop")))
                .flatMap(XmlElement::children)
                .forEach(property -> {
                  QName name = property.name();
                  touched.add(name);
                  if (live.knows(name)) {
                    refused.add(name);
                  } else if (instruction.name().equals(XmlElement.dav("set"))) {
                    properties.put(name, property.markup());
                  } else if (instruction.name().equals(XmlElement.dav("remove"))) {
                    properties.remove(name);
                  }
                }));
  }

  private static void answer(
      DoorRequest request, StoredObject object, Set<QName> touched, Set<QName> refused)
      throws IOException {
    StringBuilder protectedOnes = new StringBuilder();
    StringBuilder others = new StringBuilder();
    for (QName name : touched) {
      (refused.contains(name) ? protectedOnes : others).append(MultiStatus.empty(name));
    }
    MultiStatus answer = MultiStatus.start(request.exchange());
    answer.beginResponse(PropfindHandler.href(object));
    answer.propstat(protectedOnes.toString(), "403 Forbidden");
    answer.propstat(others.toString(), refused.isEmpty() ? "200 OK" : "424 Failed Dependency");
    answer.endResponse();
    answer.end();
  }
}
