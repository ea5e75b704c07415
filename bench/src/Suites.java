import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Runs suites of the field that nobody here wrote, from checkouts that the caller has, against
/// doors that it starts. Nothing of the suites is part of this project.
///
/// Where a suite proves who it is by a client certificate, which the doors know nothing of, a
/// command of the same name stands before the real one and sends a token instead; where a suite
/// asks `oidc-agent` for a token, one of an issuer of this run is given.
final class Suites {
  private static final String ISSUER = "https://issuer.suites.example";
  private static final String ANY = "https://wlcg.cern.ch/jwt/v1/any";

  private final Bench.Options options;
  private final Path folder;
  private final Path shims;
  private final RSAKey key;

  Suites(Bench.Options options) throws Exception {
    this.options = options;
    folder = options.workFolder();
    shims = Files.createDirectory(folder.resolve("shims"));
    key = new RSAKeyGenerator(2048).keyID("suites").generate();
    Files.writeString(
        folder.resolve("jwks.json"), new JWKSet(key.toPublicJWK()).toString());
    Files.createDirectory(folder.resolve("trust"));
    Peer.certificate(folder); // the doors' too, which talk to each other
  }

  void run() throws Exception {
    HttpServer tokens = serveTokens();
    try {
      int status = 0;
      for (String suite : List.of("wlcg", "doma", "storm")) {
        if (options.values().containsKey(suite)) {
          Path checkout = Path.of(options.values().get(suite)).toAbsolutePath();
          status |=
              switch (suite) {
                case "wlcg" -> wlcg(checkout);
                case "doma" -> doma(checkout);
                default -> storm(checkout);
              };
        }
      }
      System.exit(status);
    } finally {
      tokens.stop(0);
    }
  }

  /// Robot Framework, from a checkout of its sources or as it is installed.
  private List<String> robot() {
    return List.of("/usr/bin/python3", "-m", "robot", "--output", "output.xml");
  }

  private int wlcg(Path checkout) throws Exception {
    Peer door =
        door(
            "wlcg",
            "/wlcg",
            """
            [[rules]]
            path = "/wlcg"
            rights = ["read"]
            issuer = "%1$s"
            group = "/wlcg"
            [[rules]]
            path = "/wlcg"
            rights = ["modify"]
            except = ["/wlcg/protected"]
            issuer = "%1$s"
            group = "/wlcg"
            [[rules]]
            path = "/wlcg/protected"
            rights = ["read", "modify"]
            issuer = "%1$s"
            group = "/wlcg/test"
            """
                .formatted(ISSUER));
    try {
      curl("MKCOL", door.tls() + "/protected", "storage.modify:/");
      Path variables =
          Files.writeString(
              folder.resolve("endpoints.yaml"),
              """
              endpoints:
                firn:
                  desc: Firn
                  type: Firn
                  endpoint: %s
                  paths:
                    wlcg: /wlcg
              """
                  .formatted(door.audience()));
      return suite(
          checkout,
          robot(),
          List.of(
              "--pythonpath", ".:common",
              "--variablefile", variables.toString(),
              "--variable", "se_alias:firn",
              "--variable", "x509.trustdir:" + folder.resolve("trust"),
              "--name", "wlcg",
              "--outputdir", folder.resolve("wlcg-report").toString(),
              "test"),
          Map.of("REQUESTS_CA_BUNDLE", door.ca().toString()));
    } finally {
      door.stop();
    }
  }

  private int doma(Path checkout) throws Exception {
    Peer ours = door("ours", "/data", "");
    Peer theirs =
        door(
            "theirs",
            "/data",
            """
            [[rules]]
            path = "/data/public"
            rights = ["read"]
            """);
    try {
      Path file = Shell.randomFile(folder.resolve("file"), 1 << 20);
      curl("MKCOL", theirs.tls() + "/public", "storage.modify:/");
      curl("MKCOL", theirs.tls() + "/private", "storage.modify:/");
      for (String name : List.of("/public/file", "/private/file")) {
        curl("PUT", theirs.tls() + name, "storage.modify:/", "-T", file.toString());
      }
      shim("voms-proxy-info", "exit 0");
      shim("dig", "[ \"$3\" = A ] && echo 127.0.0.1; exit 0");
      return suite(
          checkout,
          List.of("bash", "bin/smoke-test.sh"),
          List.of(
              "-f", "-x", "-c",
              "-p", theirs.tls() + "/public/file",
              "-r", theirs.tls() + "/private/file",
              "-u", theirs.tls(),
              ours.tls()),
          Map.of(
              "X509_USER_PROXY", ours.ca().toString(),
              "X509_CERT_DIR", folder.resolve("trust").toString()));
    } finally {
      ours.stop();
      theirs.stop();
    }
  }

