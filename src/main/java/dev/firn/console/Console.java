package dev.firn.console;

import dev.firn.http.Exchange;
import dev.firn.http.Handler;
import dev.firn.http.HttpProblem;
import dev.firn.http.OwnForm;
import dev.firn.http.Router;
import dev.firn.token.Caller;
import dev.firn.token.Role;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The frame that all pages share: head, navigation, style, who may look, and what an error looks
/// like. Pages are added before the server starts; each is a function from a request to its
/// content.
///
/// Pages change nothing, load nothing from elsewhere and are whole without JavaScript. What changes
/// something is an [Action], which a form of a page of ours posts to, with a token of who asks.
public final class Console {
  private static final String POLICY =
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
          + " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

  /// Makes what a page shows. A [HttpProblem] becomes an error page with its status.
  @FunctionalInterface
  public interface Page {
    Content render(Exchange exchange, Router.Parameters path) throws IOException;
  }

  /// Does what a form asks for and makes the page that says what came of it.
  @FunctionalInterface
  public interface Action {
    Content act(OwnForm form, Caller caller) throws IOException;
  }

  /// What stands inside the frame.
  ///
  /// @param title of the window and the page's first heading
  /// @param main `<section>`s, one below the other
  /// @param script a module of this package's resources that the page is better with; null for none
  public record Content(String title, Html main, @Nullable String script) {
    public Content(String title, Html main) {
      this(title, main, null);
    }
  }

  private record Entry(String label, String path) {}

  private final String site;
  private final Viewers viewers;
  private final Router router;
  private final List<Entry> navigation = new ArrayList<>();

  /// @param site the hub's name, shown on every page
  public Console(String site, Viewers viewers, Router router) {
    this.site = site;
    this.viewers = viewers;
    this.router = router;
    asset("console.css", "text/css; charset=utf-8");
    asset("icon.svg", "image/svg+xml");
    viewers.sessions().ifPresent(s -> new SignInRoutes(s, viewers, this).addTo(router));
  }

  /// Adds a page with a place in the navigation, in the order of adding.
  public Console add(String label, String path, Page page) {
    navigation.add(new Entry(label, path));
    return add(path, page);
  }

  /// Adds a page that others link to; `path` may hold `{name}`s as in a [Router]'s template.
  public Console add(String path, Page page) {
    router.add(
        "GET",
        path,
        (exchange, parameters) -> {
          Optional<Sessions.Session> session = viewers.session(exchange);
          if (session.isEmpty() && viewers.shouldSignIn(exchange)) {
            exchange.setHeader("Location", SignInRoutes.address(exchange));
            exchange.setHeader("Cache-Control", "no-store");
            exchange.respond(303);
            return;
          }
          if (session.isEmpty()) {
            viewers.require(exchange, session);
          }
          answer(
              exchange,
              session,
              () -> {
                viewers.require(exchange, session);
                return Optional.of(page.render(exchange, parameters));
              });
        });
    return this;
  }

  /// Adds what forms of our own pages post to, for callers who have `role`: the form says who they
  /// are (see [#whoField]).
  public Console action(String path, Role role, Action action) {
    router.add(
        "POST",
        path,
        (exchange, parameters) -> {
          Optional<Sessions.Session> session = viewers.session(exchange);
          answer(
              exchange,
              session,
              () -> {
                OwnForm form = OwnForm.read(exchange);
                Caller caller = viewers.require(exchange, session, form, role);
                return Optional.of(action.act(form, caller));
              });
        });
    return this;
  }

  /// The field of a form that says who posts it: who signed in has nothing to type, and who only
  /// sits at the hub's machine gives a token.
  public Html whoField(Html form, Exchange exchange, Role role) {
    Optional<Sessions.Session> session = viewers.session(exchange);
    if (session.isPresent()) {
      return formField(form, session.get());
    }
    return form.raw("<label>Token with <code>")
        .text(role.scope())
        .raw(
            "</code> <input type=\"password\" name=\"token\" required autocomplete=\"off\"></label> ");
  }

  private static Html formField(Html form, Sessions.Session session) {
    return form.raw("<input type=\"hidden\" name=\"form\" value=\"")
        .text(session.form())
        .raw("\">");
  }

