package dev.firn.issuer.oauth;

/// The `grant_type`s there are.
final class GrantTypes {
  static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
  static final String CLIENT_CREDENTIALS = "client_credentials";
  static final String CODE = "authorization_code";
  static final String DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
  static final String REFRESH = "refresh_token";

  private GrantTypes() {}
}
