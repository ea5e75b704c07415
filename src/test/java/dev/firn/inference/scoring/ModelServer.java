package dev.firn.inference.scoring;

import dev.firn.http.Exchange;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.inference.engine.ModelFiles;
import dev.firn.inference.engine.ModelRepository;
import dev.firn.inference.protocol.InferenceRoutes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/// A server of models as a process of its own, on a loopback port, so that it can be killed:
/// `DIRECTORY PORT NAME`. It ends when its standard input does.
public final class ModelServer {
  private ModelServer() {}

  private static final InferenceRoutes.Access EVERYBODY =
      new InferenceRoutes.Access() {
        @Override
        public void require(Exchange exchange, String model) {}

        @Override
        public boolean allows(Exchange exchange, String model) {
          return true;
        }

        @Override
        public void requireKnown(Exchange exchange) {}
      };

  public static void main(String[] args) throws Exception {
    ModelRepository models =
        new ModelRepository(ModelFiles.in(Path.of(args[0])), args[2], Duration.ofSeconds(5));
    HttpServer server = start(models, Integer.parseInt(args[1]));
    System.out.println(server.plainPort());
    while (System.in.read() >= 0) {
      // Until whoever started it is gone.
    }
    System.exit(0);
  }

  public static HttpServer start(ModelRepository models, int port) throws Exception {
    Router router = new Router();
    new InferenceRoutes(models, EVERYBODY, "0").addTo(router);
    return HttpServer.start(
        HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)),
        router);
  }
}
