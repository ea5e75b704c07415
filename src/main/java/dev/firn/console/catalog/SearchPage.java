package dev.firn.console.catalog;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Facets;
import dev.firn.catalog.FilePage;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.FileTotal;
import dev.firn.catalog.Grouping;
import dev.firn.catalog.QueryException;
import dev.firn.catalog.dataset.Dataset;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.console.Console;
import dev.firn.console.Html;
import dev.firn.http.Exchange;
import dev.firn.http.Router;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `/files?q=QUERY`: what a query finds, page by page, with facets that narrow it and saved queries
/// to begin with.
final class SearchPage implements Console.Page {
  private static final int ROWS = 50;
  private static final int FACET_ROWS = 12;
  private static final int SAVED = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final List<String> EXAMPLES =
      List.of(
          "run between 130000 and 131000 and level = L2",
          "season = 2017 and not at nersc",
          "name ~ /data/exp/**/*_GCD.i3* and size > 100 MB",
          "duplicates");

  private final Catalog catalog;
  private final Datasets datasets;

  SearchPage(Catalog catalog, Datasets datasets) {
    this.catalog = catalog;
    this.datasets = datasets;
  }

  @Override
  public Console.Content render(Exchange exchange, Router.Parameters path) {
    String text = exchange.query("q").orElse("").strip();
    Html out = form(text);
    try {
      FileQuery query = FileQuery.parse(text);
      found(out, query, exchange.query("after").orElse(null));
    } catch (QueryException e) {
      wrong(out, text, e);
    } catch (CatalogException e) {
      out.raw("<section role=\"alert\"><p class=\"error\">").text(message(e));
      out.raw("</p></section>\n");
    }
    return new Console.Content("Files", out);
  }

  private static String message(RuntimeException e) {
    return String.valueOf(e.getMessage());
  }

  private static Html form(String text) {
    Html out = new Html();
    out.raw("<section><form class=\"search\" action=\"/files\" role=\"search\">");
    out.raw("<input type=\"search\" name=\"q\" aria-label=\"Query\" maxlength=\"16000\"");
    out.raw(" autocapitalize=\"off\" autocomplete=\"off\" spellcheck=\"false\"");
    out.raw(" placeholder=\"").text(EXAMPLES.getFirst()).raw("\" value=\"").text(text);
    out.raw("\"><button>Find</button></form>");
    if (text.isEmpty()) {
      out.raw("<p class=\"none\">For example ");
      String between = "";
      for (String example : EXAMPLES) {
        out.raw(between).link(Html.href("/files", Map.of("q", example)), example);
        between = ", ";
      }
      out.raw("</p>");
    }
    return out.raw("</section>\n");
  }

  /// The query again, with the character marked at which it is not understood.
  private static void wrong(Html out, String text, QueryException e) {
    int at = Math.min(e.position(), text.length());
    int next = Math.min(at + 1, text.length());
    out.raw("<section role=\"alert\"><p class=\"error\">").text(message(e)).raw("</p><pre>");
    out.text(text.substring(Math.max(0, at - 200), at)).raw("<mark>");
    out.text(next > at ? text.substring(at, next) : "\u00a0").raw("</mark>");
    out.text(text.substring(next, Math.min(text.length(), next + 200)));
    out.raw("</pre></section>\n");
  }

  private void found(Html out, FileQuery query, @Nullable String after) {
    FilePage page = catalog.queries().page(query, after, ROWS);
    Optional<Facets> facets = catalog.queries().facets(query, PATIENCE);
    out.raw("<section><div class=\"figures\">");
    if (facets.isPresent()) {
      FileTotal total = facets.get().total();
      out.figure(Html.count(total.files()), total.files() == 1 ? "file" : "files");
      out.figure(Html.bytes(total.bytes()), "in all of them");
    } else {
      out.figure("many", "files: too many to count while you wait");
    }
    out.raw("</div></section>\n<div class=\"columns\">\n<div>");
    facets.ifPresent(f -> facets(out, query, f));
    saved(out, query);
    out.raw("</div>\n<section>");
    files(out, query, page);
    out.raw("</section></div>\n");
  }

