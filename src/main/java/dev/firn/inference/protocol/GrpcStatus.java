package dev.firn.inference.protocol;

import dev.firn.inference.InferenceException.Kind;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/// gRPC's outcomes and ours.
final class GrpcStatus {
  static final int INVALID_ARGUMENT = 3;
  private static final int CANCELLED = 1;
  private static final int NOT_FOUND = 5;
  private static final int PERMISSION_DENIED = 7;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int FAILED_PRECONDITION = 9;
  private static final int OUT_OF_RANGE = 11;
  private static final int UNIMPLEMENTED = 12;
  private static final int INTERNAL = 13;
  private static final int UNAVAILABLE = 14;
  private static final int UNAUTHENTICATED = 16;

  private GrpcStatus() {}

  static int of(Kind kind) {
    return switch (kind) {
      case CLIENT -> INVALID_ARGUMENT;
      case NOT_FOUND -> NOT_FOUND;
      case DENIED -> PERMISSION_DENIED;
      case CAPACITY -> UNAVAILABLE;
      case REMOTE -> INTERNAL;
    };
  }

  static int ofHttp(int status) {
    return switch (status) {
      case 401 -> UNAUTHENTICATED;
      case 403 -> PERMISSION_DENIED;
      case 404 -> NOT_FOUND;
      case 413, 429 -> RESOURCE_EXHAUSTED;
      case 501 -> UNIMPLEMENTED;
      case 503 -> UNAVAILABLE;
      default -> status < 500 ? INVALID_ARGUMENT : INTERNAL;
    };
  }

  /// A proxy before a server answers CANCELLED when it wants the work to go elsewhere.
  static Kind kind(int status) {
    return switch (status) {
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED -> Kind.CLIENT;
      case NOT_FOUND -> Kind.NOT_FOUND;
      case PERMISSION_DENIED, UNAUTHENTICATED -> Kind.DENIED;
      case CANCELLED, RESOURCE_EXHAUSTED, UNAVAILABLE -> Kind.CAPACITY;
      default -> Kind.REMOTE;
    };
  }

  /// A message as its header carries it: percent-encoded beyond printable ASCII.
  static String encode(String message) {
    StringBuilder out = new StringBuilder();
    for (byte b : message.getBytes(StandardCharsets.UTF_8)) {
      if (b >= 0x20 && b < 0x7f && b != '%') {
        out.append((char) b);
      } else {
        out.append("%%%02X".formatted(b & 0xff));
      }
    }
    return out.toString();
  }

  static String decode(String message) {
    try {
      return URLDecoder.decode(message.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return message;
    }
  }
}
