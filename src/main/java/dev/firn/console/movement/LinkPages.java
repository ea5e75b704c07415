package dev.firn.console.movement;

import dev.firn.console.Console;
import dev.firn.console.Html;
import dev.firn.database.HistoryRecord;
import dev.firn.http.Exchange;
import dev.firn.http.Router;
import dev.firn.transfer.Links;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.link.Hold;
import dev.firn.transfer.link.LinkPolicy;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// `/links`: what moves between which sites now, what waits for which activity and why, and when
/// sites rest; `/links/SOURCE/DESTINATION`: how a link came to carry what it does.
public final class LinkPages {
  private static final int CHANGES = 200;

  private final Links links;

  public LinkPages(Links links) {
    this.links = links;
  }

  public void addTo(Console console) {
    console.asset("renew.js", "text/javascript; charset=utf-8");
    console.add("Links", "/links", this::all);
    console.add("/links/{source}/{destination}", this::one);
  }

  private Console.Content all(Exchange exchange, Router.Parameters path) {
    List<Links.Now> now = links.list();
    Html out = new Html();
    figures(out, now);
    out.raw("<section>").heading("Map");
    if (now.isEmpty()) {
      out.note("Nothing moves, nothing waits, and nothing was said of any link.");
    } else {
      out.add(LinkMap.draw(links.sites().list(), now));
    }
    out.raw("</section>\n");
    queue(out, now);
    table(out, now);
    downtimes(out);
    return new Console.Content("Links", out, "renew.js");
  }

  private static void figures(Html out, List<Links.Now> now) {
    long rate = now.stream().mapToLong(l -> l.view().traffic().bytesPerSecond()).sum();
    out.raw("<section><div class=\"figures\">")
        .figure(Html.bytes(rate) + "/s", "on all links now")
        .figure(
            Html.count(now.stream().mapToLong(l -> l.view().traffic().active()).sum()),
            "transfers running")
        .figure(waiting(now.stream().mapToLong(Links.Now::waits).sum()), "transfers waiting")
        .figure(Html.count(now.stream().filter(LinkMap::isHeld).count()), "links held back")
        .raw("</div></section>\n");
  }

  private static String waiting(long n) {
    return (n >= Links.COUNTED ? "more than " : "") + Html.count(n);
  }

  private static void queue(Html out, List<Links.Now> now) {
    Map<String, Long> byActivity = new TreeMap<>();
    Map<String, Long> linksOf = new TreeMap<>();
    for (Links.Now link : now) {
      link.waiting()
          .forEach((activity, n) -> {
            byActivity.merge(activity, n, Long::sum);
            linksOf.merge(activity, 1L, Long::sum);
          });
    }
    out.raw("<section>").heading("Queue by activity");
    if (byActivity.isEmpty()) {
      out.note("Nothing waits.").raw("</section>\n");
      return;
    }
    long most = byActivity.values().stream().mapToLong(n -> n).max().orElse(1);
    out.table("Activity", ">Links", "Waiting");
    byActivity.forEach((activity, n) -> {
      out.raw("<tr>").cell(activity).number(linksOf.getOrDefault(activity, 0L)).raw("<td>");
      out.meter(n, most, waiting(n)).raw("</td></tr>\n");
    });
    out.endTable().raw("</section>\n");
  }

  private static void table(Html out, List<Links.Now> now) {
    if (now.isEmpty()) {
      return;
    }
    out.raw("<section>").heading("Links");
    out.table(
        "Link", ">Running", ">Bytes a second", ">Waiting", "~Why no more start", "~What to do");
    for (Links.Now link : now) {
      String source = link.link().source().value();
      String destination = link.link().destination().value();
      Hold held = told(link);
      out.raw("<tr>")
          .linkCell("/links/" + source + "/" + destination, link.link().toString())
          .number(link.view().traffic().active() + " of " + link.view().allowed())
          .number(Html.bytes(link.view().traffic().bytesPerSecond()))
          .number(waiting(link.waits()))
          .lastCells(4, held == null ? "" : held.words(), held == null ? "" : held.kind().advice())
          .raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
  }

  /// Why nothing more starts, when something waits, or would wait if it came.
  private static @Nullable Hold told(Links.Now link) {
    Hold held = link.held();
    boolean lasting =
        held != null
            && switch (held.kind()) {
              case DOWNTIME, BLOCKED, CALENDAR, SILENT -> true;
              case TRANSFERS, BYTES, FILES, SLOTS -> false;
            };
    return lasting || link.waits() > 0 ? held : null;
  }

  private void downtimes(Html out) {
    List<Downtime> downtimes = links.downtimes();
    out.raw("<section>").heading("Planned downtimes");
    if (downtimes.isEmpty()) {
      out.note("No site rests: firn site downtime add plans one.").raw("</section>\n");
      return;
    }
    out.table("Site", "From", "Until", "Why", "By");
    for (Downtime downtime : downtimes) {
      out.raw("<tr>")
          .cell(downtime.site().value())
          .momentCell(downtime.from())
          .momentCell(downtime.until())
          .cell(downtime.why())
          .cell(downtime.createdBy())
          .raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
  }

  private Console.Content one(Exchange exchange, Router.Parameters path) {
    String source = path.load("source");
    String destination = path.load("destination");
    Html out = new Html();
    links.list().stream()
        .filter(l -> l.link().source().value().equals(source))
        .filter(l -> l.link().destination().value().equals(destination))
        .findFirst()
        .ifPresent(link -> now(out, link));
    out.raw("<section>").heading("What was said and found out");
    List<HistoryRecord> changes = links.changes(source, destination, CHANGES);
    if (changes.isEmpty()) {
      out.note("Nothing yet.").raw("</section>\n");
    } else {
      out.table("When", "By", "What and why");
      for (HistoryRecord change : changes) {
        out.raw("<tr>")
            .momentCell(change.at())
            .cell(change.entry().who())
            .cell(change.entry().why())
            .raw("</tr>\n");
      }
      out.endTable().raw("</section>\n");
    }
    return new Console.Content(source + " to " + destination, out);
  }

  private static void now(Html out, Links.Now link) {
    LinkPolicy policy = link.view().policy();
    out.raw("<section><p>")
        .text(
            "%d transfers of %d run; %s wait. "
                .formatted(
                    link.view().traffic().active(), link.view().allowed(), waiting(link.waits())))
        .text("So many at a time because " + link.view().level().rationale() + ". ")
        .text(
            "An operator allows %d at most, %s a second, %s files a second%s%s%s."
                .formatted(
                    policy.most(),
                    policy.bytesPerSecond() == 0
                        ? "any bytes"
                        : Html.bytes(policy.bytesPerSecond()),
                    policy.filesPerSecond() == 0 ? "any" : policy.filesPerSecond(),
                    policy.shares().isEmpty() ? "" : ", shares " + policy.shares(),
                    policy.calendar().text().isEmpty() ? "" : ", " + policy.calendar().text(),
                    policy.blocked() ? ", and the two cannot talk" : ""))
        .raw("</p></section>\n");
  }
}
