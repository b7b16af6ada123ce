"""Receives OTLP over HTTP and keeps what it gets, one export request a line.

A line is the request as OTLP JSON: ids in hex, 64-bit integers as text,
enums as numbers. Lines stand in the order in which the requests arrived.
Which file they go to is asked for with `PUT /recording`, whose body is the
file's path; an empty body ends a recording, and what arrives then is
answered, counted and let go.
"""

import base64
import gzip
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

ID_FIELDS = ("traceId", "spanId", "parentSpanId")


class Recording:
    """The file that requests go to, if one is open."""

    def __init__(self):
        self._lock = threading.Lock()
        self._file = None
        self._spans = 0

    def turn_to(self, path):
        """Ends the recording so far, and starts one at `path` unless it is empty.

        Returns how many spans the ended recording has.
        """
        with self._lock:
            if self._file:
                self._file.close()
            spans, self._spans = self._spans, 0
            self._file = open(path, "x", encoding="utf-8") if path else None
            return spans

    def append(self, request):
        line = as_otlp_json(request)
        with self._lock:
            if not self._file:
                return
            self._file.write(line + "\n")
            for resource in request.resource_spans:
                self._spans += sum(len(scope.spans) for scope in resource.scope_spans)


def as_otlp_json(request):
    tree = MessageToDict(request, use_integers_for_enums=True)
    for resource in tree.get("resourceSpans", []):
        for scope in resource.get("scopeSpans", []):
            for span in scope.get("spans", []):
                ids_to_hex(span)
                for link in span.get("links", []):
                    ids_to_hex(link)
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def ids_to_hex(message):
    # Protobuf's own JSON has bytes as base64; OTLP JSON has these ids as hex.
    for field in ID_FIELDS:
        if field in message:
            message[field] = base64.b64decode(message[field]).hex()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    recording = Recording()

    def do_POST(self):
        if self.path != "/v1/traces":
            self.answer(404, b"")
            return
        body = self.body()
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.recording.append(ExportTraceServiceRequest.FromString(body))
        self.answer(200, ExportTraceServiceResponse().SerializeToString(), "application/x-protobuf")

    def do_PUT(self):
        spans = self.recording.turn_to(self.body().decode())
        self.answer(200, str(spans).encode())

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def answer(self, status, body, content_type="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: a line a request would hide what matters."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
