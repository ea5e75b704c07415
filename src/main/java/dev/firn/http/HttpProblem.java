package dev.firn.http;

import java.util.LinkedHashMap;
import java.util.Map;

/// A request that cannot be answered as asked, to be rendered as an RFC 9457 problem body.
///
/// `code` is stable and meant for programs (`checksum-mismatch`); the message is one line for
/// people that says what and where. Headers go out with the answer (`WWW-Authenticate`,
/// `Retry-After`).
public final class HttpProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final Map<String, String> headers;
  private final transient Map<String, Object> members;

  public HttpProblem(int status, String code, String detail) {
    this(status, code, detail, Map.of());
  }

  public HttpProblem(int status, String code, String detail, Map<String, String> headers) {
    this(status, code, detail, headers, Map.of());
  }

  private HttpProblem(
      int status,
      String code,
      String detail,
      Map<String, String> headers,
      Map<String, Object> members) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = Map.copyOf(headers);
    this.members = new LinkedHashMap<>(members);
  }

  /// This problem with a member of its own in its body, or another `type` than `about:blank`.
  public HttpProblem withMember(String name, Object value) {
    HttpProblem more = new HttpProblem(status, code, detail(), headers, members);
    more.members.put(name, value);
    return more;
  }

  /// This problem with a header more, unless it has one of that name.
  public HttpProblem withHeader(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.putIfAbsent(name, value);
    return new HttpProblem(status, code, detail(), more, members);
  }

  Map<String, Object> members() {
    return members;
  }

  public int status() {
    return status;
  }

  public String code() {
    return code;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }

  public Map<String, String> headers() {
    return headers;
  }
}
