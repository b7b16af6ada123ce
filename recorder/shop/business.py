"""Business spans of the shop, and the messages it sends."""

import json
import os
import uuid
from contextlib import contextmanager

import pika
import psycopg
from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode

TRACER = trace.get_tracer("alexandrite.shop", "1.0.0")
STATUS_QUEUE = "mes.order-status"


@contextmanager
def business_span(name, order_id=None, **attributes):
    """A span of the order; a failure is recorded with its stack trace and goes on."""
    with TRACER.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
        if order_id:
            span.set_attribute("order_id", order_id)
        span.set_attributes({key: value for key, value in attributes.items() if value is not None})
        try:
            yield span
        except Exception as failure:
            span.record_exception(failure)
            span.set_status(Status(StatusCode.ERROR, str(failure)))
            span.set_attributes(
                {
                    "error_code": getattr(failure, "sqlstate", None) or type(failure).__name__,
                    "error_message": str(failure),
                    "error_stack": True,
                }
            )
            raise


def database():
    return psycopg.connect(
        host="127.0.0.1", port=os.environ["POSTGRES_PORT"], user="alexandrite", dbname="shop", autocommit=True
    )


def broker():
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(os.environ["RABBITMQ_PORT"])))


def publish_status(event):
    """Sends a status event to the MES."""
    message_id = str(uuid.uuid4())
    with business_span(
        "mq.publish.status",
        event["order_id"],
        queue=STATUS_QUEUE,
        message_id=message_id,
        event_version=event["event_version"],
    ):
        connection = broker()
        try:
            connection.channel().basic_publish(
                "",
                STATUS_QUEUE,
                json.dumps(event, ensure_ascii=False).encode(),
                pika.BasicProperties(message_id=message_id, content_type="application/json", delivery_mode=2),
            )
        finally:
            connection.close()


def literal(text):
    """Text as an SQL literal, the way grown code puts it into a statement."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
