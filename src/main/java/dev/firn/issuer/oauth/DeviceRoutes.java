package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.http.Json;
import dev.firn.http.OwnForm;
import dev.firn.http.Router;
import dev.firn.issuer.account.Account;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The device flow (RFC 8628): `/auth/device_authorization` gives a program without a browser two
/// codes; at `/auth/device` a person types one of them, logs in and approves.
final class DeviceRoutes {
  static final String BEGIN = "/auth/device_authorization";
  static final String PATH = "/auth/device";

  private final String issuer;
  private final Clients clients;
  private final LoginDesk desk;
  private final Devices devices;
  private final SignIn signIn;

  DeviceRoutes(String issuer, Clients clients, LoginDesk desk, Devices devices, SignIn signIn) {
    this.issuer = issuer;
    this.clients = clients;
    this.desk = desk;
    this.devices = devices;
    this.signIn = signIn;
  }

  void addTo(Router router) {
    router.add("POST", BEGIN, this::begin);
    router.add("GET", PATH, this::show);
    router.add("POST", PATH, this::decide);
  }

  private void begin(Exchange exchange) throws IOException {
    try {
      if (!signIn.mayTry(exchange)) {
        throw OAuthError.tooMany();
      }
      TokenForm form = TokenForm.read(exchange);
      IssuerClient client = clients.authenticate(exchange, form, GrantTypes.DEVICE);
      Devices.Codes codes = devices.begin(client.id(), desk.asked(client, form));
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("device_code", codes.device());
      answer.put("user_code", codes.user());
      answer.put("verification_uri", issuer + PATH);
      answer.put("verification_uri_complete", issuer + PATH + "?user_code=" + codes.user());
      answer.put("expires_in", Devices.LIFE.toSeconds());
      answer.put("interval", Devices.PAUSE_SECONDS);
      exchange.setHeader("Cache-Control", "no-store");
      Json.respond(exchange, 200, answer);
    } catch (OAuthError e) {
      e.respond(exchange);
    }
  }

  private void show(Exchange exchange) throws IOException {
    try {
      String typed = TokenForm.ofQuery(exchange).find("user_code").orElse("");
      if (typed.isEmpty()) {
        question("").respond(exchange, 200, "");
      } else {
        approval(exchange, typed);
      }
    } catch (OAuthError e) {
      question(String.valueOf(e.getMessage())).respond(exchange, 400, "");
    }
  }

  private static LoginPage question(String alert) {
    return new LoginPage("Log in a device")
        .alert(alert)
        .paragraph("Type the code that the program shows you.")
        .form(PATH, Map.of())
        .codeField()
        .next("Go on");
  }

  /// Shows what the device of a code asks for.
  private void approval(Exchange exchange, String typed) throws IOException {
    Optional<Devices.Waiting> waiting = find(exchange, typed);
    if (waiting.isEmpty()) {
      question("No program waits with this code. It may have taken longer than ten minutes.")
          .respond(exchange, 404, "");
      return;
    }
    page(waiting.get(), typed, "", "").respond(exchange, 200, "");
  }

  private Optional<Devices.Waiting> find(Exchange exchange, String typed) {
    String code = Secrets.normalUserCode(typed);
    return code.isEmpty() || !signIn.mayTry(exchange) ? Optional.empty() : devices.waiting(code);
  }

  private LoginPage page(Devices.Waiting waiting, String typed, String name, String alert) {
    LoginPage page =
        new LoginPage("Log in a device")
            .alert(alert)
            .paragraph("Code " + Secrets.normalUserCode(typed));
    clients.find(waiting.client()).ifPresent(client -> page.permit(client, waiting.asked()));
    return page.note(
            "Allow this only if you started the program yourself and it shows the same code."
                + " What you may not do yourself is left out.")
        .form(PATH, Map.of("user_code", typed))
        .credentials(name);
  }

  private void decide(Exchange exchange) throws IOException {
    OwnForm.requireOwnPage(exchange);
    try {
      TokenForm form = TokenForm.read(exchange);
      String typed = form.find("user_code").orElse("");
      String decision = form.find("decision").orElse("");
      if (!decision.equals("allow") && !decision.equals("deny")) {
        approval(exchange, typed);
        return;
      }
      Optional<Devices.Waiting> waiting = find(exchange, typed);
      Optional<IssuerClient> client = waiting.flatMap(w -> clients.find(w.client()));
      if (waiting.isEmpty() || client.isEmpty()) {
        question("No program waits with this code any more.").respond(exchange, 404, "");
      } else if (decision.equals("deny")) {
        devices.deny(Secrets.normalUserCode(typed));
        done("Refused", "The program gets nothing.").respond(exchange, 200, "");
      } else {
        allow(exchange, form, waiting.get(), client.get());
      }
    } catch (OAuthError e) {
      question(String.valueOf(e.getMessage())).respond(exchange, 400, "");
    }
  }

  private void allow(
      Exchange exchange, TokenForm form, Devices.Waiting waiting, IssuerClient client)
      throws IOException, OAuthError {
    String typed = form.load("user_code");
    String name = form.find("username").orElse("");
    switch (signIn.check(exchange, form, "device")) {
      case SignIn.Outcome.Unknown(int status, String words) ->
          page(waiting, typed, name, words).respond(exchange, status, "");
      case SignIn.Outcome.Known(Account account) -> {
        LoginDesk.Grantable grantable = desk.grantable(account, client, waiting.asked());
        if (grantable.isEmpty()) {
          page(waiting, typed, name, "You may do nothing of what this program asks for.")
              .respond(exchange, 403, "");
        } else if (devices.approve(
            Secrets.normalUserCode(typed), account.name(), grantable.permit())) {
          signIn.note(exchange, "device_approve", client.id(), account.name());
          approved(grantable).respond(exchange, 200, "");
        } else {
          question("No program waits with this code any more.").respond(exchange, 404, "");
        }
      }
    }
  }

  private static LoginPage approved(LoginDesk.Grantable grantable) {
    LoginPage page = done("Logged in", "The program goes on by itself. You can close this window.");
    return grantable.missing().isEmpty()
        ? page
        : page.note("Left out, because you may not: " + String.join(" ", grantable.missing()));
  }

  private static LoginPage done(String title, String words) {
    return new LoginPage(title).paragraph(words);
  }
}
