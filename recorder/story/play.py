"""Plays the runs of the recordings against the services, and lists what it planted.

The player stands for browsers, partners' programs, operators, managers and
probes, so it is not instrumented: what stands in the recordings comes from
the services alone.
"""

import os
import secrets
import struct
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote_plus

import boto3
import cast
import httpx
import psycopg
from planted import Planted, percent

FLUSH_SECONDS = 7
# A server closes the connection after a failure that it did not expect, so no
# connection is used twice.
http = httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))
planted = Planted()
s3 = boto3.client(
    "s3",
    endpoint_url=f"http://127.0.0.1:{os.environ['S3_PORT']}",
    region_name="eu-central-1",
    aws_access_key_id="recorder",
    aws_secret_access_key="recorder",
)


def at(service, path):
    return f"http://127.0.0.1:{os.environ[service + '_PORT']}{path}"


# --- the noise ---------------------------------------------------------------


@contextmanager
def noise(probe=3.0, dashboard=2.0, managers=5.0):
    """Health checks and polling, at intervals in seconds, until the block ends."""
    stop = threading.Event()
    urls = [(probe, at(service, "/health")) for service in ("SHOP", "CRM", "MES")]
    urls += [(4 * probe, at(service, "/health")) for service in ("NOTIFICATION", "PAYMENT", "DELIVERY")]
    urls += [(dashboard, at("MES", "/dashboard")), (managers, at("CRM", "/orders"))]
    threads = [threading.Thread(target=repeat, args=(stop, *url), daemon=True) for url in urls]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def repeat(stop, interval, url):
    while not stop.wait(interval):
        http.get(url)


# --- what people do ----------------------------------------------------------


def stl(polygons):
    """A closed ribbon of so many triangles, as a binary STL file."""
    triangles = []
    for i in range(polygons):
        a, b = i % 100 / 10, i // 100 / 10
        triangles.append(struct.pack("<12fH", 0, 0, 1, a, b, 0, a + 0.1, b, 0.2, a, b + 0.1, 0.4, 0))
    return b"Alexandrite".ljust(80) + struct.pack("<I", polygons) + b"".join(triangles)


def headers_from(partner):
    """The headers of a partner's program, which traces itself and keeps half of its traces.

    Its spans are not ours to see, so these traces have no root in the recording.
    """
    if partner is None:
        return {}
    randomness = 1 << 55 | secrets.randbits(55)
    return {
        "X-Partner-Id": partner,
        "traceparent": f"00-{secrets.token_hex(9)}{randomness:014x}-{secrets.token_hex(8)}-03",
        "tracestate": "ot=th:8",
    }


def create(person, partner=None, profile=False, user_id=None):
    draft = {
        "user_id": user_id or person.user_id,
        "customer": {"name": person.name, "email": person.email, "phone": person.phone, "address": person.address},
        "comment": person.comment,
    }
    if person.documents:
        draft["documents"] = person.documents
    if profile:
        draft["profile"] = {
            "contacts": [{"email": person.email}, {"phone": person.phone}],
            "cards": [person.card],
        }
        planted.profile_kept(person)
    planted.order_created(person)
    answer = http.post(at("SHOP", "/orders"), json=draft, headers=headers_from(partner))
    return answer.json()["order_id"] if answer.status_code == 200 else None


def upload(order_id, polygons, name="model.stl", content=None, partner=None):
    answer = http.put(
        at("SHOP", f"/orders/{order_id}/file"),
        params={"name": name},
        content=content or stl(polygons),
        headers=headers_from(partner),
    )
    answer.raise_for_status()
    return answer.json()["key"]


def submit(order_id, person, card=None, cvc="419", partner=None):
    payment = {
        "card_number": card or person.card,
        "card_holder": person.name,
        "cvc": cvc,
        "contact": person.email,
    }
    answer = http.post(at("SHOP", f"/orders/{order_id}/submit"), json=payment, headers=headers_from(partner))
    return answer.status_code


def order(person, polygons, partner=None, profile=False, name="model.stl"):
    """Creates, uploads, submits: the customer's part, or the partner's."""
    order_id = create(person, partner, profile)
    time.sleep(1)
    upload(order_id, polygons, name, partner=partner)
    time.sleep(1)
    assert submit(order_id, person, partner=partner) == 200
    planted.submitted(person)
    return order_id


def wait_for_price(order_id, person, seconds=60):
    """Looks at the order until its price is there, as the customer's page does."""
    end = time.monotonic() + seconds
    while http.get(at("SHOP", f"/orders/{order_id}")).json()["status"] != "PRICE_CALCULATED":
        if time.monotonic() > end:
            raise TimeoutError(f"order {order_id} has no price after {seconds} s")
        time.sleep(2)
    planted.priced(person)
    time.sleep(1)


