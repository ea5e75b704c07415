package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A campaign whose command sees its events as tables of Arrow and answers with one: what it says
/// of an event is a column of the pass.
@Tag("slow")
@Timeout(600) // it starts a program for every unit, on a machine that may be busy
class CampaignTablesTest {
  private static final String COMMAND =
      "$FIRN i3 columns $INFILE --pulses InIcePulses --format arrow --out . && "
          + "$FIRN i3 annotate $INFILE events.arrow --key Scores --columns pulses --out $OUTFILE";
  private static final String COLUMNS =
      """
      [[column]]
      name = "score"
      key = "Scores"
      field = "pulses"
      type = "double"
      doc = "What the command said"
      """;

  @TempDir Path directory;

  @Test
  void whatACommandSaysInArrowIsAColumnOfThePass() throws Exception {
    try (HubProcess hub = new HubProcess(directory)) {
      SlurmHub.sendRun(hub);
      String operator = hub.operator();
      Map<String, Object> plan = new LinkedHashMap<>();
      plan.put("name", "pass3");
      plan.put("query", "season = 2017");
      plan.put("gcd", "v1");
      plan.put("command", COMMAND);
      plan.put("unit_events", 60);
      plan.put("pulses", "InIcePulses");
      plan.put("columns", COLUMNS);
      hub.json(201, "POST", "/api/v1/campaigns", operator, plan);
      hub.json(200, "POST", "/api/v1/campaigns/pass3/start", operator, Map.of());
      String jobs = directory.resolve("jobs").toString();
      ProcessBuilder run =
          hub.firn("campaign", "run", "pass3", "--workers", "1", "--dir", jobs, "--json");
      run.environment().put("FIRN", String.join(" ", HubProcess.command()));
      Process process = run.start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(said).isZero();
      JsonNode status = Json.mapper().readTree(said);
      assertThat(status.path("folded").asInt()).as(said).isEqualTo(SlurmHub.EVENTS);
      hub.json(200, "POST", "/api/v1/campaigns/pass3/promote", operator, Map.of());

      Process query =
          hub.firn(
                  "events",
                  "query",
                  "SELECT count(*) AS n FROM pass3.events WHERE score = pulses AND pulses > 0")
              .start();
      String answer = new String(query.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(query.waitFor()).as(answer).isZero();
      assertThat(answer).contains(Integer.toString(SlurmHub.EVENTS));
    }
  }
}
