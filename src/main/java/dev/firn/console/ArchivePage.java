package dev.firn.console;

import java.util.function.Supplier;

/// `/archive`: what the archives keep by year and level, how far its audits are, and what waits in
/// quarantine with the command that takes it out.
public final class ArchivePage {
  private final Supplier<ArchiveView> view;

  public ArchivePage(Supplier<ArchiveView> view) {
    this.view = view;
  }

  public void addTo(Console console) {
    console.add(
        "Archive",
        "/archive",
        (exchange, path) -> new Console.Content("Archive", page(view.get())));
  }

  static Html page(ArchiveView view) {
    Html out = new Html();
    quarantine(out, view);
    audits(out, view);
    kept(out, view);
    return out;
  }

  private static void quarantine(Html out, ArchiveView view) {
    out.raw("<section>").heading("Quarantine");
    if (view.quarantined().isEmpty()) {
      out.note("No bundle waits for an operator.").raw("</section>\n");
      return;
    }
    out.table("Bundle", "Site", ">Files", "Was", "Why", "When the cause is gone");
    for (ArchiveView.Quarantined bundle : view.quarantined()) {
      out.raw("<tr>")
          .codeCell(bundle.bundle())
          .cell(bundle.site())
          .number(bundle.files())
          .cell(bundle.was())
          .cell(bundle.reason())
          .codeCell("firn archive resume " + bundle.bundle())
          .raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
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
        "Read in the last year",
        "Oldest reading",
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
