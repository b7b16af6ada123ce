"""Takes the prices that the MES calculated.

It runs without the instrumentation of pika: its traces begin with
`mq.consume.price`, and only the message's id joins them to the publish.
"""

import json
import os

import httpx
from business import broker, business_span, database

QUEUE = "shop.price"
notification = httpx.Client(base_url=f"http://127.0.0.1:{os.environ['NOTIFICATION_PORT']}", timeout=10)


def on_price(channel, method, properties, body):
    event = json.loads(body)
    with business_span(
        "mq.consume.price",
        event["order_id"],
        queue=QUEUE,
        message_id=properties.message_id,
        retry_count=int(method.redelivered),
        event_version=event["event_version"],
        user_id=event["user_id"],
        partner_id=event.get("partner_id"),
    ) as span:
        span.set_attributes(
            {
                "messaging.operation.type": "process",
                "messaging.message.body": json.dumps(event, ensure_ascii=True),
            }
        )
        with database() as connection:
            connection.execute(
                "UPDATE orders SET status = %s, event_version = %s, price = %s WHERE order_id = %s",
                (event["new_status"], event["event_version"], event["price"], event["order_id"]),
            )
        subject = f"Цена заказа: {event['price']:.0f} руб."
        notification.get("/email", params={"to": event["customer"]["email"], "subject": subject})
    channel.basic_ack(method.delivery_tag)


if __name__ == "__main__":
    channel = broker().channel()
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume(QUEUE, on_price)
    channel.start_consuming()
