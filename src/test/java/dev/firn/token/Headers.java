package dev.firn.token;

import dev.firn.http.Exchange;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A request of which only the headers matter.
public record Headers(List<Map.Entry<String, String>> all) implements Exchange {
  public static Headers none() {
    return new Headers(List.of());
  }

  public static Headers bearer(String token) {
    return new Headers(List.of(Map.entry("Authorization", "Bearer " + token)));
  }

  public static Headers authorization(String... values) {
    List<Map.Entry<String, String>> all = new ArrayList<>();
    for (String value : values) {
      all.add(Map.entry("Authorization", value));
    }
    return new Headers(all);
  }

  @Override
  public List<String> headers(String name) {
    return all.stream()
        .filter(e -> e.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .toList();
  }

  @Override
  public Optional<String> header(String name) {
    return headers(name).stream().findFirst();
  }

  @Override
  public List<String> headerNames() {
    return all.stream().map(Map.Entry::getKey).toList();
  }

  @Override
  public String method() {
    return "GET";
  }

  @Override
  public String rawPath() {
    return "/";
  }

  @Override
  public Optional<String> rawQuery() {
    return Optional.of("authz=Bearer%20x&access_token=y");
  }

  @Override
  public Optional<String> query(String name) {
    return Optional.of("y");
  }

  @Override
  public InetSocketAddress remote() {
    return new InetSocketAddress("127.0.0.1", 4711);
  }

  @Override
  public InetSocketAddress local() {
    return new InetSocketAddress("127.0.0.1", 443);
  }

  @Override
  public boolean secure() {
    return true;
  }

  @Override
  public String authority() {
    return "localhost";
  }

  @Override
  public long contentLength() {
    return 0;
  }

  @Override
  public InputStream body() {
    return InputStream.nullInputStream();
  }

  @Override
  public void interim(int status, Map<String, String> headers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setHeader(String name, String value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setTrailer(String name, String value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void addHeader(String name, String value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void respond(int status) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void respond(int status, String contentType, byte[] bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Body start(int status) {
    throw new UnsupportedOperationException();
  }
}
