package dev.firn.console.ingest;

import dev.firn.catalog.area.AreaProgress;
import dev.firn.console.Console;
import dev.firn.console.HistorySection;
import dev.firn.console.Html;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Router;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// `/ingest`: indexing, drop boxes, ingests and the comparison of the area, with their progress;
/// `/inboxes`: those of people, with state, owner and what is left of their time; `/inboxes/{id}`:
/// one of them. None needs JavaScript.
public final class IngestPages {
  private static final Duration SOON = Duration.ofDays(2);

  private final IngestView view;
  private final InstantSource clock;

  public IngestPages(IngestView view, InstantSource clock) {
    this.view = view;
    this.clock = clock;
  }

  public void addTo(Console console) {
    console.add("Ingest", "/ingest", (exchange, path) -> new Console.Content("Ingest", ingest()));
    console.add(
        "Inboxes", "/inboxes", (exchange, path) -> new Console.Content("Inboxes", inboxes()));
    console.add("/inboxes/{id}", this::inbox);
  }

  private Html ingest() {
    Html out = new Html();
    indexing(out);
    boxes(out);
    jobs(out);
    area(out);
    return out;
  }

  private void indexing(Html out) {
    out.raw("<section>").heading("Indexing");
    List<IngestView.Pass> passes = view.passes();
    if (passes.isEmpty()) {
      out.note("No indexer has reported a pass: firn index --help.").raw("</section>\n");
      return;
    }
    out.table(
        "Tree",
        "Site",
        "State",
        "Progress",
        "Left",
        ">New",
        ">Unclassified",
        ">Damaged",
        ">Conflicts",
        "By",
        "Last heard of");
    for (IngestView.Pass pass : passes) {
      out.raw("<tr>").codeCell(pass.root()).cell(pass.site()).state(pass.state()).raw("<td>");
      Long total = pass.total();
      if (total == null) {
        out.text(Html.count(pass.seen()) + " files, " + Html.bytes(pass.seenBytes()));
      } else {
        String words = Html.count(pass.seen()) + " of " + Html.count(total) + " files";
        out.meter(pass.seen(), total, words);
      }
      out.raw("</td>")
          .cell(left(pass))
          .number(pass.created())
          .number(pass.unclassified())
          .number(pass.damaged())
          .number(pass.conflicts())
          .cell(pass.who())
          .momentCell(pass.updated())
          .raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
  }

  /// What is left at the rate of bytes so far; unknown while nothing can be said.
  private String left(IngestView.Pass pass) {
    Long total = pass.totalBytes();
    if (!pass.state().equals("running") || total == null || pass.seenBytes() == 0) {
      return "";
    }
    double seconds = Duration.between(pass.started(), pass.updated()).toSeconds();
    double rate = pass.seenBytes() / Math.max(1, seconds);
    return words(Duration.ofSeconds((long) ((total - pass.seenBytes()) / rate)));
  }

  private static String words(Duration time) {
    if (time.toDays() > 1) {
      return time.toDays() + " days";
    }
    return time.toHours() > 1 ? time.toHours() + " h" : Math.max(1, time.toMinutes()) + " min";
  }

  private void boxes(Html out) {
    out.raw("<section>").heading("Drop boxes");
    List<IngestView.Box> boxes = view.boxes();
    if (boxes.isEmpty()) {
      out.note("None are configured.").raw("</section>\n");
      return;
    }
    out.table(
        "Box",
        "Directory",
        ">Waiting",
        "Since",
        ">Taken",
        ">Purged",
        ">Kept",
        ">Refused",
        "Looked at",
        "");
    for (IngestView.Box box : boxes) {
      Instant oldest = box.oldest();
      Instant looked = box.looked();
      out.raw("<tr>")
          .cell(box.name())
          .codeCell(box.directory())
          .number(box.waiting())
          .cell(oldest == null ? "" : Html.moment(oldest))
          .number(box.counts().getOrDefault("taken", 0L))
          .number(box.counts().getOrDefault("purged", 0L))
          .number(box.counts().getOrDefault("kept", 0L))
          .number(box.counts().getOrDefault("refused", 0L))
          .cell(looked == null ? "not yet" : Html.moment(looked))
          .raw("<td class=\"long\">");
      if (!box.failure().isEmpty()) {
        out.raw("<span class=\"error\">").text(box.failure()).raw("</span> ");
      }
      box.why().forEach((file, why) -> out.code(file).text(": " + why).raw("<br>"));
      out.raw("</td></tr>\n");
    }
    out.endTable().raw("</section>\n");
  }

  private void jobs(Html out) {
    out.raw("<section>").heading("Directories taken in by order");
    List<IngestView.Job> jobs = view.jobs();
    if (jobs.isEmpty()) {
      out.note("There was none: firn ingest --help.").raw("</section>\n");
      return;
    }
    out.table(
        "Directory",
        "State",
        ">Taken",
        ">Bytes",
        ">There already",
        ">Quarantined",
        ">Conflicts",
        "By",
        "");
    for (IngestView.Job job : jobs) {
      out.raw("<tr>")
          .codeCell(job.directory())
          .state(job.state())
          .number(job.taken())
          .number(Html.bytes(job.bytes()))
          .number(job.already())
          .number(job.quarantined())
          .number(job.conflicts())
          .cell(job.who())
          .cell(job.reason())
          .raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
  }

  /// Whether the record of the hub's own area is known to be true.
  private void area(Html out) {
    AreaProgress area = view.area();
    out.raw("<section>").heading("The area compared with the catalog");
    Instant ended = area.ended();
    if (area.began() == null) {
      out.note("Not yet.").raw("</section>\n");
      return;
    }
    out.raw("<p>");
    if (ended != null) {
      out.stateWord("done");
      out.text(" %s, %s files".formatted(Html.moment(ended), Html.count(area.files())));
    } else {
      out.stateWord("running");
      out.raw(" ");
      String words = Html.count(area.files()) + " of about " + Html.count(area.records());
      out.meter(area.files(), area.records(), words + " files");
      if (area.reached() != null) {
        out.text(", at ").code(area.reached());
      }
    }
    out.raw("</p>");
    out.note(
        "%s differed, %s were put right, %s cannot be without knowing more; %s changes just now are"
                .formatted(
                    Html.count(area.differing()),
                    Html.count(area.repaired()),
                    Html.count(area.open()),
                    Html.count(area.unsettled()))
            + " still to be compared.");
    if (area.doubted() > 0) {
      out.raw("<p class=\"error\">")
          .text(
              area.doubted()
                  + " directories lost so much that nothing was concluded: is the area there?")
          .raw("</p>");
    }
    out.raw("</section>\n");
  }

  private Html inboxes() {
    Html out = new Html();
    out.raw("<section>");
    List<IngestView.Inbox> all = view.inboxes();
    if (all.isEmpty()) {
      out.note("Nobody has asked for one: firn inbox request --help.").raw("</section>\n");
      return out;
    }
    out.table("Inbox", "Owner", "State", "Expires", ">Asked for", ">Published", "Archive", "");
    for (IngestView.Inbox inbox : all) {
      out.raw("<tr>")
          .linkCell(Html.href("/inboxes/" + inbox.id(), Map.of()), inbox.path())
          .cell(inbox.owner())
          .state(inbox.state())
          .raw("<td>");
      expiry(out, inbox);
      out.raw("</td>")
          .number(Html.bytes(inbox.size()))
          .number(published(inbox))
          .cell(inbox.archive())
          .cell(inbox.reason())
          .raw("</tr>\n");
    }
    return out.endTable().raw("</section>\n");
  }

  private static String published(IngestView.Inbox inbox) {
    Long files = inbox.files();
    Long bytes = inbox.bytes();
    if (files == null || bytes == null) {
      return "not yet";
    }
    return (files == 1 ? "1 file" : Html.count(files) + " files") + ", " + Html.bytes(bytes);
  }

  /// Only an open one runs out.
  private void expiry(Html out, IngestView.Inbox inbox) {
    if (!inbox.state().equals("open")) {
      return;
    }
    Duration left = Duration.between(clock.instant(), inbox.expires());
    out.text(Html.moment(inbox.expires()));
    if (left.compareTo(SOON) < 0) {
      out.raw(" <span class=\"error\">")
          .text(left.isPositive() ? "in " + words(left) : "now")
          .raw("</span>");
    }
  }

  private Console.Content inbox(Exchange exchange, Router.Parameters path) {
    UUID id;
    try {
      id = UUID.fromString(path.load("id"));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "not an inbox: " + path.load("id"));
    }
    IngestView.Inbox inbox =
        view.inbox(id)
            .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no such inbox"));
    Html out = new Html().raw("<section><p>").stateWord(inbox.state()).raw("</p>");
    out.note(inbox.reason()).raw("<dl><dt>Owner</dt><dd>").text(inbox.owner());
    out.raw("</dd><dt>Will be</dt><dd>").code(inbox.path());
    out.raw("</dd><dt>Upload to</dt><dd>").code(inbox.directory());
    out.raw("</dd><dt>Asked for</dt><dd>").text(Html.bytes(inbox.size()));
    out.raw("</dd><dt>Made</dt><dd>").text(Html.moment(inbox.created()));
    out.raw("</dd><dt>Expires</dt><dd>");
    expiry(out, inbox);
    out.raw("</dd><dt>Archive</dt><dd>");
    out.text(inbox.archive().isEmpty() ? "no" : "at " + inbox.archive());
    out.raw("</dd><dt>Published</dt><dd>").text(published(inbox)).raw("</dd></dl></section>\n");
    content(out, inbox);
    out.add(HistorySection.of(view.history(id)));
    return new Console.Content("Inbox for " + inbox.path(), out);
  }

  private void content(Html out, IngestView.Inbox inbox) {
    out.raw("<section>").heading("What is in it");
    if (inbox.state().equals("published")) {
      String query = "name ~ '" + inbox.path() + "/**'";
      out.raw("<p>")
          .link(Html.href("/files", Map.of("q", query)), "Its files, as they are called now")
          .raw("</p></section>\n");
      return;
    }
    List<IngestView.Uploaded> files = view.uploaded(inbox);
    if (files.isEmpty()) {
      out.note("Nothing.").raw("</section>\n");
      return;
    }
    out.table("File", ">Size");
    for (IngestView.Uploaded file : files) {
      out.raw("<tr>").codeCell(file.name()).number(Html.bytes(file.size())).raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
  }
}
