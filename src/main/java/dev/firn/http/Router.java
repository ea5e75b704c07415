package dev.firn.http;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/// Finds the handler of a request by its path and method.
///
/// A template is a path whose segments are literal or `{name}`, which stands for any one segment; a
/// last segment `{name...}` stands for all that is left. Runs of `/` count as one and a trailing
/// `/` is ignored. The first template added that fits wins. A path that fits with another method
/// only is a 405 with `Allow`; HEAD is answered by GET's handler. A mounted handler gets every
/// request below its prefix, whatever the method, and looks at the raw path itself.
///
/// Routes are added before the server starts; afterwards the router is read by all its threads.
public final class Router implements Handler {
  private final List<Route> routes = new ArrayList<>();
  private final List<Mount> mounts = new ArrayList<>();
  private final List<Wording> wordings = new ArrayList<>();

  /// Answers a request to a template, knowing what its `{name}`s stand for.
  @FunctionalInterface
  public interface Endpoint {
    void handle(Exchange exchange, Parameters path) throws IOException;
  }

  /// What the names of a template stand for, percent-decoded.
  public record Parameters(Map<String, String> values) {
    /// @throws IllegalArgumentException when the template has no such name
    public String load(String name) {
      String value = values.get(name);
      if (value == null) {
        throw new IllegalArgumentException("the route has no {" + name + "}");
      }
      return value;
    }
  }

  private record Route(String method, List<String> template, Endpoint endpoint) {
    /// Whether a path is of this form. Asked of every route before the right one, so it makes
    /// nothing.
    boolean fits(List<String> path) {
      for (int i = 0; i < template.size(); i++) {
        String part = template.get(i);
        if (part.endsWith("...}")) {
          return true;
        }
        if (i >= path.size() || !(part.startsWith("{") || part.equals(path.get(i)))) {
          return false;
        }
      }
      return path.size() == template.size();
    }

    /// What the names stand for in a path that fits.
    Parameters parameters(List<String> path) {
      Map<String, String> values = new HashMap<>();
      for (int i = 0; i < template.size(); i++) {
        String part = template.get(i);
        if (part.endsWith("...}")) {
          String rest = String.join("/", path.subList(Math.min(i, path.size()), path.size()));
          values.put(part.substring(1, part.length() - 4), rest);
        } else if (part.startsWith("{")) {
          values.put(part.substring(1, part.length() - 1), path.get(i));
        }
      }
      return new Parameters(values);
    }
  }

  private record Mount(String path, List<String> prefix, Handler handler) {
    /// Whether it covers a path as sent in which no `/` follows another.
    boolean covers(String raw) {
      return raw.startsWith(path)
          && (raw.length() == path.length() || raw.charAt(path.length()) == '/');
    }

    boolean covers(List<String> path) {
      return path.size() >= prefix.size() && path.subList(0, prefix.size()).equals(prefix);
    }
  }

  private record Wording(List<String> prefix, UnaryOperator<HttpProblem> words) {
    boolean covers(List<String> path) {
      return path.size() >= prefix.size() && path.subList(0, prefix.size()).equals(prefix);
    }
  }

  public Router add(String method, String template, Handler handler) {
    return add(method, template, (exchange, path) -> handler.handle(exchange));
  }

  public Router add(String method, String template, Endpoint endpoint) {
    routes.add(new Route(method, segments(template), endpoint));
    return this;
  }

  /// Hands everything at and below `prefix` to `handler`.
  public Router mount(String prefix, Handler handler) {
    List<String> segments = segments(prefix);
    String path = segments.isEmpty() ? "" : "/" + String.join("/", segments);
    mounts.add(new Mount(path, segments, handler));
    mounts.sort((a, b) -> b.prefix().size() - a.prefix().size());
    return this;
  }

  /// Says problems of templates below `prefix`, and of paths there that fit none, in the words of a
  /// protocol that has its own.
  public Router word(String prefix, UnaryOperator<HttpProblem> words) {
    wordings.add(new Wording(segments(prefix), words));
    return this;
  }

  /// Every route as `METHOD /its/{template}`.
  public List<String> routes() {
    return routes.stream().map(r -> r.method() + " /" + String.join("/", r.template())).toList();
  }

  @Override
  public void handle(Exchange exchange) throws IOException {
    String rawPath = exchange.rawPath();
    boolean plain = rawPath.startsWith("/") && !rawPath.contains("//");
    List<String> raw = plain ? List.of() : segments(rawPath);
    // Mounts compare undecoded segments: a prefix has only letters, and whoever writes them
    // percent-encoded is not sent past the handler's own decoder but nowhere.
    for (Mount mount : mounts) {
      if (plain ? mount.covers(rawPath) : mount.covers(raw)) {
        mount.handler().handle(exchange);
        return;
      }
    }
    List<String> path = segments(rawPath).stream().map(Router::decode).toList();
    try {
      route(exchange, path);
    } catch (HttpProblem problem) {
      throw worded(path, problem);
    }
  }

  private HttpProblem worded(List<String> path, HttpProblem problem) {
    for (Wording wording : wordings) {
      if (wording.covers(path)) {
        return wording.words().apply(problem);
      }
    }
    return problem;
  }

  private void route(Exchange exchange, List<String> path) throws IOException {
    TreeSet<String> allowed = new TreeSet<>();
    String method = exchange.method();
    for (Route route : routes) {
      if (route.fits(path)) {
        if (route.method().equals(method)
            || (method.equals("HEAD") && route.method().equals("GET"))) {
          route.endpoint().handle(exchange, route.parameters(path));
          return;
        }
        allowed.add(route.method());
      }
    }
    if (allowed.isEmpty()) {
      throw new HttpProblem(404, "not-found", "there is nothing at this path");
    }
    if (allowed.contains("GET")) {
      allowed.add("HEAD");
    }
    allowed.add("OPTIONS");
    String allow = String.join(", ", allowed);
    if (method.equals("OPTIONS")) {
      exchange.setHeader("Allow", allow);
      exchange.respond(204);
      return;
    }
    throw new HttpProblem(
        405, "method-not-allowed", method + " is not allowed here", Map.of("Allow", allow));
  }

  private static List<String> segments(String path) {
    List<String> segments = new ArrayList<>();
    for (String segment : path.split("/")) {
      if (!segment.isEmpty()) {
        segments.add(segment);
      }
    }
    return segments;
  }

  private static String decode(String segment) {
    try {
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-target", "the path is not percent-encoded UTF-8");
    }
  }
}
