package dev.firn.console;

import dev.firn.archive.Bundle;
import dev.firn.database.HistoryRecord;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.OwnForm;
import dev.firn.http.Router;
import dev.firn.token.Caller;
import dev.firn.token.Role;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// `/archive`: what the archives keep by year and level, how far its audits are, and what waits in
/// quarantine, from which an operator takes it here; `/archive/bundles/{uuid}`: what happened to a
/// bundle and why.
public final class ArchivePage {
  private static final String RESUME = "/archive/resume";

  private final Supplier<ArchiveView> view;
  private final Bundles bundles;

  /// The bundles that the pages show and act on.
  public interface Bundles {
    Optional<Bundle> find(UUID uuid);

    /// What happened to a bundle, newest first.
    List<HistoryRecord> history(UUID uuid);

    /// Takes a bundle out of quarantine, to the state it was in.
    ///
    /// @return false when it is not in quarantine, or somebody works on it
    boolean resume(UUID uuid, String who);
  }

  public ArchivePage(Supplier<ArchiveView> view, Bundles bundles) {
    this.view = view;
    this.bundles = bundles;
  }

  public void addTo(Console console) {
    console.add(
        "Archive",
        "/archive",
        (exchange, path) ->
            new Console.Content(
                "Archive",
                page(view.get(), form -> console.whoField(form, exchange, Role.ARCHIVE_OPERATE))));
    console.add("/archive/bundles/{uuid}", this::bundle);
    console.action(RESUME, Role.ARCHIVE_OPERATE, this::resume);
  }

  private Console.Content resume(OwnForm form, Caller caller) {
    List<String> ticked = form.list("bundle");
    if (ticked.isEmpty()) {
      throw new HttpProblem(400, "bad-form", "tick the bundles that are to go on");
    }
    Html out = new Html().raw("<section>");
    out.table("Bundle", "What came of it");
    for (String one : ticked) {
      UUID uuid = uuid(one);
      boolean resumed = bundles.resume(uuid, caller.who());
      out.raw("<tr>")
          .linkCell(address(one), one)
          .cell(resumed ? "goes on where it was" : "is not in quarantine, or is being worked on")
          .raw("</tr>\n");
    }
    out.endTable().raw("<p>").link("/archive", "Back to the archive").raw("</p></section>\n");
    return new Console.Content("Out of quarantine", out);
  }

  private Console.Content bundle(Exchange exchange, Router.Parameters path) {
    UUID uuid = uuid(path.load("uuid"));
    Bundle bundle =
        bundles
            .find(uuid)
            .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no such bundle"));
    String reason = bundle.reason();
    Html out = new Html().raw("<section><p>").stateWord(bundle.state().label()).raw(" ");
    out.text(
            "%s files, %s, for %s"
                .formatted(
                    Html.count(bundle.fileCount()),
                    Html.bytes(bundle.memberBytes()),
                    bundle.site()))
        .raw("</p>")
        .note(reason == null ? "" : reason)
        .raw("</section>\n")
        .add(HistorySection.of(bundles.history(uuid)));
    return new Console.Content("Bundle " + uuid, out);
  }

  private static UUID uuid(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "not a bundle: " + text);
    }
  }

  private static String address(String bundle) {
    return "/archive/bundles/" + bundle;
  }

  /// @param who adds to a form the field that says who posts it
  static Html page(ArchiveView view, UnaryOperator<Html> who) {
    Html out = new Html();
    quarantine(out, view, who);
    audits(out, view);
    kept(out, view);
    return out;
  }

  private static void quarantine(Html out, ArchiveView view, UnaryOperator<Html> who) {
    out.raw("<section>").heading("Quarantine");
    if (view.quarantined().isEmpty()) {
      out.note("No bundle waits for an operator.").raw("</section>\n");
      return;
    }
    out.note(
        "When the cause is gone, they go on where they were: here, or by firn archive resume.");
    out.raw("<form method=\"post\" action=\"" + RESUME + "\">");
    out.table("", "Bundle", "Site", ">Files", "Was", "~Why");
    for (ArchiveView.Quarantined bundle : view.quarantined()) {
      out.raw("<tr>")
          .raw("<td><input type=\"checkbox\" name=\"bundle\" value=\"")
          .text(bundle.bundle())
          .raw("\" aria-label=\"")
          .text("take out bundle " + bundle.bundle())
          .raw("\"></td>")
          .linkCell(address(bundle.bundle()), bundle.bundle())
          .cell(bundle.site())
          .number(bundle.files())
          .cell(bundle.was())
          .lastCells(5, bundle.reason())
          .raw("</tr>\n");
    }
    who.apply(out.endTable().raw("<p>"))
        .raw("<button>Take out of quarantine</button></p></form></section>\n");
  }

  private static void audits(Html out, ArchiveView view) {
    out.raw("<section>").heading("Audits");
    if (view.audits().isEmpty()) {
      out.note("No archive has taken custody of anything yet.").raw("</section>\n");
      return;
    }
    out.table(
        "Site",
        ">Bundles",
        ">Bytes",
        "Read in full in the last year",
        "Sampled",
        "Oldest full reading",
        ">Damaged now",
        ">Found bad",
        ">Mended",
        "One round takes");
    for (ArchiveView.Audit audit : view.audits()) {
      String read = audit.readLately() + " of " + audit.bundles();
      String round = audit.roundDays() < 0 ? "no schedule" : audit.roundDays() + " days";
      out.raw("<tr>")
          .cell(audit.site())
          .number(audit.bundles())
          .number(Html.bytes(audit.bytes()))
          .raw("<td>")
          .meter(audit.readLately(), audit.bundles(), read)
          .raw("</td>")
          .cell(audit.sampled() + " of " + audit.bundles())
          .cell(
              audit.oldest() == null
                  ? audit.neverRead() + " never read"
                  : Html.moment(audit.oldest()))
          .number(audit.damaged())
          .number(audit.foundBad())
          .number(audit.mended())
          .cell(round)
          .raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
  }

  private static void kept(Html out, ArchiveView view) {
    out.raw("<section>").heading("Custody by year and level");
    if (view.kept().isEmpty()) {
      out.note("No archive has a copy yet.").raw("</section>\n");
      return;
    }
    out.table("Site", "Year", "Level", ">Files", ">Bytes");
    for (ArchiveView.Kept kept : view.kept()) {
      out.raw("<tr>")
          .cell(kept.site())
          .cell(kept.year().isEmpty() ? "unknown" : kept.year())
          .cell(kept.level().isEmpty() ? "unknown" : kept.level())
          .number(kept.files())
          .number(Html.bytes(kept.bytes()))
          .raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
  }
}
