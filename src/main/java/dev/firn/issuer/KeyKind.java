package dev.firn.issuer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.JWKGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;

/// What an issuer signs with.
public enum KeyKind {
  /// RSA with 2,048 bits: quick to verify, and what every client knows. For people and services.
  RS256(JWSAlgorithm.RS256, KeyType.RSA) {
    @Override
    JWKGenerator<? extends JWK> generator() {
      return new RSAKeyGenerator(2048);
    }

    @Override
    JWSSigner signer(JWK key) throws JOSEException {
      return new RSASSASigner(key.toRSAKey());
    }
  },

  /// ECDSA on P-256, which WLCG and SciTokens ask every server to verify: a tenth of the cost to
  /// sign. For what the hub signs for itself, several tokens a transfer or a lease.
  ES256(JWSAlgorithm.ES256, KeyType.EC) {
    @Override
    JWKGenerator<? extends JWK> generator() {
      return new ECKeyGenerator(Curve.P_256);
    }

    @Override
    JWSSigner signer(JWK key) throws JOSEException {
      return new ECDSASigner(key.toECKey());
    }
  };

  final JWSAlgorithm algorithm;
  final KeyType type;

  KeyKind(JWSAlgorithm algorithm, KeyType type) {
    this.algorithm = algorithm;
    this.type = type;
  }

  /// Makes new keys.
  abstract JWKGenerator<? extends JWK> generator();

  abstract JWSSigner signer(JWK key) throws JOSEException;
}
