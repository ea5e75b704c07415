package dev.firn.console;

import dev.firn.http.Router;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Libraries of the pages, out of the jars they came in, under `/console/lib/`.
final class WebJar {
  private static final String ROOT = "/META-INF/resources/webjars/";
  private static final Map<String, String> FILES =
      Map.of(
          "three.module.min.js", "three/0.181.1/build/three.module.min.js",
          "three.core.min.js", "three/0.181.1/build/three.core.min.js",
          "OrbitControls.js", "three/0.181.1/examples/jsm/controls/OrbitControls.js",
          "uPlot.esm.js", "uplot/1.6.30/dist/uPlot.esm.js",
          "uPlot.min.css", "uplot/1.6.30/dist/uPlot.min.css");

  private WebJar() {}

  static void addTo(Router router) {
    FILES.forEach((name, path) -> {
      byte[] bytes = load(path);
      String type = name.endsWith(".css") ? "text/css" : "text/javascript";
      router.add(
          "GET",
          "/console/lib/" + name,
          exchange -> {
            exchange.setHeader("Cache-Control", "max-age=86400");
            exchange.setHeader("X-Content-Type-Options", "nosniff");
            exchange.respond(200, type + "; charset=utf-8", bytes);
          });
    });
  }

  /// Modules name each other as a bundler knows them; a browser needs the path.
  private static byte[] load(String path) {
    try (InputStream in = WebJar.class.getResourceAsStream(ROOT + path)) {
      if (in == null) {
        throw new IllegalStateException("the console lacks " + path);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.replace("from 'three'", "from './three.module.min.js'")
          .getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the console lacks " + path, e);
    }
  }
}
