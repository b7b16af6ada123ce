"""The services around the order: notification, payment and delivery.

One program, started three times under three service names. They stand
outside the order's life, and know its people.
"""

import json
import uuid

from fastapi import FastAPI, HTTPException, Request
from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind

TRACER = trace.get_tracer("alexandrite.around", "1.0.0")

app = FastAPI()
declined = {}


@app.get("/health")
def health():
    return {"status": "UP"}


@app.get("/sms")
def sms(to: str, text: str):
    with TRACER.start_as_current_span(f"sms {to}", kind=SpanKind.CLIENT) as span:
        span.set_attribute("sms.length", len(text))
        span.add_event(f"sms sent to {to}", {"log.message": text, "sms.recipient": to})
    return {"sent": True}


@app.get("/email")
def email(to: str, subject: str):
    with TRACER.start_as_current_span(f"email {to}", kind=SpanKind.CLIENT) as span:
        span.add_event(f"email queued for {to}", {"email.subject": subject, "email.recipients": [to]})
        if to.partition("@")[0].endswith(".full"):
            raise HTTPException(507, f"mailbox {to} is full")
    return {"queued": True}


@app.get("/call")
def call(to: str):
    """Rings a customer up; numbers that end in 00 are engaged."""
    with TRACER.start_as_current_span("telephone call", kind=SpanKind.CLIENT) as span:
        span.set_attribute("call.attempts", [f"1: {to}", f"2: {to}"])
        if to.endswith("00"):
            raise HTTPException(503, f"number {to} is engaged")
    return {"answered": True}


@app.post("/charges", status_code=201)
async def charge(request: Request):
    text = (await request.body()).decode()
    payment = json.loads(text)
    card = payment["card_number"]
    # A second try is linked to the one that was declined.
    earlier = declined.pop(payment["order_id"], None)
    links = [Link(earlier[0], {"payment.card": earlier[1], "payer.contact": payment["contact"]})] if earlier else []
    with TRACER.start_as_current_span(f"charge {card}", kind=SpanKind.CLIENT, links=links) as span:
        span.set_attribute("http.request.body", text)
        span.set_attribute("payment", {"cards": [card], "holder": {"name": payment["card_holder"]}})
        span.add_event(f"card {card} checked", {"log.message": f"holder {payment['card_holder']}, card {card}"})
        if payment.get("cvc") == "000":
            declined[payment["order_id"]] = (span.get_span_context(), card)
            raise HTTPException(402, f"card {card} of {payment['card_holder']} declined")
    return {"payment_id": str(uuid.uuid4())}


@app.get("/charges")
def find_charge(card: str):
    return []


@app.get("/geocode")
def geocode(address: str):
    with TRACER.start_as_current_span("geocode") as span:
        span.set_attribute("geo.query", address)
        span.add_event("address normalised", {"address.parts": [part.strip() for part in address.split(",")]})
    return {"zone": 1 + len(address) % 4}