def manager(order_id, step):
    answer = http.post(at("CRM", f"/orders/{order_id}/{step}"), headers={"X-Manager-Id": "manager-3"})
    answer.raise_for_status()
    time.sleep(1.5)


def operator(order_id, step, operator_id):
    answer = http.post(at("MES", f"/orders/{order_id}/{step}"), headers={"X-Operator-Id": operator_id})
    answer.raise_for_status()
    time.sleep(1.5)


def finish(order_id, person, steps=("start", "complete", "package", "ship"), operator_id="operator-17"):
    """The way from the price to CLOSED."""
    manager(order_id, "approve")
    planted.approved(person)
    for step in steps:
        operator(order_id, step, operator_id)
    manager(order_id, "close")
    planted.closed(person)


def headers_of(person):
    """The headers in which the web front passes the signed-in customer on."""
    return {"X-Customer-Email": person.email, "X-Customer-Phone": person.phone, "X-Customer-Card": person.card}


# --- the runs ----------------------------------------------------------------


def order_lifecycle():
    """One order from INITIATED to CLOSED, its customer's and the staff's requests each a trace of their own."""
    person = cast.IRINA
    with noise(probe=2):
        order_id = order(person, 900, profile=True, name="кольцо Ирины Ветроградовой.stl")
        planted.add("name", "url-path", percent("Ирины Ветроградовой"), "url.full")
        wait_for_price(order_id, person)
        for kind in ("phone", "email", "name"):
            text = percent(getattr(person, kind))
            http.get(at("CRM", f"/orders?q={text}"), headers=headers_of(person))
            planted.add(kind, "url-query", text, "http.url")
        http.get(at("SHOP", "/orders"), params={"email": person.email}, headers=headers_of(person))
        for kind in ("email", "phone", "card"):
            planted.add(kind, "captured-header", getattr(person, kind), f"http.request.header.x_customer_{kind}")
        http.get(at("PAYMENT", "/charges"), params={"card": person.card})
        planted.add("card", "url-query", person.card, "http.url")
        finish(order_id, person, operator_id="operator-17")
        time.sleep(5)


def slow_calculation():
    """A price calculation of more than two minutes (26,000 polygons) beside four short ones."""
    with noise(probe=5, dashboard=5, managers=10):
        slow = order(cast.SLOW, 26_000)
        for polygons, person in zip((700, 1_500, 2_400, 4_200), cast.SHORT):
            short = order(person, polygons)
            wait_for_price(short, person)
            time.sleep(5)
        wait_for_price(slow, cast.SLOW, seconds=200)


def redelivery():
    """Two messages are rejected: one comes through on its second delivery, one is dead-lettered after its third."""
    with noise(probe=2, dashboard=3):
        # The store loses both models for a while before the orders are
        # submitted; the first one comes back in time.
        for person, comes_back in ((cast.REJECTED, True), (cast.DEAD_LETTERED, False)):
            order_id = create(person)
            key = upload(order_id, 500)
            s3.delete_object(Bucket="alexandrite-models", Key=key)
            submit(order_id, person)
            planted.submitted(person)
            time.sleep(0.8)
            if comes_back:
                s3.put_object(Bucket="alexandrite-models", Key=key, Body=stl(500))
                wait_for_price(order_id, person)
            else:
                time.sleep(8)
            for kind in ("name", "phone", "email"):
                planted.add(kind, "exception-message", getattr(person, kind))
                planted.add(kind, "exception-stacktrace", getattr(person, kind))
                planted.add(kind, "status-message", getattr(person, kind))


def skipped_packaging():
    """An order that is shipped straight after manufacturing: PACKAGING is skipped."""
    person = cast.SKIPPED
    with noise(probe=2):
        order_id = order(person, 1_100)
        wait_for_price(order_id, person)
        finish(order_id, person, steps=("start", "complete", "ship"), operator_id="operator-23")


def slow_dashboard():
    """A dashboard SELECT of more than 6 s, held up by a table lock, among many fast ones."""
    with noise(probe=4, dashboard=0.4, managers=6):
        for person in cast.DASHBOARD:
            order_id = order(person, 400)
            wait_for_price(order_id, person)
            manager(order_id, "approve")
            planted.approved(person)
            http.get(at("MES", "/dashboard"), params={"q": person.phone}, headers=headers_of(person))
            planted.add("phone", "sql-literal", person.phone, "db.query.text")
            planted.add("email", "captured-header", person.email, "http.request.header.x-customer-email")
            time.sleep(8)
        with psycopg.connect(
            host="127.0.0.1", port=os.environ["POSTGRES_PORT"], user="alexandrite", dbname="mes"
        ) as connection:
            connection.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            connection.execute("SELECT pg_sleep(6.5)")
        time.sleep(12)


