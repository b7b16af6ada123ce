"""Checks that every planted value stands in its run, in the carrier that its form names.

usage: check_planted.py FOLDER [--complete]

FOLDER has planted.json and the runs. With --complete it must also show
e-mails, phones and cards in every carrier, which takes all runs.

Prints one line a problem and ends with status 1 if there is one.
"""

import json
import sys
from pathlib import Path

URL_KEYS = {"http.url", "http.target", "url.full", "url.path", "url.query"}
STATEMENT_KEYS = {"db.statement", "db.query.text"}
CONTACT_KINDS = {"email", "phone", "card"}
# Where e-mails, phones and cards must all have been planted. Resources are not
# among them: no service has a card of its own.
CARRIERS = {
    "attribute-key",
    "attribute-map",
    "captured-header",
    "event-attribute",
    "event-name",
    "exception-message",
    "json-body",
    "link-attribute",
    "span-name",
    "sql-literal",
    "status-message",
    "url-query",
}


def main(folder, complete):
    planted = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
    texts = {run: texts_of(folder / run / "spans.jsonl") for run in sorted({entry["run"] for entry in planted})}
    problems = [problem for entry in planted for problem in problems_of(entry, texts[entry["run"]])]
    problems += strays(planted, texts)
    for kind in sorted(CONTACT_KINDS) if complete else ():
        forms = {entry["form"] for entry in planted if entry["kind"] == kind}
        problems += [f"no {kind} is planted as {form}" for form in sorted(CARRIERS - forms)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(planted)} planted values, {len(problems)} problems")
    return 1 if problems else 0


def problems_of(entry, texts):
    value, form, key = entry["value"], entry["form"], entry.get("key")
    where = f"{entry['run']}: {entry['kind']} `{value}` as {form}" + (f" under {key}" if key else "")
    if len(value) < 8:
        yield f"{where}: shorter than 8 characters"
    if entry["kind"] == "card" and not passes_luhn(value):
        yield f"{where}: fails the Luhn check"
    if form not in CARRIER_OF:
        yield f"{where}: unknown form"
    elif not any(CARRIER_OF[form](carrier, name, key) and value in text for carrier, name, text in texts):
        found = sorted({f"{carrier} {name}" for carrier, name, text in texts if value in text})
        yield f"{where}: not there" + (f"; found in {', '.join(found)}" if found else "")


def strays(planted, texts):
    """Values that also stand in a run that does not list them."""
    listed = {}
    for entry in planted:
        listed.setdefault(entry["value"], set()).add(entry["run"])
    for value, runs in listed.items():
        for run in sorted(texts.keys() - runs):
            if any(value in text for _, _, text in texts[run]):
                yield f"{run}: `{value}` is there and not listed"


def under(*carriers):
    return lambda carrier, name, key: carrier in carriers and (key is None or name == key)


def in_keys(carrier_wanted, keys):
    return lambda carrier, name, key: carrier == carrier_wanted and name in keys and (key is None or name == key)


CARRIER_OF = {
    "attribute": under("attribute"),
    "attribute-array": under("attribute-array"),
    "attribute-key": under("attribute"),
    "attribute-map": under("attribute-map"),
    "captured-header": under("attribute-array"),
    "event-attribute": under("event-attribute", "event-attribute-array"),
    "event-name": under("event-name"),
    "exception-message": in_keys("event-attribute", {"exception.message"}),
    "exception-stacktrace": in_keys("event-attribute", {"exception.stacktrace"}),
    "json-body": under("attribute"),
    "link-attribute": under("link-attribute"),
    "resource-attribute": under("resource-attribute"),
    "span-name": under("span-name"),
    "sql-literal": in_keys("attribute", STATEMENT_KEYS),
    "status-message": under("status-message"),
    "url-path": in_keys("attribute", URL_KEYS),
    "url-query": in_keys("attribute", URL_KEYS),
}


def texts_of(path):
    """Every text of a recording, as (carrier, key, text)."""
    texts = set()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            for resource in json.loads(line).get("resourceSpans", []):
                collect(texts, "resource-attribute", resource.get("resource", {}))
                for scope in resource.get("scopeSpans", []):
                    for span in scope.get("spans", []):
                        collect_span(texts, span)
    return texts


def collect_span(texts, span):
    texts.add(("span-name", "", span["name"]))
    texts.add(("status-message", "", span.get("status", {}).get("message", "")))
    collect(texts, "attribute", span)
    for event in span.get("events", []):
        texts.add(("event-name", "", event["name"]))
        collect(texts, "event-attribute", event)
    for link in span.get("links", []):
        collect(texts, "link-attribute", link)


def collect(texts, carrier, owner):
    for attribute in owner.get("attributes", []):
        collect_value(texts, carrier, attribute["key"], attribute.get("value", {}))


def collect_value(texts, carrier, key, value):
    if "stringValue" in value:
        texts.add((carrier, key, value["stringValue"]))
    for element in value.get("arrayValue", {}).get("values", []):
        collect_value(texts, carrier if carrier.endswith(("-array", "-map")) else f"{carrier}-array", key, element)
    for entry in value.get("kvlistValue", {}).get("values", []):
        collect_value(texts, carrier if carrier.endswith("-map") else f"{carrier}-map", key, entry.get("value", {}))


def passes_luhn(text):
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--complete" in sys.argv[2:]))
