package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.http.Markup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// The issuer's pages: plain HTML that needs no script, loads nothing from elsewhere and cannot be
/// framed. Whatever comes from a request is escaped.
final class LoginPage {
  private static final String STYLE =
      """
      :root { color-scheme: light dark }
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem }
      h1 { font-size: 1.4rem } label { display: block; margin-top: .8rem }
      input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; margin-top: .2rem }
      input.code { font: 1.5rem ui-monospace, monospace; letter-spacing: .15em; text-transform: uppercase }
      button { font: inherit; padding: .5rem 1.4rem; margin: 1.2rem .6rem 0 0; cursor: pointer }
      button.main { background: #1c5d99; color: #fff; border: 1px solid #1c5d99; border-radius: 4px }
      code { overflow-wrap: anywhere } li { margin: .2rem 0 }
      .alert { border-left: 4px solid #b3261e; padding: .4rem .8rem; background: #b3261e1a }
      .note { opacity: .75; font-size: .9rem }
      """;

  /// Names the style above to browsers, which then take no other.
  private static final String STYLE_HASH =
      "sha256-" + Base64.getEncoder().encodeToString(IssuerClient.sha256Of(STYLE));

  private final StringBuilder main = new StringBuilder();
  private final String title;

  LoginPage(String title) {
    this.title = title;
  }

  private LoginPage raw(String markup) {
    main.append(markup);
    return this;
  }

  LoginPage paragraph(String words) {
    return raw("<p>").raw(Markup.escape(words)).raw("</p>\n");
  }

  LoginPage note(String words) {
    return raw("<p class=\"note\">").raw(Markup.escape(words)).raw("</p>\n");
  }

  /// Says what went wrong; nothing when it is empty.
  LoginPage alert(String words) {
    return words.isEmpty()
        ? this
        : raw("<p class=\"alert\" role=\"alert\">").raw(Markup.escape(words)).raw("</p>\n");
  }

  /// What a client asks for, in words.
  LoginPage permit(IssuerClient client, Login.Permit asked) {
    raw("<p><code>").raw(Markup.escape(client.id())).raw("</code> asks for tokens to</p>\n<ul>\n");
    boolean everything = asked.scopes().stream().allMatch(Login.Permit.OFFLINE::equals);
    if (everything && client.limits().scopes().isEmpty()) {
      raw("<li>do all that you may do</li>\n");
    }
    List<String> scopes = everything ? client.limits().scopes() : asked.scopes();
    for (String scope : scopes) {
      if (!scope.equals(Login.Permit.OFFLINE)) {
        raw("<li>").raw(inWords(scope)).raw("</li>\n");
      }
    }
    if (asked.offline()) {
      raw("<li>go on for up to 30 days without asking you again</li>\n");
    }
    raw("</ul>\n<p>at ");
    String where = String.join(", ", asked.audiences());
    return raw("<code>").raw(Markup.escape(where)).raw("</code></p>\n");
  }

  private static String inWords(String scope) {
    int colon = scope.indexOf(':');
    String path =
        colon < 0 ? "" : " <code>" + Markup.escape(scope.substring(colon + 1)) + "</code>";
    return switch (colon < 0 ? scope : scope.substring(0, colon)) {
      case "storage.read" -> "read" + path;
      case "storage.create" -> "add new files in" + path;
      case "storage.modify" -> "add, replace and delete in" + path;
      case "storage.stage" -> "bring from tape" + path;
      case "storage.poll" -> "see where files are in" + path;
      case "openid" -> "know your name";
      case "wlcg.groups" -> "act as a member of" + (path.isEmpty() ? " your groups" : path);
      case "firn.admin" -> "<strong>administer Firn</strong>";
      case "firn.look" -> "look at the console";
      case "firn.archive.request" -> "ask that files be archived";
      case "firn.archive.operate" -> "<strong>operate the archive</strong>";
      case "firn.archive.audit" -> "have archived copies read again";
      default -> "<code>" + Markup.escape(scope) + "</code>";
    };
  }

  /// Begins a form that is posted to `action`, with what it must bring along.
  LoginPage form(String action, Map<String, String> along) {
    raw("<form method=\"post\" action=\"").raw(Markup.escape(action)).raw("\">\n");
    along.forEach((name, value) ->
        raw("<input type=\"hidden\" name=\"")
            .raw(Markup.escape(name))
            .raw("\" value=\"")
            .raw(Markup.escape(value))
            .raw("\">\n"));
    return this;
  }

  LoginPage codeField() {
    return raw("<label>Code<input class=\"code\" name=\"user_code\" autocomplete=\"off\"")
        .raw(" autofocus required maxlength=\"16\" placeholder=\"BCDF-GHJK\"></label>\n");
  }

  /// Name, password, and the two answers; ends the form.
  LoginPage credentials(String name) {
    return raw("<label>Name<input name=\"username\" autocomplete=\"username\" maxlength=\"64\"")
        .raw(" autocapitalize=\"none\" spellcheck=\"false\"")
        .raw(name.isEmpty() ? " autofocus" : "")
        .raw(" value=\"")
        .raw(Markup.escape(name))
        .raw("\"></label>\n<label>Password<input type=\"password\" name=\"password\"")
        .raw(name.isEmpty() ? "" : " autofocus")
        .raw(" autocomplete=\"current-password\" maxlength=\"1024\"></label>\n")
        .button("allow", "Allow", true)
        .button("deny", "Refuse", false)
        .raw("</form>\n");
  }

  /// One button; ends the form.
  LoginPage next(String label) {
    return button("next", label, true).raw("</form>\n");
  }

  private LoginPage button(String value, String label, boolean first) {
    return raw("<button name=\"decision\" value=\"" + value + "\"")
        .raw(first ? " class=\"main\">" : " formnovalidate>")
        .raw(Markup.escape(label))
        .raw("</button>\n");
  }

  /// @param origin where a form's answer may lead beside this site; empty for nowhere
  void respond(Exchange exchange, int status, String origin) throws IOException {
    exchange.setHeader(
        "Content-Security-Policy",
        "default-src 'none'; style-src '"
            + STYLE_HASH
            + "'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "
            + origin);
    exchange.setHeader("X-Frame-Options", "DENY");
    exchange.setHeader("X-Content-Type-Options", "nosniff");
    // With no-referrer browsers hide where a form comes from, and it would be taken for a foreign
    // one.
    exchange.setHeader("Referrer-Policy", "same-origin");
    exchange.setHeader("Cache-Control", "no-store");
    String html =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>"
            + Markup.escape(title)
            + " · Firn</title><style>"
            + STYLE
            + "</style></head><body>\n<main><h1>"
            + Markup.escape(title)
            + "</h1>\n"
            + main
            + "</main></body></html>\n";
    exchange.respond(status, "text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8));
  }
}
