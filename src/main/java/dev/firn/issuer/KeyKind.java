package dev.firn.issuer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Date;

/// What an issuer signs with.
public enum KeyKind {
  /// RSA with 2,048 bits: quick to verify, and what every client knows. For people and services.
  RS256(JWSAlgorithm.RS256, KeyType.RSA) {
    @Override
    JWK make(Instant now) throws GeneralSecurityException {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      KeyPair pair = generator.generateKeyPair();
      return new RSAKey.Builder((RSAPublicKey) pair.getPublic())
          .privateKey(pair.getPrivate())
          .keyUse(KeyUse.SIGNATURE)
          .algorithm(algorithm)
          .issueTime(Date.from(now))
          .build();
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
    JWK make(Instant now) throws GeneralSecurityException {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(Curve.P_256.toECParameterSpec());
      KeyPair pair = generator.generateKeyPair();
      return new ECKey.Builder(Curve.P_256, (ECPublicKey) pair.getPublic())
          .privateKey(pair.getPrivate())
          .keyUse(KeyUse.SIGNATURE)
          .algorithm(algorithm)
          .issueTime(Date.from(now))
          .build();
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

  /// A new key without an id.
  abstract JWK make(Instant now) throws GeneralSecurityException;

  abstract JWSSigner signer(JWK key) throws JOSEException;
}
