package dev.firn.console.movement;

import dev.firn.console.Console;
import dev.firn.console.Html;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Router;
import dev.firn.model.TransferState;
import dev.firn.transfer.Explanation;
import dev.firn.transfer.Explanations;
import dev.firn.transfer.RuleExplanation;
import dev.firn.transfer.Transfers;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.Rules;
import java.util.List;
import java.util.Map;

/// `/transfers` and `/rules`: what moves and what should be true, each with the sentence that says
/// what it waits for, and what an operator can do.
public final class TransferPages {
  private static final int SHOWN = 30;
  private static final List<TransferState> TROUBLED_FIRST =
      List.of(
          TransferState.FAILED,
          TransferState.UNKNOWN,
          TransferState.ACTIVE,
          TransferState.QUEUED,
          TransferState.DONE);

  private final Transfers transfers;
  private final Rules rules;
  private final Explanations explanations;

  public TransferPages(Transfers transfers, Rules rules, Explanations explanations) {
    this.transfers = transfers;
    this.rules = rules;
    this.explanations = explanations;
  }

  public void addTo(Console console) {
    console.add("Transfers", "/transfers", this::all);
    console.add("/transfers/{id}", this::one);
    console.add("Rules", "/rules", this::rules);
    console.add("/rules/{id}", this::rule);
  }

  private Console.Content all(Exchange exchange, Router.Parameters path) {
    Html out = new Html();
    for (TransferState state : TROUBLED_FIRST) {
      List<Transfer> some = transfers.list(state, 0, SHOWN);
      out.raw("<section><h2>").stateWord(state.label()).raw("</h2>\n");
      if (some.isEmpty()) {
        out.note("None.").raw("</section>\n");
        continue;
      }
      out.table("Transfer", ">Bytes", "~What it waits for, or what came of it", "~What to do");
      for (Transfer transfer : some) {
        Explanation why = explanations.transfer(transfer.id()).orElse(null);
        out.raw("<tr>")
            .linkCell("/transfers/" + transfer.id(), Long.toString(transfer.id()))
            .number(Html.bytes(transfer.request().size()))
            .lastCells(2, why == null ? "" : why.sentence(), why == null ? "" : why.advice())
            .raw("</tr>\n");
      }
      out.endTable();
      if (some.size() == SHOWN) {
        out.note(
            "The newest "
                + SHOWN
                + " are shown; firn transfer ls --state "
                + state.label()
                + " has more.");
      }
      out.raw("</section>\n");
    }
    return new Console.Content("Transfers", out);
  }

  private Console.Content one(Exchange exchange, Router.Parameters path) {
    long id = number(path.load("id"));
    Explanation why =
        explanations
            .transfer(id)
            .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no such transfer"));
    Html out = new Html();
    explanation(out, why);
    out.raw("<section>").heading("What was tried");
    if (why.attempts().isEmpty()) {
      out.note("Nothing yet.").raw("</section>\n");
    } else {
      out.table("Began", "Ended", "What", "By", "Outcome", ">Bytes", "~Why");
      for (Attempt attempt : why.attempts()) {
        out.raw("<tr>")
            .momentCell(attempt.started())
            .momentCell(attempt.ended())
            .cell(attempt.action())
            .cell(attempt.owner())
            .state(attempt.outcome())
            .number(Html.bytes(attempt.bytes()))
            .lastCells(6, attempt.reason())
            .raw("</tr>\n");
      }
      out.endTable().raw("</section>\n");
    }
    return new Console.Content("Transfer " + id, out);
  }

  private static void explanation(Html out, Explanation why) {
    out.raw("<section><p>")
        .text(why.sentence())
        .raw(".</p><p class=\"none\">")
        .text("since " + Html.moment(why.since()) + " UTC; " + why.advice())
        .raw("</p></section>\n");
  }

  private Console.Content rules(Exchange exchange, Router.Parameters path) {
    Map<Long, Map<String, Long>> progress = rules.progress();
    List<ReplicationRule> all = rules.list();
    Html out = new Html().raw("<section>");
    if (all.isEmpty()) {
      out.note("No rule is in force: firn rule add makes one.");
    } else {
      out.table("Rule", "Says that", "Done", ">Waiting", ">Held", ">Failed", "Account");
      for (ReplicationRule rule : all) {
        Map<String, Long> copies = progress.getOrDefault(rule.id(), Map.of());
        long done = copies.getOrDefault("done", 0L);
        long waiting = copies.getOrDefault("open", 0L) + copies.getOrDefault("assigned", 0L);
        long held = copies.getOrDefault("held", 0L);
        long failed = copies.getOrDefault("failed", 0L);
        out.raw("<tr>")
            .linkCell("/rules/" + rule.id(), Long.toString(rule.id()))
            .wordsCell(rule.wanted().sentence())
            .raw("<td>")
            .meter(done, done + waiting + held + failed, Html.count(done))
            .raw("</td>")
            .number(waiting)
            .number(held)
            .number(failed)
            .cell(rule.account())
            .raw("</tr>\n");
      }
      out.endTable();
    }
    return new Console.Content("Rules", out.raw("</section>\n"));
  }

  private Console.Content rule(Exchange exchange, Router.Parameters path) {
    long id = number(path.load("id"));
    RuleExplanation why =
        explanations
            .rule(rules, id)
            .orElseThrow(() -> new HttpProblem(404, "not-found", "there was never such a rule"));
    Html out = new Html().raw("<section><p>").text(why.sentence()).raw(".</p></section>\n");
    for (RuleExplanation.Waiting one : why.waiting()) {
      out.raw("<section><h2>").text(Html.count(one.copies()) + " ");
      out.stateWord(one.state().label()).raw("</h2><p>The oldest: ").text(one.oldest().sentence());
      out.raw(".</p><p class=\"none\">")
          .text("since " + Html.moment(one.oldest().since()) + " UTC; " + one.oldest().advice())
          .raw("</p></section>\n");
    }
    return new Console.Content("Rule " + id, out);
  }

  private static long number(String text) {
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "not a number");
    }
  }
}
