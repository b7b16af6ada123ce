package shop.alexandrite.mes;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/** A status event as it travels through RabbitMQ; fields that a sender does not know are left out. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OrderEvent(
    @JsonProperty("order_id") String orderId,
    @JsonProperty("event_version") int eventVersion,
    @JsonProperty("prev_status") String prevStatus,
    @JsonProperty("new_status") String newStatus,
    @JsonProperty("user_id") String userId,
    @JsonProperty("partner_id") String partnerId,
    @JsonProperty("model_key") String modelKey,
    @JsonProperty("price") Double price,
    @JsonProperty("customer") Customer customer) {

  /** The person who ordered, as the shop passes her on to print the packing slip. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Customer(String name, String email, String phone, String address, String comment) {}
}
