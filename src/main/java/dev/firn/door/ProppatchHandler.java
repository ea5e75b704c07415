package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.namespace.QName;
import org.jspecify.annotations.Nullable;

/// PROPPATCH, RFC 4918 section 9.2: all changes or none, and none lost to others that come at once.
final class ProppatchHandler {
  private static final QName SET = XmlElement.dav("set");
  private static final QName REMOVE = XmlElement.dav("remove");

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
    Edit edit = read(update);
    if (edit.refused().isEmpty()) {
      room.properties().change(object.name(), edit::apply, request.caller().who());
    }
    answer(request, object, edit);
  }

  /// What is to be done to a resource's properties, in the order of the request.
  private record Edit(List<Step> steps, Set<QName> refused) {
    /// @param markup to set it to; null to remove it
    private record Step(QName name, @Nullable String markup) {}

    void apply(Map<QName, String> properties) {
      for (Step step : steps) {
        if (step.markup() == null) {
          properties.remove(step.name());
        } else {
          properties.put(step.name(), step.markup());
        }
      }
    }
  }

  private Edit read(XmlElement update) {
    Edit edit = new Edit(new ArrayList<>(), new LinkedHashSet<>());
    update
        .children()
        .filter(x -> x.name().equals(SET) || x.name().equals(REMOVE))
        .forEach(instruction ->
            instruction
                .children()
                .filter(prop -> prop.name().equals(XmlElement.dav("prop")))
                .flatMap(XmlElement::children)
                .forEach(property -> {
                  boolean set = instruction.name().equals(SET);
                  edit.steps().add(new Edit.Step(property.name(), set ? property.markup() : null));
                  if (live.knows(property.name())) {
                    edit.refused().add(property.name());
                  }
                }));
    return edit;
  }

  private static void answer(DoorRequest request, StoredObject object, Edit edit)
      throws IOException {
    Set<QName> touched = new LinkedHashSet<>();
    edit.steps().forEach(step -> touched.add(step.name()));
    Set<QName> refused = edit.refused();
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
