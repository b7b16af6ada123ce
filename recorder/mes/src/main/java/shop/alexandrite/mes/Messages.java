package shop.alexandrite.mes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.opentelemetry.api.trace.SpanKind;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageBuilder;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.stereotype.Component;

/** Sends statuses to the CRM and prices to the shop. */
@Component
public class Messages {
  static final String CRM_STATUS = "crm.order-status";
  static final String SHOP_PRICE = "shop.price";

  private final RabbitTemplate rabbit;
  private final ObjectMapper json;

  Messages(RabbitTemplate rabbit, ObjectMapper json) {
    this.rabbit = rabbit;
    this.json = json;
  }

  void publishStatus(Order order, String newStatus, int eventVersion, Double price) {
    publish("mq.publish.status", CRM_STATUS, event(order, newStatus, eventVersion, price));
  }

  void publishPrice(Order order, int eventVersion, double price) {
    publish("mq.publish.price", SHOP_PRICE, event(order, "PRICE_CALCULATED", eventVersion, price));
  }

  private static OrderEvent event(Order order, String newStatus, int eventVersion, Double price) {
    return new OrderEvent(
        order.orderId(),
        eventVersion,
        order.status(),
        newStatus,
        order.userId(),
        order.partnerId(),
        order.modelKey(),
        price,
        new OrderEvent.Customer(
            order.customerName(), order.customerEmail(), order.customerPhone(), order.deliveryAddress(), null));
  }

  private void publish(String spanName, String queue, OrderEvent event) {
    Spans.inside(
        spanName,
        SpanKind.INTERNAL,
        event.orderId(),
        span -> {
          String messageId = UUID.randomUUID().toString();
          span.setAttribute("queue", queue);
          span.setAttribute("message_id", messageId);
          span.setAttribute("event_version", event.eventVersion());
          Message message =
              MessageBuilder.withBody(write(event).getBytes(StandardCharsets.UTF_8))
                  .setContentType(MessageProperties.CONTENT_TYPE_JSON)
                  .setMessageId(messageId)
                  .build();
          rabbit.send("", queue, message);
          return null;
        });
  }

  private String write(OrderEvent event) {
    try {
      return json.writeValueAsString(event);
    } catch (JsonProcessingException failure) {
      throw new MesException("MESSAGE_NOT_WRITTEN", "a status event could not be written as JSON", failure);
    }
  }
}
