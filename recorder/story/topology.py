"""Declares the queues, before any service starts.

Status events for the MES go through a quorum queue: it counts deliveries, and
after the third rejection the message moves to the dead-letter queue.
"""

import os

import pika

connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(os.environ["RABBITMQ_PORT"])))
channel = connection.channel()
channel.queue_declare("mes.order-status.dead", durable=True)
channel.queue_declare(
    "mes.order-status",
    durable=True,
    arguments={
        "x-queue-type": "quorum",
        "x-delivery-limit": 2,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "mes.order-status.dead",
    },
)
channel.queue_declare("crm.order-status", durable=True)
channel.queue_declare("shop.price", durable=True)
connection.close()
