package shop.alexandrite.mes;

/** An order as the MES keeps it. */
public record Order(
    String orderId,
    String userId,
    String partnerId,
    String status,
    int eventVersion,
    String modelKey,
    String customerName,
    String customerEmail,
    String customerPhone,
    String deliveryAddress) {}
