"""The list of planted values, and where each form of them stands in a span."""

import json
from urllib.parse import quote, quote_plus


class Planted:
    """Collects what a run plants; an entry is one value in one form in one run."""

    def __init__(self):
        self.entries = []
        self.run = None

    def add(self, kind, form, value, key=None):
        entry = {"kind": kind, "form": form, "value": value, "run": self.run}
        if key:
            entry["key"] = key
        if entry not in self.entries:
            self.entries.append(entry)

    def write(self, path):
        entries = sorted(self.entries, key=lambda entry: (entry["run"], entry["kind"], entry["form"], entry["value"]))
        with open(path, "w", encoding="utf-8") as file:
            file.write("[\n" + ",\n".join("  " + json.dumps(e, ensure_ascii=False) for e in entries) + "\n]\n")

    def order_created(self, person):
        """What `POST /orders` of the shop leaves in spans."""
        for kind, value, key in (
            ("name", person.name, "customer.name"),
            ("email", person.email, "customer.email"),
            ("phone", person.phone, "customer.phone"),
            ("address", person.address, "delivery.address"),
        ):
            self.add(kind, "attribute-key", value, key)
            self.add(kind, "json-body", value, "http.request.body")
            self.add(kind, "sql-literal", value, "db.statement")
        for kind, value in person.documents.items():
            self.add(kind, "event-attribute", value, "documents.json")
            self.add(kind, "json-body", value, "http.request.body")

    def profile_kept(self, person):
        """The account's profile as a map attribute."""
        for kind in ("email", "phone", "card"):
            self.add(kind, "attribute-map", getattr(person, kind), "customer")

    def submitted(self, person, card=None):
        """What a submitted order leaves: the payment, the delivery's zone, the confirmation."""
        card = card or person.card
        self.add("card", "attribute-key", card, "payment.card_number")
        self.add("card", "json-body", card, "http.request.body")
        self.add("card", "sql-literal", card, "db.statement")
        self.charged(card)
        self.add("address", "url-query", quote_plus(person.address), "http.url")
        self.add("address", "attribute", person.address, "geo.query")
        self.notified(person, "email", "url-query")
        self.notified(person, "phone", "url-query")

    def charged(self, card):
        self.add("card", "attribute-map", card, "payment")
        self.add("card", "span-name", f"{card}")
        self.add("card", "event-name", card)
        self.add("card", "event-attribute", card, "log.message")

    def notified(self, person, kind, form):
        value = getattr(person, kind)
        self.add(kind, form, quote_plus(value), "http.url")
        self.add(kind, "span-name", value)
        self.add(kind, "event-name", value)
        self.add(kind, "event-attribute", value, "email.recipients" if kind == "email" else "sms.recipient")

    def priced(self, person):
        """What the MES and the shop's worker leave when the price is there."""
        for kind, value in (("name", person.name), ("email", person.email), ("phone", person.phone)):
            self.add(kind, "json-body", value, "messaging.message.body")
            self.add(kind, "sql-literal", value, "db.query.text")
        self.add("phone", "event-name", person.phone)
        self.add("email", "event-attribute", person.email, "notify")
        self.add("address", "event-attribute", person.address, "log.message")
        if not person.name.isascii():
            self.add("name", "json-body", json.dumps(person.name)[1:-1], "messaging.message.body")

    def approved(self, person):
        """What the manager's decision leaves in the CRM."""
        self.add("phone", "event-name", person.phone)
        self.add("name", "event-attribute", person.name, "log.message")

    def closed(self, person):
        self.add("phone", "link-attribute", person.phone, "customer.phone")
        self.add("email", "link-attribute", person.email, "customer.email")


def percent(text):
    """`text` in percent encoding as JavaScript's `encodeURIComponent` does it."""
    return quote(text, safe="!'()*")