  private int storm(Path checkout) throws Exception {
    Peer door =
        door(
            "storm",
            "/storm",
            """
            [[rules]]
            path = "/storm/noauth"
            rights = ["read", "create", "modify"]
            [[rules]]
            path = "/storm/fga/public"
            rights = ["read"]
            [[rules]]
            path = "/storm/fga/trusted_issuer"
            rights = ["read"]
            issuer = "%1$s"
            [[rules]]
            path = "/storm/fga/cms"
            rights = ["read", "create", "modify"]
            issuer = "%1$s"
            group = "/wlcg"
            [[rules]]
            path = "/storm/fga/data-manager"
            rights = ["read", "create", "modify"]
            issuer = "%1$s"
            group = "/data-manager"
            [[rules]]
            path = "/storm/oauth-authz"
            rights = ["read", "create", "modify"]
            issuer = "%1$s"
            """
                .formatted(ISSUER));
    Path proxy = Path.of("/tmp/x509up_u" + Shell.run("id", "-u").strip()); // as the suite wants it
    Files.copy(door.ca(), proxy);
    try {
      for (String area : List.of("noauth", "test.vo", "oauth-authz", "fga")) {
        curl("MKCOL", door.tls() + "/" + area, "storage.modify:/");
      }
      List<String> arguments = new ArrayList<>(List.of("--pythonpath", ".:common"));
      Map<String, String> variables = new HashMap<>();
      variables.put("dav.host", "localhost");
      variables.put("remote.dav.host", "127.0.0.1");
      for (String side : List.of("", "remote.")) {
        variables.put(side + "dav.port", port(door.plain()));
        variables.put(side + "davs.port", port(door.tls()));
      }
      variables.put("sa.default", "storm/test.vo");
      variables.put("sa.noauth", "storm/noauth");
      variables.put("sa.fga", "storm/fga");
      variables.put("sa.oauth", "storm/oauth-authz");
      variables.put("storage.root", folder.resolve("storm/" + SERVER).toString());
      variables.put("x509.trustdir", folder.resolve("trust").toString());
      variables.forEach((name, value) -> arguments.addAll(List.of("--variable", name + ":" + value)));
      arguments.addAll(List.of("--outputdir", folder.resolve("storm-report").toString(), "test"));
      return suite(checkout.resolve("robot"), robot(), arguments, Map.of());
    } finally {
      Files.delete(proxy);
      door.stop();
    }
  }

  private static final String SERVER = "root";

  private static String port(String url) {
    return url.replaceFirst(".*:(\\d+)/.*", "$1");
  }

  /// A door that believes this run's issuer; its area's last segment is also its folder's name.
  private Peer door(String name, String area, String rules) throws Exception {
    Path own = Files.createDirectories(folder.resolve(name).resolve(SERVER));
    Peer door = Peer.guarded(own, new Peer.Area(area, ISSUER, folder.resolve("jwks.json")), rules);
    Files.copy(door.ca(), folder.resolve("trust/host.pem"), StandardCopyOption.REPLACE_EXISTING);
    Shell.run("openssl", "rehash", folder.resolve("trust").toString());
    Files.writeString(folder.resolve("token"), token("storage.read:/ storage.modify:/", ANY));
    shim("curl", stand(List.of("-E", "--cert"), "/usr/bin/curl"));
    for (String tool : List.of("davix-get", "davix-put", "davix-cp", "davix-rm", "davix-mkdir")) {
      shim(tool, stand(List.of("-P"), "/usr/bin/" + tool));
    }
    return door;
  }

