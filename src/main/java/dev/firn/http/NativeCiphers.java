package dev.firn.http;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has TLS encrypt with AES-GCM in machine code from the first record on.
///
/// The JDK's own is as fast once it is compiled, but until then a server that has just started
/// spends milliseconds on each record, and its decryption stays slower. The signatures of RS256 and
/// ES256 come with it, and the keys for them, which would else be converted for each: a hub signs
/// three tokens for each transfer, which cost the JDK more than all the rest of a small one. Only
/// these and the signature of handshakes are taken from Amazon's provider; whatever else asks for
/// an algorithm gets the JDK's. Where the library does not load (another processor, a `/tmp` from
/// which nothing may be run), or with `-Dfirn.tls.native=false`, TLS uses the JDK's too. See
/// `docs/decisions/0070-native-ciphers.md`.
final class NativeCiphers {
  private static final Logger log = LoggerFactory.getLogger(NativeCiphers.class);
  private static final Map<String, List<String>> TAKEN =
      Map.of(
          "Cipher",
          List.of("AES/GCM/NoPadding"),
          "Signature",
          List.of("RSASSA-PSS", "SHA256withRSA", "SHA256withECDSA"),
          "KeyFactory",
          List.of("RSA", "EC"));

  private NativeCiphers() {}

  /// Puts them before the JDK's, for this process, once.
  static synchronized void offer() {
    if (Security.getProvider(Selection.NAME) != null
        || System.getProperty("firn.tls.native", "true").equals("false")) {
      return;
    }
    AmazonCorrettoCryptoProvider all = AmazonCorrettoCryptoProvider.INSTANCE;
    Throwable failure = all.getLoadingError();
    if (failure == null) {
      Security.insertProviderAt(new Selection(all), 1);
    } else {
      log.info("TLS uses the JDK's ciphers: {}", failure.getMessage());
    }
  }

  private static final class Selection extends Provider {
    private static final long serialVersionUID = 1L;
    static final String NAME = "FirnTls";

    Selection(Provider from) {
      super(NAME, "1", "what TLS needs of " + from.getName());
      TAKEN.forEach((type, algorithms) -> {
        for (String algorithm : algorithms) {
          Service service = from.getService(type, algorithm);
          if (service != null) {
            putService(new Lent(this, service));
          }
        }
      });
    }
  }

  /// Another provider's service under this one's name.
  private static final class Lent extends Provider.Service {
    private final Provider.Service service;

    Lent(Provider provider, Provider.Service service) {
      super(
          provider, service.getType(), service.getAlgorithm(), service.getClassName(), null, null);
      this.service = service;
    }

    @Override
    public Object newInstance(@Nullable Object parameter) throws NoSuchAlgorithmException {
      return service.newInstance(parameter);
    }

    @Override
    public boolean supportsParameter(@Nullable Object parameter) {
      return service.supportsParameter(parameter);
    }
  }
}