def exception():
    """Failures with stack traces: a broken model, an e-mail taken twice, a declined card, an incomplete contract."""
    with noise(probe=3, dashboard=3):
        broken = cast.BROKEN_MODEL
        order_id = create(broken)
        upload(order_id, 0, content=stl(300)[:-40])
        submit(order_id, broken)
        planted.submitted(broken)
        time.sleep(3)
        for kind in ("name", "email", "phone"):
            planted.add(kind, "exception-message", getattr(broken, kind))

        twice = cast.TWICE
        order_id = create(twice, profile=True)
        create(twice, user_id="user-10799")
        planted.add("email", "exception-message", twice.email)
        planted.add("email", "exception-stacktrace", twice.email)
        upload(order_id, 600)
        submit(order_id, twice)
        planted.submitted(twice)
        planted.add("email", "status-message", twice.email)
        for phone in (twice.phone, cast.AGENCY_PHONE):
            http.get(at("NOTIFICATION", "/call"), params={"to": phone})
            planted.add("phone", "url-query", quote_plus(phone), "url.query")
            planted.add("phone", "status-message", phone)
            planted.add("phone", "exception-message", phone)
            planted.add("phone", "attribute-array", phone, "call.attempts")
        http.post(
            at("CRM", f"/orders/{order_id}/contract"),
            json={"name": twice.name, **twice.documents},
        )
        for kind in ("passport", "snils"):
            planted.add(kind, "exception-message", twice.documents[kind])
            planted.add(kind, "exception-stacktrace", twice.documents[kind])
            planted.add(kind, "json-body", twice.documents[kind], "contract.person")
        wait_for_price(order_id, twice)

        declined = cast.DECLINED
        order_id = create(declined)
        upload(order_id, 800)
        assert submit(order_id, declined, cast.DECLINED_CARD, cvc="000") == 500
        planted.charged(cast.DECLINED_CARD)
        for form in ("exception-message", "exception-stacktrace", "status-message"):
            planted.add("card", form, cast.DECLINED_CARD)
        time.sleep(2)
        submit(order_id, declined)
        planted.submitted(declined)
        planted.add("card", "link-attribute", cast.DECLINED_CARD, "payment.card")
        planted.add("email", "link-attribute", declined.email, "payer.contact")
        wait_for_price(order_id, declined)


def partner_order():
    """A partner's order from INITIATED to CLOSED; the partner's program sends its trace context and `ot=th:8`."""
    person = cast.PARTNER_CUSTOMER
    with noise(probe=2):
        order_id = order(person, 1_300, partner="partner-aurum", name="aurum-204.stl")
        planted.add("name", "json-body", cast.PARTNER_RECIPIENT, "messaging.message.body")
        wait_for_price(order_id, person)
        finish(order_id, person, operator_id="operator-08")


def warm_up():
    """An order that nobody records: what a program does for the first time takes it longer than any time after."""
    order_id = order(cast.IRINA, 100)
    wait_for_price(order_id, cast.IRINA)
    finish(order_id, cast.IRINA)
    http.get(at("MES", "/dashboard"))
    with psycopg.connect(
        host="127.0.0.1", port=os.environ["POSTGRES_PORT"], user="alexandrite", dbname="shop"
    ) as connection:
        connection.execute("TRUNCATE customers, orders, payments")
    planted.entries.clear()


RUNS = [
    order_lifecycle,
    slow_calculation,
    redelivery,
    skipped_packaging,
    slow_dashboard,
    exception,
    partner_order,
]


def record(play, folder):
    name = play.__name__.replace("_", "-")
    planted.run = name
    for owner in cast.OWNERS.values():
        for key, value in owner.items():
            planted.add(key.rsplit(".", 1)[1], "resource-attribute", value, key)
    (folder / name).mkdir(parents=True)
    http.put(at("OTLP", "/recording"), content=str(folder / name / "spans.jsonl")).raise_for_status()
    play()
    time.sleep(FLUSH_SECONDS)
    spans = http.put(at("OTLP", "/recording")).text
    (folder / name / "README.md").write_text(f"# {name}\n\n{play.__doc__}\n", encoding="utf-8")
    print(f"recorded {name}: {spans} spans", flush=True)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    s3.create_bucket(Bucket="alexandrite-models", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    warm_up()
    time.sleep(FLUSH_SECONDS)
    chosen = [run for run in RUNS if run.__name__ in sys.argv[2:]] or RUNS
    for run in chosen:
        record(run, target)
    planted.write(target / "planted.json")