  private static void files(Html out, FileQuery query, FilePage page) {
    out.heading("Files");
    if (page.files().isEmpty()) {
      out.note("No file is like this.");
      return;
    }
    out.table("name", ">size", ">run", "level", "copies");
    for (CatalogFile file : page.files()) {
      Integer run = file.metadata().run();
      out.raw("<tr><td><a href=\"/files/" + file.uuid() + "\"><code>");
      out.text(file.name().toString()).raw("</code></a></td>").number(Html.bytes(file.size()));
      if (run == null) {
        out.number("");
      } else {
        out.raw("<td class=\"n\">").link("/runs/" + run, run.toString()).raw("</td>");
      }
      out.cell(Objects.requireNonNullElse(file.metadata().level(), ""));
      out.cell(copies(file)).raw("</tr>\n");
    }
    out.endTable();
    if (page.next() != null) {
      Map<String, String> further = Map.of("q", query.toString(), "after", page.next());
      out.raw("<p>").link(Html.href("/files", further), "More files").raw("</p>");
    }
  }

  private static String copies(CatalogFile file) {
    return file.replicas().stream()
        .map(r -> r.site().value() + (r.verified() != null ? " ✓" : ""))
        .collect(Collectors.joining(", "));
  }

  private static void facets(Html out, FileQuery query, Facets facets) {
    facets
        .groups()
        .forEach((key, groups) -> {
          if (groups.size() > 1 || groups.stream().anyMatch(g -> g.values().getFirst() != null)) {
            facet(out, query, key, groups);
          }
        });
  }

  private static void facet(
      Html out, FileQuery query, Grouping.Key key, List<Grouping.Group> groups) {
    out.raw("<section>").heading("By " + key.label()).raw("<ul class=\"facet\">");
    for (Grouping.Group group : groups.subList(0, Math.min(FACET_ROWS, groups.size()))) {
      String value = group.values().getFirst();
      out.raw("<li>");
      if (value == null || groups.size() == 1) { // all are like this: nothing to narrow
        out.raw("<span>").text(Objects.requireNonNullElse(value, "unknown")).raw("</span>");
      } else {
        String narrower = narrowed(query, key.label() + " = " + value);
        out.link(Html.href("/files", Map.of("q", narrower)), value);
      }
      out.raw("<span class=\"n\">").text(Html.count(group.total().files())).raw("</span></li>");
    }
    out.raw("</ul>");
    if (groups.size() > FACET_ROWS) {
      out.note("and " + (groups.size() - FACET_ROWS) + " more");
    }
    out.raw("</section>\n");
  }

  private static String narrowed(FileQuery query, String term) {
    String text = query.toString();
    if (text.isEmpty()) {
      return term;
    }
    return text.contains(" or ") ? "(" + text + ") and " + term : text + " and " + term;
  }

  private void saved(Html out, FileQuery query) {
    List<Dataset> saved =
        datasets.list("", SAVED).stream().filter(d -> d.kind() == Dataset.Kind.QUERY).toList();
    out.raw("<section>").heading("Saved queries");
    if (saved.isEmpty()) {
      out.note("None yet.");
    } else {
      out.raw("<ul class=\"facet\">");
      for (Dataset dataset : saved) {
        String text = Objects.requireNonNullElse(dataset.query(), "");
        out.raw("<li>").link(Html.href("/files", Map.of("q", text)), dataset.name()).raw("</li>");
      }
      out.raw("</ul>");
    }
    if (!query.toString().isEmpty()) {
      out.raw("<p class=\"none\">Keep this one: <code>");
      out.text("firn dataset create NAME --query " + quoted(query.toString()));
      out.raw("</code></p>");
    }
    out.raw("</section>\n");
  }

  /// For a shell.
  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