  /// Serves a resource of this package under `/console/`.
  public Console asset(String name, String type) {
    router.add("GET", "/console/" + name, resource(name, type));
    return this;
  }

  /// Makes a page; empty when it has answered by itself.
  interface Making {
    Optional<Content> make() throws IOException;
  }

  void answer(Exchange exchange, Optional<Sessions.Session> session, Making making)
      throws IOException {
    int status = 200;
    Content content;
    try {
      Optional<Content> made = making.make();
      if (made.isEmpty()) {
        return;
      }
      content = made.get();
    } catch (HttpProblem e) {
      status = e.status();
      e.headers().forEach(exchange::setHeader);
      content = new Content("This cannot be shown", problem(e));
    }
    exchange.setHeader("Content-Security-Policy", POLICY);
    exchange.setHeader("X-Content-Type-Options", "nosniff");
    exchange.setHeader("Referrer-Policy", "same-origin");
    exchange.setHeader("Cache-Control", "no-store");
    String html = framed(content, who(session).add(navigation(exchange.rawPath())));
    exchange.respond(status, "text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8));
  }

  private static Html problem(HttpProblem problem) {
    return new Html()
        .raw("<section role=\"alert\"><p>")
        .text(problem.detail())
        .raw("</p><p class=\"none\">")
        .text(problem.status() + " " + problem.code())
        .raw("</p></section>");
  }

  private String framed(Content content, Html head) {
    Html out = new Html();
    out.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
    out.text(content.title() + " · Firn · " + site).raw("</title>");
    out.raw("<link rel=\"stylesheet\" href=\"/console/console.css\">");
    out.raw("<link rel=\"icon\" href=\"/console/icon.svg\" type=\"image/svg+xml\">");
    if (content.script() != null) {
      out.raw("<script type=\"module\" src=\"/console/").text(content.script()).raw("\"></script>");
    }
    out.raw("</head><body>\n<a class=\"skip\" href=\"#main\">Skip to content</a>\n<header>");
    out.raw("<a class=\"home\" href=\"/\"><img src=\"/console/icon.svg\" alt=\"\" width=\"24\"");
    out.raw(" height=\"24\"> Firn <span>").text(site).raw("</span></a>\n").add(head);
    out.raw("</header>\n<main id=\"main\"><h1>").text(content.title()).raw("</h1>\n");
    return out.add(content.main()).raw("</main></body></html>\n").toString();
  }

  /// Who is signed in and the way out, or the way in.
  private Html who(Optional<Sessions.Session> session) {
    Html out = new Html();
    if (viewers.sessions().isEmpty()) {
      return out;
    }
    if (session.isEmpty()) {
      return out.raw("<span class=\"who\">").link("/console/sign-in", "Sign in").raw("</span>\n");
    }
    out.raw("<form class=\"who\" method=\"post\" action=\"/console/sign-out\"><span>");
    out.text(session.get().caller().who()).raw("</span> ");
    return formField(out, session.get()).raw("<button>Sign out</button></form>\n");
  }

  /// The entry whose path leads furthest into `path` is where we are.
  private Html navigation(String path) {
    Optional<Entry> here =
        navigation.stream()
            .filter(e -> path.equals(e.path) || path.startsWith(e.path + "/"))
            .reduce((a, b) -> a.path.length() >= b.path.length() ? a : b);
    Html out = new Html().raw("<nav aria-label=\"Pages\">");
    for (Entry entry : navigation) {
      boolean current = here.filter(entry::equals).isPresent();
      out.raw("<a href=\"").text(entry.path).raw(current ? "\" aria-current=\"page\">" : "\">");
      out.text(entry.label).raw("</a>");
    }
    return out.raw("</nav>\n");
  }

  private static Handler resource(String name, String type) {
    byte[] bytes;
    try (InputStream in = Console.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the console lacks " + name);
      }
      bytes = in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("the console lacks " + name, e);
    }
    return exchange -> {
      exchange.setHeader("Cache-Control", "max-age=300");
      exchange.setHeader("X-Content-Type-Options", "nosniff");
      exchange.respond(200, type, bytes);
    };
  }
}