  /// A script that stands before `command`: it trusts this run's certificate, and sends a token
  /// where one of `options` with its value says that a client certificate is to be shown.
  private String stand(List<String> certificates, String command) {
    return """
    args=() by=
    while [ $# -gt 0 ]; do
      case $1 in
        %1$s) by=$(cat '%2$s'); shift 2 ;;
        --capath | --cacert) shift 2 ;;
        *) args+=("$1"); shift ;;
      esac
    done
    [ -z "$by" ] || args=(-H "Authorization: Bearer $by" "${args[@]}")
    exec %3$s %5$s --capath '%4$s' "${args[@]}"
    """
        .formatted(
            String.join(" | ", certificates),
            folder.resolve("token"),
            command,
            folder.resolve("trust"),
            // The suite looks for the words of status lines, which HTTP/2 has not.
            command.endsWith("curl") ? "--http1.1" : "");
  }

  private void shim(String name, String script) throws IOException {
    Path file = Files.writeString(shims.resolve(name), "#!/bin/bash\n" + script + "\n");
    file.toFile().setExecutable(true);
  }

  private void curl(String method, String url, String scope, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "/usr/bin/curl", "-sSf", "-o", "/dev/null", "-X", method, "--capath",
                folder.resolve("trust").toString(), "-H",
                "Authorization: Bearer " + token(scope, ANY)));
    command.addAll(List.of(more));
    command.add(url);
    Shell.run(command.toArray(String[]::new));
  }

  private int suite(
      Path checkout, List<String> command, List<String> arguments, Map<String, String> environment)
      throws Exception {
    List<String> whole = new ArrayList<>(command);
    whole.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(whole).directory(checkout.toFile()).inheritIO();
    builder.environment().put("PATH", shims + ":" + System.getenv("PATH"));
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    if (options.values().containsKey("robot")) {
      builder.environment().put("PYTHONPATH", Path.of(options.values().get("robot")).toAbsolutePath() + "/src");
    }
    builder.environment().putAll(environment);
    return builder.start().waitFor();
  }

  private HttpServer serveTokens() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          Map<String, String> query = new HashMap<>();
          for (String pair : exchange.getRequestURI().getRawQuery().split("&")) {
            String[] parts = pair.split("=", 2);
            query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8).strip());
          }
          String audience = query.get("aud");
          byte[] body =
              token(query.get("scope"), audience.isEmpty() ? ANY : audience)
                  .getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    shim(
        "oidc-token",
        """
        scope= aud=
        while [ $# -gt 0 ]; do
          case $1 in
            -s) scope="$scope $2"; shift 2 ;;
            --aud=*) aud=${1#--aud=}; shift ;;
            *) shift ;;
          esac
        done
        exec /usr/bin/curl -sSfG --data-urlencode "scope=$scope" --data-urlencode "aud=$aud" \\
          http://127.0.0.1:%d/
        """
            .formatted(server.getAddress().getPort()));
    return server;
  }

  /// What the issuer of the suites gives: the scopes asked for, and of groups the usual one, or the
  /// one asked for before it.
  private String token(String scope, String audience) {
    List<String> groups = new ArrayList<>();
    for (String word : scope.split(" ")) {
      if (word.startsWith("wlcg.groups")) {
        String group = word.substring(word.indexOf(':') + 1);
        if (word.contains(":") && !group.equals("/wlcg")) {
          groups.add(group);
        }
        groups.add("/wlcg");
      }
    }
    Instant now = Instant.now();
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .subject("suite")
            .audience(List.of(audience.split(" ")))
            .claim("scope", scope.strip())
            .claim("wlcg.ver", "1.0")
            .issueTime(Date.from(now))
            .notBeforeTime(Date.from(now))
            .expirationTime(Date.from(now.plusSeconds(3600)))
            .jwtID(UUID.randomUUID().toString());
    if (!groups.isEmpty()) {
      claims.claim("wlcg.groups", groups);
    }
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("suites").build(), claims.build());
    try {
      jwt.sign(new RSASSASigner(key));
    } catch (com.nimbusds.jose.JOSEException e) {
      throw new IllegalStateException(e);
    }
    return jwt.serialize();
  }
}
