#!/usr/bin/env bash
# Starts the Collector with deploy/replay.yaml, sends the recorded orders to it from another process,
# shows what its processors did and where to look, and stops it.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "==> $*"; }
out=${LAPIDARY_OUT:-deploy/out}
metrics_port=${LAPIDARY_METRICS_PORT:-8888}
endpoint=${LAPIDARY_OTLP:-127.0.0.1:4317}

deploy/prepare.sh
mkdir -p "$out"
rm -f "$out"/inside.jsonl "$out"/outside.jsonl
for command in send-otlp report tell-order; do
  (cd collector && go build -trimpath -o "../dist/$command" "./cmd/$command")
done

say "starting the Collector (its log: $out/collector.log)"
LAPIDARY_OUT=$out dist/otelcol-lapidary --config deploy/replay.yaml >"$out/collector.log" 2>&1 &
collector=$!
stop() { kill "$collector" 2>/dev/null && wait "$collector" 2>/dev/null || true; }
trap stop EXIT

say "sending the recorded orders over OTLP/gRPC"
if ! dist/send-otlp -endpoint "$endpoint" -wait 60s testdata/recordings/*/spans.jsonl; then
  echo "run: the Collector did not take the spans; the end of its log:" >&2
  tail -n 20 "$out/collector.log" >&2
  exit 1
fi

report=$(dist/report -metrics "http://127.0.0.1:$metrics_port/metrics")
# What the Collector wrote is whole once it has ended.
stop
trap - EXIT

say "one order in words"
dist/tell-order -recording testdata/recordings/skipped-packaging/spans.jsonl -written "$out/outside.jsonl"
say "what the processors did"
echo "$report"

say "where to look"
echo "  $out/inside.jsonl     what goes to your own storage: operators readable, personal data masked"
echo "  $out/outside.jsonl    what leaves the company: stricter rules, operators pseudonymised"
echo "  dist/lapidary run --config deploy/replay.yaml --processor lapidary/outside testdata/recordings/skipped-packaging/spans.jsonl --diff"
echo "                        each change beside the line of the rules that caused it"
echo "  dist/lapidary playground testdata/recordings/skipped-packaging/spans.jsonl"
echo "                        the same in a page, where rules are changed and the spans go through again"
echo "  rules/                what was asked for; change a file while a Collector runs, and it follows"
echo "  deploy/live.yaml      the same for live traffic: dist/otelcol-lapidary --config deploy/live.yaml"
