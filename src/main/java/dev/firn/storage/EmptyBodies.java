package dev.firn.storage;

import java.util.Optional;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;

/// Says of a PUT without a body that it has none. The JDK's connections say nothing, and Ceph's
/// gateway then refuses to copy a part of an object (411, RFC 9110 section 15.5.12).
final class EmptyBodies implements ExecutionInterceptor {
  @Override
  public SdkHttpRequest modifyHttpRequest(
      Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
    return bodyless(context)
        ? context.httpRequest().copy(r -> r.putHeader("Content-Length", "0"))
        : context.httpRequest();
  }

  @Override
  public Optional<RequestBody> modifyHttpContent(
      Context.ModifyHttpRequest context, ExecutionAttributes attributes) {
    return bodyless(context) ? Optional.of(RequestBody.empty()) : context.requestBody();
  }

  private static boolean bodyless(Context.ModifyHttpRequest context) {
    return context.httpRequest().method() == SdkHttpMethod.PUT && context.requestBody().isEmpty();
  }
}
