package shop.alexandrite.mes;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.stereotype.Component;

/** Reads the statuses that shop and CRM set, and starts what they call for. */
@Component
public class StatusListener {
  private static final String QUEUE = "mes.order-status";
  private static final long PAUSE_BEFORE_REJECT_MS = 1_500;

  private final Orders orders;
  private final Models models;
  private final Pricing pricing;
  private final ObjectMapper json;

  StatusListener(Orders orders, Models models, Pricing pricing, ObjectMapper json) {
    this.orders = orders;
    this.models = models;
    this.pricing = pricing;
    this.json = json;
  }

  @RabbitListener(queues = QUEUE)
  void onStatus(Message message) throws InterruptedException {
    String body = new String(message.getBody(), StandardCharsets.UTF_8);
    OrderEvent event = read(body);
    try {
      Spans.inside(
          "mq.consume.status",
          SpanKind.INTERNAL,
          event.orderId(),
          span -> {
            describe(span, message.getMessageProperties(), event, body);
            handle(event);
            return null;
          });
    } catch (MesException failure) {
      // A message that comes back at once would use up its deliveries before
      // what it waits for can appear.
      Thread.sleep(PAUSE_BEFORE_REJECT_MS);
      throw failure;
    }
  }

  private static void describe(Span span, MessageProperties properties, OrderEvent event, String body) {
    // Quorum queues count deliveries; the header is absent on the first one.
    Object count = properties.getHeader("x-delivery-count");
    span.setAttribute("queue", QUEUE);
    span.setAttribute("message_id", properties.getMessageId());
    span.setAttribute("retry_count", count instanceof Number number ? number.longValue() : 0);
    span.setAttribute("event_version", event.eventVersion());
    span.setAttribute("messaging.message.body", body);
  }

  private void handle(OrderEvent event) {
    switch (event.newStatus()) {
      case "SUBMITTED" -> {
        models.requireModel(event);
        orders.accept(event);
        pricing.start(orders.get(event.orderId()));
      }
      case "MANUFACTURING_APPROVED", "CLOSED" ->
          orders.setStatus(event.orderId(), event.newStatus(), event.eventVersion());
      default ->
          throw new MesException("STATUS_NOT_EXPECTED", "the MES does not wait for " + event.newStatus(), null);
    }
  }

  private OrderEvent read(String body) {
    try {
      return json.readValue(body, OrderEvent.class);
    } catch (IOException failure) {
      throw new MesException("MESSAGE_NOT_READ", "a message on " + QUEUE + " is not a status event", failure);
    }
  }
}
