"""The Shop API: takes the order and its 3D file, and hands both on to the MES.

The spans of FastAPI, psycopg, botocore, urllib3, httpx and pika come from
OpenTelemetry's automatic instrumentation. What is written here by hand are
the business spans.
"""

import json
import os
import uuid
from datetime import datetime, timezone

import boto3
import httpx
from business import business_span, database, literal, publish_status
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from opentelemetry import trace

BUCKET = "alexandrite-models"

app = FastAPI()
http = httpx.Client(timeout=10)
s3 = boto3.client(
    "s3",
    endpoint_url=f"http://127.0.0.1:{os.environ['S3_PORT']}",
    region_name="eu-central-1",
    aws_access_key_id="recorder",
    aws_secret_access_key="recorder",
)


def service(name):
    return f"http://127.0.0.1:{os.environ[name]}"


async def body_of(request: Request):
    """The request's body as bytes, for handlers that run in a thread because they block."""
    return await request.body()


@app.get("/health")
def health():
    with database() as connection:
        connection.execute("SELECT 1")
    return {"status": "UP"}


@app.get("/orders")
def find_orders(email: str | None = None, phone: str | None = None):
    condition = " AND ".join(
        f"customers.{column} = {literal(value)}"
        for column, value in (("email", email), ("phone", phone))
        if value is not None
    )
    with database() as connection:
        rows = connection.execute(
            "SELECT order_id, status FROM orders JOIN customers USING (user_id)"
            f" WHERE {condition or 'true'} ORDER BY updated_at DESC LIMIT 20"
        ).fetchall()
    return [{"order_id": row[0], "status": row[1]} for row in rows]


@app.get("/orders/{order_id}")
def get_order(order_id: str):
    with database() as connection:
        row = connection.execute("SELECT status, price FROM orders WHERE order_id = %s", (order_id,)).fetchone()
    if row is None:
        raise HTTPException(404, "no such order")
    return {"order_id": order_id, "status": row[0], "price": row[1]}


@app.post("/orders")
def create_order(body: bytes = Depends(body_of), x_partner_id: str | None = Header(None)):
    text = body.decode()
    draft = json.loads(text)
    order_id = f"ALX-{datetime.now(timezone.utc):%y%m%d}-{uuid.uuid4().hex[:10]}"
    with business_span("order.root", order_id, partner_id=x_partner_id):
        init(order_id, draft, text, x_partner_id)
    return {"order_id": order_id}


def init(order_id, draft, text, partner_id):
    customer = draft["customer"]
    with business_span(
        "shop.init",
        order_id,
        user_id=draft["user_id"],
        partner_id=partner_id,
        new_status="INITIATED",
        event_version=1,
    ) as span:
        span.set_attributes(
            {
                "http.request.body": text,
                "customer.name": customer["name"],
                "customer.email": customer["email"],
                "customer.phone": customer["phone"],
                "delivery.address": customer["address"],
            }
        )
        if "profile" in draft:
            # What an account brings along, as the map that it is.
            span.set_attribute("customer", draft["profile"])
        if "documents" in draft:
            span.add_event("documents checked", {"documents.json": json.dumps(draft["documents"])})
        with database() as connection:
            connection.execute(
                "INSERT INTO customers (user_id, name, email, phone, address) VALUES ("
                + ", ".join(
                    literal(value)
                    for value in (
                        draft["user_id"],
                        customer["name"],
                        customer["email"],
                        customer["phone"],
                        customer["address"],
                    )
                )
                + ") ON CONFLICT (user_id) DO NOTHING"
            )
            connection.execute(
                "INSERT INTO orders (order_id, user_id, partner_id, status, event_version, comment) VALUES ("
                + ", ".join(literal(value) for value in (order_id, draft["user_id"], partner_id, "INITIATED"))
                + f", 1, {literal(draft.get('comment'))})"
            )


@app.put("/orders/{order_id}/file")
def upload(order_id: str, name: str, model: bytes = Depends(body_of)):
    key = f"models/{order_id}/{name}"
    order = load(order_id)
    with business_span(
        "shop.upload",
        order_id,
        user_id=order["user_id"],
        partner_id=order["partner_id"],
        prev_status=order["status"],
        new_status="FILE_UPLOADED",
        event_version=order["event_version"] + 1,
        file_size=len(model),
        file_format=name.rsplit(".", 1)[-1],
    ) as span:
        s3.put_object(Bucket=BUCKET, Key=key, Body=model)
        span.add_event("file stored", {"file.name": name, "file_size": len(model)})
        save(order_id, "FILE_UPLOADED", order["event_version"] + 1, model_key=key)
    return {"order_id": order_id, "key": key}


@app.post("/orders/{order_id}/submit")
def submit(order_id: str, body: bytes = Depends(body_of)):
    payment = json.loads(body)
    order = load(order_id)
    version = order["event_version"] + 1
    with business_span(
        "shop.submit",
        order_id,
        user_id=order["user_id"],
        partner_id=order["partner_id"],
        prev_status=order["status"],
        new_status="SUBMITTED",
        event_version=version,
    ) as span:
        span.set_attribute("payment.card_number", payment["card_number"])
        check_address(order)
        pay(order, payment)
        save(order_id, "SUBMITTED", version)
    customer = {key: order[key] for key in ("name", "email", "phone", "address", "comment")}
    publish_status(
        {
            "order_id": order_id,
            "event_version": version,
            "prev_status": order["status"],
            "new_status": "SUBMITTED",
            "user_id": order["user_id"],
            "partner_id": order["partner_id"],
            "model_key": order["model_key"],
            "customer": customer,
        }
    )
    confirm(order)
    return {"order_id": order_id, "status": "SUBMITTED"}


def check_address(order):
    http.get(f"{service('DELIVERY_PORT')}/geocode", params={"address": order["address"]}).raise_for_status()


def pay(order, payment):
    answer = http.post(f"{service('PAYMENT_PORT')}/charges", json={"order_id": order["order_id"], **payment})
    if answer.status_code != 201:
        raise RuntimeError(f"payment refused: {answer.json()['detail']}")
    with database() as connection:
        connection.execute(
            "INSERT INTO payments (payment_id, order_id, card_number, card_holder) VALUES ("
            + ", ".join(
                literal(value)
                for value in (
                    answer.json()["payment_id"],
                    order["order_id"],
                    payment["card_number"],
                    payment["card_holder"],
                )
            )
            + ")"
        )


def confirm(order):
    """Tells the customer; an order does not fail where a message to its customer does."""
    for path, params in (
        ("/sms", {"to": order["phone"], "text": f"Заказ {order['order_id']} принят"}),
        ("/email", {"to": order["email"], "subject": f"Alexandrite {order['order_id']}"}),
    ):
        try:
            http.get(service("NOTIFICATION_PORT") + path, params=params)
        except httpx.HTTPError as failure:
            trace.get_current_span().record_exception(failure)


def load(order_id):
    columns = "order_id, user_id, partner_id, status, event_version, model_key, comment, name, email, phone, address"
    with database() as connection:
        row = connection.execute(
            f"SELECT {columns} FROM orders JOIN customers USING (user_id) WHERE order_id = %s", (order_id,)
        ).fetchone()
    if row is None:
        raise HTTPException(404, "no such order")
    return dict(zip(columns.split(", "), row))


def save(order_id, status, version, model_key=None):
    with database() as connection:
        connection.execute(
            "UPDATE orders SET status = %s, event_version = %s, model_key = coalesce(%s, model_key),"
            " updated_at = now() WHERE order_id = %s",
            (status, version, model_key, order_id),
        )
