package dev.firn.server;

import dev.firn.http.Exchange;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpProblem;
import dev.firn.http.Router;
import dev.firn.inference.engine.ModelFiles;
import dev.firn.inference.engine.ModelRepository;
import dev.firn.inference.protocol.InferenceRoutes;
import dev.firn.inference.protocol.RemoteInference;
import dev.firn.model.LogicalName;
import dev.firn.server.config.Models;
import dev.firn.server.config.SiteConfig;
import dev.firn.storage.StorageArea;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The models of a site, who may ask them, and the servers that are asked before.
final class SiteModels implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SiteModels.class);

  private final Models config;
  private final ModelRepository models;
  private final HttpFetcher http2;
  private final List<RemoteInference> servers = new ArrayList<>();

  /// @param client over HTTP/1.1
  /// @param trust for clients over HTTP/2
  SiteModels(SiteConfig site, StorageArea area, HttpFetcher client, HttpClients.Config trust)
      throws IOException {
    this.config = site.models();
    this.models =
        new ModelRepository(
            ModelFiles.in(area, config.directory()), site.name().value(), config.patience());
    this.http2 = HttpClients.createHttp2(trust);
    for (Models.Server server : config.servers()) {
      Path file = server.tokenFile().orElse(null);
      servers.add(
          RemoteInference.of(
              server.grpc() ? http2 : client,
              new RemoteInference.Endpoint(
                  server.url(), server.grpc(), () -> token(file), server.deadline())));
    }
  }

  private static @Nullable String token(@Nullable Path file) {
    if (file == null) {
      return null;
    }
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      LOG.warn("no token for an inference server: {}", e.getMessage());
      return null;
    }
  }

  void addTo(Router router, Guard guard) {
    String version =
        Objects.requireNonNullElse(SiteModels.class.getPackage().getImplementationVersion(), "0");
    new InferenceRoutes(models, new ByDirectory(guard), version).addTo(router);
  }

  ModelRepository models() {
    return models;
  }

  List<RemoteInference> servers() {
    return servers;
  }

  /// Who may read a model's directory may ask the model.
  private final class ByDirectory implements InferenceRoutes.Access {
    private final Guard guard;

    ByDirectory(Guard guard) {
      this.guard = guard;
    }

    private LogicalName directory(String model) {
      try {
        return config.directory().child(model);
      } catch (IllegalArgumentException e) {
        throw new HttpProblem(404, "not-found", "no model can be called so");
      }
    }

    @Override
    public void require(Exchange exchange, String model) {
      Caller caller = guard.authenticator().authenticate(exchange);
      guard.policy().require(caller, Operation.GET_FILE, directory(model), TargetState.DIRECTORY);
    }

    @Override
    public boolean allows(Exchange exchange, String model) {
      Caller caller = guard.authenticator().authenticate(exchange);
      return guard
          .policy()
          .decide(caller, Operation.GET_FILE, directory(model), TargetState.DIRECTORY)
          .granted();
    }

    @Override
    public void requireKnown(Exchange exchange) {
      Caller caller = guard.authenticator().authenticate(exchange);
      if (caller.isAnonymous()) {
        guard
            .policy()
            .require(caller, Operation.GET_FILE, config.directory(), TargetState.DIRECTORY);
      }
    }
  }

  @Override
  public void close() {
    models.close();
    http2.close();
  }
}
