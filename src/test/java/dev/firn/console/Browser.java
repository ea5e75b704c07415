package dev.firn.console;

import dev.firn.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;

/// Debian's Chromium without a window, driven over its DevTools protocol: one page that a test
/// opens, reads, clicks, types into and takes pictures of.
///
/// ```java
/// try (Browser browser = Browser.start()) {
///   browser.open(base + "/files").click("a.next");
///   assertThat(browser.text("h1")).isEqualTo("Files");
///   assertThat(browser.complaints()).isEmpty();
/// }
/// ```
///
/// Where no Chromium is installed the test is skipped. Selectors are CSS; what matches nothing is a
/// failure. The browser reaches loopback only because the test gives it no other address.
public final class Browser implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Path PROGRAM = Path.of("/usr/bin/chromium");

  private final Process process;
  private final Path profile;
  private final WebSocket socket;
  private final AtomicInteger next = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private String session = "";
  private volatile CompletableFuture<Void> loaded = new CompletableFuture<>();

  private Browser(Process process, Path profile, URI address) throws IOException {
    this.process = process;
    this.profile = profile;
    this.socket =
        await(HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, new Listener()));
    JsonNode target = send("Target.createTarget", Map.of("url", "about:blank"));
    String id = target.path("targetId").asString();
    session =
        send("Target.attachToTarget", Map.of("targetId", id, "flatten", true))
            .path("sessionId")
            .asString();
    for (String domain : List.of("Page", "Runtime", "Log")) {
      send(domain + ".enable", Map.of());
    }
    size(1280, 900);
  }

  /// Skips the test where there is no Chromium.
  public static Browser start() throws IOException {
    Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "no " + PROGRAM);
    Path profile = Files.createTempDirectory("firn-browser-");
    Process process =
        new ProcessBuilder(
                PROGRAM.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--ignore-certificate-errors",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("log").toFile())
            .start();
    try {
      return new Browser(process, profile, address(process, profile));
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private static URI address(Process process, Path profile) throws IOException {
    Path file = profile.resolve("DevToolsActivePort");
    long end = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < end && process.isAlive()) {
      if (Files.exists(file)) {
        List<String> lines = Files.readAllLines(file);
        if (lines.size() >= 2) {
          return URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1));
        }
      }
      pause();
    }
    throw new IOException("chromium did not start:\n" + Files.readString(profile.resolve("log")));
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// Opens a page and waits until it is loaded.
  public Browser open(String url) throws IOException {
    return loading(() -> {
      JsonNode answer = send("Page.navigate", Map.of("url", url));
      if (!answer.path("errorText").isMissingNode()) {
        throw new IOException(url + ": " + answer.path("errorText").asString());
      }
    });
  }

  /// Clicks on what a selector finds and waits for the page that follows.
  public Browser click(String selector) throws IOException {
    return loading(() ->
        evaluate(
            "document.querySelector("
                + Json.mapper().writeValueAsString(selector)
                + ").dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))"));
  }

  /// Presses a key, as `Tab`, `Enter` or a letter, on whatever has the focus.
  public Browser press(String key) throws IOException {
    int code = key.equals("Tab") ? 9 : key.equals("Enter") ? 13 : key.charAt(0);
    String text = key.equals("Enter") ? "\r" : key.length() == 1 ? key : "";
    for (String type : List.of("keyDown", "keyUp")) {
      send(
          "Input.dispatchKeyEvent",
          Map.of(
              "type",
              type,
              "key",
              key,
              "text",
              type.equals("keyDown") ? text : "",
              "windowsVirtualKeyCode",
              code));
    }
    return this;
  }

  /// Presses Enter and waits for the page that follows.
  public Browser enter() throws IOException {
    return loading(() -> press("Enter"));
  }

  /// Waits until the field of this name has the focus: what a page gives it to has it when it is
  /// drawn, which is after it is loaded.
  public Browser awaitFocus(String name) throws IOException {
    String focused = "";
    for (int attempt = 0; attempt < 200; attempt++) {
      focused = evaluate("document.activeElement.name ?? ''").asString("");
      if (focused.equals(name)) {
        return this;
      }
      pause();
    }
    throw new AssertionError("'" + focused + "' has the focus, and not '" + name + "'");
  }

  /// Types into whatever has the focus.
  public Browser type(String text) throws IOException {
    send("Input.insertText", Map.of("text", text));
    return this;
  }

  /// Makes the window this large, in CSS pixels; below 600 it is a phone.
  public Browser size(int width, int height) throws IOException {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    return this;
  }

  /// From the next page on, scripts of pages run or do not.
  public Browser scripts(boolean run) throws IOException {
    send("Emulation.setScriptExecutionDisabled", Map.of("value", !run));
    return this;
  }

  /// What stands in the first element that a selector finds.
  public String text(String selector) throws IOException {
    return evaluate(
            "document.querySelector("
                + Json.mapper().writeValueAsString(selector)
                + ").innerText.trim()")
        .asString();
  }

  /// What stands in all of them.
  public List<String> texts(String selector) throws IOException {
    List<String> texts = new ArrayList<>();
    evaluate(
            "[...document.querySelectorAll("
                + Json.mapper().writeValueAsString(selector)
                + ")].map(e => e.textContent.trim())")
        .forEach(text -> texts.add(text.asString()));
    return texts;
  }

  /// Where the browser is.
  public String address() throws IOException {
    return evaluate("location.href").asString();
  }

  /// Whether the page must be moved sideways to be read.
  public boolean tooWide() throws IOException {
    return evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        .asBoolean();
  }

  /// The value of an expression in the page. Works also where pages' own scripts do not run.
  public JsonNode evaluate(String expression) throws IOException {
    JsonNode answer =
        send("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
    if (!answer.path("exceptionDetails").isMissingNode()) {
      throw new IOException(expression + ": " + answer.path("exceptionDetails"));
    }
    return answer.path("result").path("value");
  }

  /// A picture of the whole page, as PNG.
  public void picture(Path file) throws IOException {
    JsonNode answer =
        send("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, Base64.getDecoder().decode(answer.path("data").asString()));
  }

  /// What the browser complained about since the start: errors of scripts, blocked or missing
  /// resources, violations of the content policy.
  public List<String> complaints() {
    return List.copyOf(complaints);
  }

  private interface Step {
    void run() throws IOException;
  }

  private Browser loading(Step step) throws IOException {
    loaded = new CompletableFuture<>();
    step.run();
    await(loaded);
    return this;
  }

  private JsonNode send(String method, Map<String, Object> parameters) throws IOException {
    int id = next.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    Map<String, Object> message =
        session.isEmpty()
            ? Map.of("id", id, "method", method, "params", parameters)
            : Map.of("id", id, "method", method, "params", parameters, "sessionId", session);
    await(socket.sendText(Json.mapper().writeValueAsString(message), true));
    JsonNode got = await(answer);
    if (!got.path("error").isMissingNode()) {
      throw new IOException(method + ": " + got.path("error"));
    }
    return got.path("result");
  }

  private static <T> T await(CompletableFuture<T> future) throws IOException {
    try {
      return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the browser did not answer", e);
    }
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      message.append(data);
      if (last) {
        JsonNode got = Json.mapper().readTree(message.toString());
        message.setLength(0);
        took(got);
      }
      from.request(1);
      return null;
    }

    private void took(JsonNode got) {
      switch (got.path("method").asString("")) {
        case "Page.loadEventFired" -> loaded.complete(null);
        case "Log.entryAdded" -> {
          JsonNode entry = got.path("params").path("entry");
          if (entry.path("level").asString().equals("error")) {
            complaints.add(entry.path("text").asString() + " " + entry.path("url").asString(""));
          }
        }
        case "Runtime.exceptionThrown" ->
            complaints.add(got.path("params").path("exceptionDetails").toString());
        default -> {
          CompletableFuture<JsonNode> answer = answers.remove(got.path("id").asInt(0));
          if (answer != null) {
            answer.complete(got);
          }
        }
      }
    }
  }

  /// Ends the browser that was started here and removes its profile.
  @Override
  public void close() throws IOException {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> all = Files.walk(profile)) {
      for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
