package dev.firn.console;

import dev.firn.http.HttpProblem;
import dev.firn.processing.Campaign;
import dev.firn.processing.Campaigns;
import dev.firn.processing.Status;
import java.util.List;
import java.util.Map;

/// `/campaigns`: each with its equation; `/campaigns/NAME`: where one stands, what is excluded and
/// why, what is missing, and who works at it. Needs no JavaScript.
public final class CampaignPages {
  private static final int SHOWN = 200;

  private final Campaigns campaigns;

  public CampaignPages(Campaigns campaigns) {
    this.campaigns = campaigns;
  }

  public void addTo(Console console) {
    console.add(
        "Campaigns",
        "/campaigns",
        (exchange, path) -> new Console.Content("Campaigns", all(campaigns.list())));
    console.add("/campaigns/{campaign}", (exchange, path) -> one(path.load("campaign")));
  }

  private Html all(List<Campaign> found) {
    Html out = new Html();
    out.raw("<section>");
    if (found.isEmpty()) {
      out.note("There are none yet: firn campaign plan --help.").raw("</section>\n");
      return out;
    }
    out.table(
        "Campaign", "State", "Pass", ">Expected", ">Done", ">Running", ">Excluded", ">Missing");
    for (Campaign campaign : found) {
      Status status = campaigns.status(campaign);
      out.raw("<tr>")
          .linkCell(Html.href("/campaigns/" + campaign.name(), Map.of()), campaign.name())
          .state(status.campaign().state().label())
          .cell(campaign.pass())
          .number(status.expected())
          .number(status.done())
          .number(status.running())
          .number(status.excluded())
          .number(status.missing())
          .raw("</tr>\n");
    }
    return out.endTable().raw("</section>\n");
  }

  private Console.Content one(String name) {
    Campaign campaign =
        campaigns
            .find(name)
            .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no campaign " + name));
    Status status = campaigns.status(campaign);
    Html out = new Html();
    equation(out, status);
    plan(out, status);
    reasons(out, status);
    gaps(out, campaign);
    hands(out, campaign);
    return new Console.Content("Campaign " + name, out);
  }

  private static void equation(Html out, Status status) {
    out.raw("<section><div class=\"figures\">")
        .figure(Html.count(status.expected()), "events expected =")
        .figure(Html.count(status.done()), "done +")
        .figure(Html.count(status.running()), "running +")
        .figure(Html.count(status.excluded()), "excluded +")
        .figure(Html.count(status.missing()), "missing")
        .raw("</div><p>");
    long settled = status.done() + status.excluded();
    out.meter(settled, status.expected(), Html.count(settled) + " settled").raw("</p>");
    if (!status.holds()) {
      out.note("This does not add up: a defect of Firn.");
    }
    if (!status.campaign().trouble().isEmpty()) {
      out.note("It does not go on: " + status.campaign().trouble());
    }
    out.raw("</section>\n");
  }

  private static void plan(Html out, Status status) {
    Campaign campaign = status.campaign();
    out.raw("<section>").heading("Plan").raw("<dl><dt>State</dt><dd>");
    out.stateWord(campaign.state().label()).raw("</dd>");
    row(out, "Pass", campaign.pass());
    row(out, "Files", status.files() + " in, " + status.excludedFiles() + " excluded");
    row(out, "Query", campaign.query());
    row(out, "Snapshot", campaign.snapshot());
    row(out, "Good runs", campaign.goodRuns().isEmpty() ? "all" : campaign.goodRuns());
    row(out, "GCD", campaign.gcd());
    out.raw("<dt>Command</dt><dd>").code(campaign.command()).raw("</dd>");
    StringBuilder units = new StringBuilder();
    status.units().forEach((state, n) -> units.append(n).append(' ').append(state).append("  "));
    row(out, "Units", units.toString().strip());
    row(out, "Rows of the pass", Html.count(status.folded()) + " events");
    row(out, "Planned", Html.moment(campaign.created()) + " by " + campaign.who());
    out.raw("</dl></section>\n");
  }

  private static void row(Html out, String what, String value) {
    out.raw("<dt>").text(what).raw("</dt><dd>").text(value).raw("</dd>");
  }

  private static void reasons(Html out, Status status) {
    out.raw("<section>").heading("Excluded");
    if (status.reasons().isEmpty()) {
      out.note("Nothing is.");
    } else {
      out.table("Why", ">Events");
      status
          .reasons()
          .forEach((why, events) -> out.raw("<tr>").cell(why).number(events).raw("</tr>\n"));
      out.endTable();
    }
    out.raw("</section>\n<section>").heading("What good runs lack");
    if (status.lacks().isEmpty()) {
      out.note("Nothing: each has its files and exactly one valid GCD.");
    } else {
      out.table(">Run", "What");
      for (Status.Lack lack : status.lacks().subList(0, Math.min(SHOWN, status.lacks().size()))) {
        out.raw("<tr>").number(String.valueOf(lack.run())).cell(lack.what()).raw("</tr>\n");
      }
      out.endTable();
      more(out, status.lacks().size() - SHOWN);
    }
    out.raw("</section>\n");
  }

  private void gaps(Html out, Campaign campaign) {
    Status.Gaps found = campaigns.missing(campaign, false, SHOWN);
    out.raw("<section>").heading("Not done");
    if (found.gaps().isEmpty()) {
      out.note("Every event that is in is done.");
    } else {
      out.table("State", "File", ">First", ">Events", "Worker", "Why");
      for (Status.Gap gap : found.gaps()) {
        out.raw("<tr>")
            .state(gap.state())
            .codeCell(gap.file())
            .number(gap.first())
            .number(gap.events())
            .cell(gap.worker())
            .cell(gap.why())
            .raw("</tr>\n");
      }
      out.endTable();
      more(out, found.more());
    }
    out.raw("</section>\n");
  }

  private static void more(Html out, long left) {
    if (left > 0) {
      out.note("and " + Html.count(left) + " more: firn campaign status --missing");
    }
  }

  private void hands(Html out, Campaign campaign) {
    List<Status.Hand> hands = campaigns.hands(campaign);
    out.raw("<section>").heading("Workers");
    if (hands.isEmpty()) {
      out.note("None has come yet: firn work --campaign " + campaign.name() + ".");
    } else {
      out.table("Worker", ">Units now", ">Done", ">Failed", "Heard of");
      for (Status.Hand hand : hands) {
        out.raw("<tr>")
            .cell(hand.name())
            .number(hand.units())
            .number(hand.done())
            .number(hand.failed())
            .momentCell(hand.heard())
            .raw("</tr>\n");
      }
      out.endTable();
    }
    out.raw("</section>\n");
  }
}
