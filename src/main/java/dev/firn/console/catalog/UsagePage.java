package dev.firn.console.catalog;

import dev.firn.catalog.usage.Accounting;
import dev.firn.catalog.usage.Accounting.Amount;
import dev.firn.catalog.usage.Accounting.DayAmount;
import dev.firn.catalog.usage.Accounting.Key;
import dev.firn.catalog.usage.Quota;
import dev.firn.console.Charts;
import dev.firn.console.Console;
import dev.firn.console.Html;
import dev.firn.http.Exchange;
import dev.firn.http.Router;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// `/usage?by=KEY`: who has how much, over the last year, and of which quota.
final class UsagePage implements Console.Page {
  private static final int DAYS = 366;
  private static final int ROWS = 200;
  private static final int LINES = 8;

  private final Accounting accounting;

  UsagePage(Accounting accounting) {
    this.accounting = accounting;
  }

  @Override
  public Console.Content render(Exchange exchange, Router.Parameters path) {
    String wanted = exchange.query("by").orElse("");
    Key key = Key.ofLabel(wanted).orElse(Key.OWNER);
    Html out = new Html();
    out.raw("<nav aria-label=\"By what\">");
    for (Key one : Key.values()) {
      out.raw("<a href=\"/usage?by=" + one.label());
      out.raw(one == key ? "\" aria-current=\"page\">" : "\">").text("By " + one.label());
      out.raw("</a>");
    }
    out.raw("</nav>\n");
    quotas(out);
    now(out, key);
    overTime(out, key);
    return new Console.Content("Usage", out);
  }

  private void quotas(Html out) {
    List<Quota> quotas = accounting.quotas();
    out.raw("<section>").heading("Quotas");
    if (quotas.isEmpty()) {
      out.note("None are set: 'firn usage set group NAME SIZE' sets one.").raw("</section>\n");
      return;
    }
    out.table("of", "name", ">files", ">has", ">may have", "used");
    for (Quota quota : quotas) {
      String percent =
          quota.bytes() == 0
              ? ""
              : String.format(Locale.ROOT, "%.0f %%", 100.0 * quota.used().bytes() / quota.bytes());
      out.raw("<tr>").cell(quota.kind().label()).cell(quota.name());
      out.number(quota.used().files()).number(Html.bytes(quota.used().bytes()));
      out.number(Html.bytes(quota.bytes())).raw("<td>");
      out.meter(quota.used().bytes(), quota.bytes(), percent);
      if (quota.exceeded()) {
        out.raw(" <span class=\"error\">over</span>");
      }
      out.raw("</td></tr>\n");
    }
    out.endTable().raw("</section>\n");
  }

  private void now(Html out, Key key) {
    List<Amount> amounts = accounting.now(key);
    out.raw("<section>").heading("Now, by " + key.label());
    if (amounts.isEmpty()) {
      out.note("There is nothing.").raw("</section>\n");
      return;
    }
    long most = amounts.getFirst().total().bytes();
    out.table(key.label(), ">files", ">bytes", "");
    for (Amount amount : amounts.subList(0, Math.min(ROWS, amounts.size()))) {
      out.raw("<tr>").cell(Objects.requireNonNullElse(amount.value(), "unknown"));
      out.number(amount.total().files()).number(Html.bytes(amount.total().bytes())).raw("<td>");
      out.meter(amount.total().bytes(), most, "").raw("</td></tr>\n");
    }
    out.endTable();
    if (amounts.size() > ROWS) {
      out.note("and " + (amounts.size() - ROWS) + " with less");
    }
    out.raw("</section>\n");
  }

  private void overTime(Html out, Key key) {
    LocalDate since = LocalDate.now(ZoneOffset.UTC).minusDays(DAYS);
    Map<String, List<DayAmount>> lines = new TreeMap<>();
    for (DayAmount amount : accounting.overTime(key, since)) {
      lines
          .computeIfAbsent(
              Objects.requireNonNullElse(amount.value(), "unknown"), v -> new ArrayList<>())
          .add(amount);
    }
    out.raw("<section>").heading("The last year");
    if (lines.isEmpty()) {
      out.note("Nothing is written down yet: that happens every hour.").raw("</section>\n");
      return;
    }
    lines.entrySet().stream()
        .sorted((a, b) -> Long.compare(last(b.getValue()), last(a.getValue())))
        .limit(LINES)
        .forEach(line -> line(out, line.getKey(), line.getValue()));
    out.raw("</section>\n");
  }

  private static long last(List<DayAmount> line) {
    return line.getLast().total().bytes();
  }

  private static void line(Html out, String name, List<DayAmount> days) {
    List<Charts.Value> values =
        days.stream()
            .map(d ->
                new Charts.Value(
                    d.day().toString(),
                    d.total().bytes(),
                    d.day() + ": " + Html.bytes(d.total().bytes())))
            .toList();
    String about = name + ", " + Html.bytes(last(days)) + " on " + days.getLast().day();
    out.raw("<h3>").text(about).raw("</h3>");
    if (values.size() > 1) {
      out.add(Charts.line(about, values, Html::bytes));
    } else {
      out.note("Written down for one day so far; a line needs two.");
    }
  }
}
