package shop.alexandrite.mes;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Calculates prices, beside the listener: a calculation takes minutes, and a message must not wait for it. */
@Component
public class Pricing {
  private static final Logger LOG = LoggerFactory.getLogger(Pricing.class);

  // The wait stands for the slicer, which is a licensed program of its own;
  // its time grows with the number of polygons.
  private static final double SLICER_MS_PER_POLYGON = 5;

  private final Orders orders;
  private final Models models;
  private final Messages messages;
  private final ExecutorService calculations = Executors.newFixedThreadPool(8);

  Pricing(Orders orders, Models models, Messages messages) {
    this.orders = orders;
    this.models = models;
    this.messages = messages;
  }

  void start(Order order) {
    int version = order.eventVersion() + 1;
    Spans.inside(
        "mes.price.start",
        SpanKind.INTERNAL,
        order.orderId(),
        span -> {
          Spans.transition(span, order, "PRICE_CALCULATION_STARTED", version);
          orders.setStatus(order.orderId(), "PRICE_CALCULATION_STARTED", version);
          return null;
        });
    messages.publishStatus(order, "PRICE_CALCULATION_STARTED", version, null);
    calculations.submit(
        () -> {
          try {
            calculate(orders.get(order.orderId()));
          } catch (RuntimeException failure) {
            LOG.warn("a price calculation failed: {}", failure.getClass().getSimpleName());
          }
        });
  }

  private void calculate(Order order) {
    int version = order.eventVersion() + 1;
    double price =
        Spans.inside(
            "mes.price.calc",
            SpanKind.INTERNAL,
            order.orderId(),
            span -> {
              Models.Mesh mesh = phase("mes.price.calc.load_model", order, phase -> models.load(order));
              describe(span, order, mesh);
              phase("mes.price.calc.slice", order, phase -> slice(phase, mesh));
              double quote = phase("mes.price.calc.quote", order, phase -> quote(phase, order, mesh));
              Spans.transition(span, order, "PRICE_CALCULATED", version);
              orders.setStatus(order.orderId(), "PRICE_CALCULATED", version);
              return quote;
            });
    messages.publishPrice(order, version, price);
    messages.publishStatus(order, "PRICE_CALCULATED", version, price);
  }

  private static <T> T phase(String name, Order order, java.util.function.Function<Span, T> work) {
    return Spans.inside(name, SpanKind.INTERNAL, order.orderId(), work);
  }

  private void describe(Span span, Order order, Models.Mesh mesh) {
    span.setAttribute("polygon_count", mesh.polygonCount());
    span.setAttribute("complexity_class", mesh.complexityClass());
    span.setAttribute("file_size", mesh.fileBytes());
    span.setAttribute("file_format", "stl");
    orders.setModel(order.orderId(), mesh.polygonCount(), mesh.complexityClass());
  }

  private static Void slice(Span span, Models.Mesh mesh) {
    span.setAttribute("polygon_count", mesh.polygonCount());
    try {
      Thread.sleep((long) (mesh.polygonCount() * SLICER_MS_PER_POLYGON));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MesException("CALCULATION_STOPPED", "the calculation was stopped", interrupted);
    }
    return null;
  }

  private double quote(Span span, Order order, Models.Mesh mesh) {
    double price = Math.round(4_900 + mesh.volume() * 2.4 + mesh.polygonCount() * 0.35);
    orders.setPrice(order.orderId(), price);
    span.setAttribute("price", price);
    span.addEvent(
        "quote for " + order.customerPhone() + " is ready",
        Attributes.of(
            AttributeKey.stringKey("log.message"),
            "price " + price + " for " + order.customerName() + ", " + order.deliveryAddress(),
            AttributeKey.stringArrayKey("notify"),
            List.of(order.customerEmail(), order.customerPhone())));
    return price;
  }
}
