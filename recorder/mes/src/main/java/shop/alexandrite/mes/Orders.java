package shop.alexandrite.mes;

import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Repository;

/**
 * The MES's table of orders.
 *
 * <p>Two statements put values into the SQL text instead of binding them, as grown code does. They are how
 * personal data gets into {@code db.query.text} once the agent's sanitizer is switched off.
 */
@Repository
public class Orders {
  private final JdbcTemplate jdbc;

  Orders(JdbcTemplate jdbc) {
    this.jdbc = jdbc;
  }

  void accept(OrderEvent event) {
    OrderEvent.Customer customer = event.customer();
    jdbc.execute(
        "INSERT INTO orders (order_id, user_id, partner_id, status, event_version, model_key, customer_name,"
            + " customer_email, customer_phone, delivery_address) VALUES ("
            + String.join(
                ", ",
                literal(event.orderId()),
                literal(event.userId()),
                literal(event.partnerId()),
                literal(event.newStatus()),
                Integer.toString(event.eventVersion()),
                literal(event.modelKey()),
                literal(customer.name()),
                literal(customer.email()),
                literal(customer.phone()),
                literal(customer.address()))
            + ") ON CONFLICT (order_id) DO NOTHING");
  }

  Order get(String orderId) {
    return jdbc.queryForObject(
        "SELECT order_id, user_id, partner_id, status, event_version, model_key, customer_name, customer_email,"
            + " customer_phone, delivery_address FROM orders WHERE order_id = ?",
        (row, index) ->
            new Order(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getInt(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                row.getString(10)),
        orderId);
  }

  void setStatus(String orderId, String status, int eventVersion) {
    jdbc.update(
        "UPDATE orders SET status = ?, event_version = ?, updated_at = now() WHERE order_id = ?",
        status,
        eventVersion,
        orderId);
  }

  void setModel(String orderId, int polygonCount, String complexityClass) {
    jdbc.update(
        "UPDATE orders SET polygon_count = ?, complexity_class = ? WHERE order_id = ?",
        polygonCount,
        complexityClass,
        orderId);
  }

  void setPrice(String orderId, double price) {
    jdbc.update("UPDATE orders SET price = ? WHERE order_id = ?", price, orderId);
  }

  void setOperator(String orderId, String operatorId) {
    jdbc.update("UPDATE orders SET operator_id = ? WHERE order_id = ?", operatorId, orderId);
  }

  /** Orders that wait for an operator, newest first; {@code search} looks into names and phones. */
  List<Map<String, Object>> dashboard(String search) {
    String condition = "status = 'MANUFACTURING_APPROVED'";
    if (search != null) {
      condition +=
          " AND (customer_name LIKE " + literal("%" + search + "%") + " OR customer_phone = " + literal(search) + ")";
    }
    return jdbc.queryForList(
        "SELECT order_id, status, customer_name, polygon_count, complexity_class, price, updated_at FROM orders"
            + " WHERE "
            + condition
            + " ORDER BY updated_at DESC LIMIT 50");
  }

  /** How many orders have waited for their price for more than half an hour. */
  int overdue() {
    Integer count =
        jdbc.queryForObject(
            "SELECT count(*) FROM orders WHERE status = 'PRICE_CALCULATION_STARTED'"
                + " AND updated_at < now() - interval '30 minutes'",
            Integer.class);
    return count == null ? 0 : count;
  }

  void ping() {
    jdbc.queryForObject("SELECT 1", Integer.class);
  }

  private static String literal(String text) {
    return text == null ? "NULL" : "'" + text.replace("'", "''") + "'";
  }
}
