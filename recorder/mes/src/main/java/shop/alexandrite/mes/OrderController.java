package shop.alexandrite.mes;

import io.opentelemetry.api.trace.SpanKind;
import java.util.List;
import java.util.Map;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What operators do at their machines, and what watches over the MES. */
@EnableScheduling
@RestController
public class OrderController {
  private static final Map<String, Step> STEPS =
      Map.of(
          "start", new Step("mes.manufacturing.start", "MANUFACTURING_STARTED"),
          "complete", new Step("mes.manufacturing.complete", "MANUFACTURING_COMPLETED"),
          "package", new Step("mes.packaging", "PACKAGING"),
          "ship", new Step("mes.shipped", "SHIPPED"));

  private final Orders orders;
  private final Messages messages;

  OrderController(Orders orders, Messages messages) {
    this.orders = orders;
    this.messages = messages;
  }

  @GetMapping("/dashboard")
  List<Map<String, Object>> dashboard(@RequestParam(name = "q", required = false) String search) {
    return orders.dashboard(search);
  }

  /** Takes the step whether or not the one before it was taken: nothing here stops a skipped PACKAGING. */
  @PostMapping("/orders/{orderId}/{step:start|complete|package|ship}")
  Map<String, String> step(
      @PathVariable("orderId") String orderId,
      @PathVariable("step") String name,
      @RequestHeader("X-Operator-Id") String operatorId) {
    Step step = STEPS.get(name);
    Order order = orders.get(orderId);
    int version = order.eventVersion() + 1;
    Spans.inside(
        step.spanName(),
        SpanKind.INTERNAL,
        orderId,
        span -> {
          span.setAttribute("operator_id", operatorId);
          Spans.transition(span, order, step.newStatus(), version);
          if (name.equals("ship")) {
            span.setAttribute("delivery.address", order.deliveryAddress());
            span.setAttribute("customer.name", order.customerName());
          }
          orders.setStatus(orderId, step.newStatus(), version);
          orders.setOperator(orderId, operatorId);
          return null;
        });
    messages.publishStatus(order, step.newStatus(), version, null);
    return Map.of("order_id", orderId, "status", step.newStatus());
  }

  @GetMapping("/health")
  Map<String, String> health() {
    orders.ping();
    return Map.of("status", "UP");
  }

  @Scheduled(fixedDelay = 5_000)
  void watchOverdue() {
    orders.overdue();
  }

  private record Step(String spanName, String newStatus) {}
}
