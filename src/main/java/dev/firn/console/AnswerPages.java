package dev.firn.console;

import dev.firn.inference.scoring.ScoreTable;
import dev.firn.staging.Stage;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// `/answers`: events that are staged for training and the models that came back, and the tables of
/// scores that models gave to passes. Needs no JavaScript.
public final class AnswerPages {
  private final Supplier<List<Stage>> stages;
  private final Supplier<List<ScoreTable>> scores;

  public AnswerPages(Supplier<List<Stage>> stages, Supplier<List<ScoreTable>> scores) {
    this.stages = stages;
    this.scores = scores;
  }

  public void addTo(Console console) {
    console.add("Models", "/answers", (exchange, path) -> new Console.Content("Models", page()));
  }

  private Html page() {
    Html out = new Html();
    out.raw("<section>").heading("Events staged for training");
    List<Stage> staged = stages.get();
    if (staged.isEmpty()) {
      out.note("There are none: firn stage run --help.");
    } else {
      out.table(
          "Stage", "Of", "To", "Format", ">Shards", ">Size", "State", "Models that came back");
      for (Stage stage : staged) {
        out.raw("<tr>")
            .cell(stage.plan().name())
            .cell(stage.plan().dataset())
            .cell(stage.plan().to())
            .cell(stage.plan().format())
            .number(stage.made())
            .number(Html.bytes(stage.bytes()))
            .state(stage.state())
            .raw("<td>");
        for (String model : stage.models()) {
          out.link(Html.href("/files", Map.of("q", "name = '" + model + "'")), model).raw(" ");
        }
        out.raw("</td></tr>\n");
      }
      out.endTable();
    }
    out.raw("</section>\n<section>").heading("Scores of passes");
    List<ScoreTable> tables = scores.get();
    if (tables.isEmpty()) {
      out.note("There are none: firn infer run --help.");
    } else {
      out.table("Table", "Model", ">Version", ">Events", ">Without scores", "File of the model");
      for (ScoreTable table : tables) {
        out.raw("<tr>")
            .cell(table.name())
            .cell(table.model())
            .number(table.version())
            .number(table.rows())
            .number(table.unscored())
            .codeCell(table.digest().substring(0, Math.min(19, table.digest().length())))
            .raw("</tr>\n");
      }
      out.endTable();
    }
    return out.raw("</section>\n");
  }
}
