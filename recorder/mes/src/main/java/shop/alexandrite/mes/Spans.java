package shop.alexandrite.mes;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.util.function.Function;

/** The business spans of the MES; what the libraries do is the Java agent's to record. */
final class Spans {
  private static final Tracer TRACER = GlobalOpenTelemetry.getTracer("alexandrite.mes", "1.0.0");

  private Spans() {}

  /** Runs {@code work} inside a span of the order; a failure is recorded with its stack trace and goes on. */
  static <T> T inside(String name, SpanKind kind, String orderId, Function<Span, T> work) {
    SpanBuilder builder = TRACER.spanBuilder(name).setSpanKind(kind);
    if (orderId != null) {
      builder.setAttribute("order_id", orderId);
    }
    Span span = builder.startSpan();
    try (Scope scope = span.makeCurrent()) {
      return work.apply(span);
    } catch (RuntimeException failure) {
      span.recordException(failure);
      span.setStatus(StatusCode.ERROR, failure.getMessage());
      span.setAttribute("error_code", failure instanceof MesException known ? known.code() : "INTERNAL");
      span.setAttribute("error_message", String.valueOf(failure.getMessage()));
      span.setAttribute("error_stack", true);
      throw failure;
    } finally {
      span.end();
    }
  }

  /** Puts the transition on the span that records it. */
  static void transition(Span span, Order order, String newStatus, int eventVersion) {
    span.setAttribute("prev_status", order.status());
    span.setAttribute("new_status", newStatus);
    span.setAttribute("event_version", eventVersion);
    span.setAttribute("user_id", order.userId());
    if (order.partnerId() != null) {
      span.setAttribute("partner_id", order.partnerId());
    }
  }
}
