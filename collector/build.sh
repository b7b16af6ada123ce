#!/usr/bin/env bash
# Builds dist/otelcol-lapidary, a Collector with the lapidary processor, from
# builder-config.yaml. Run it from anywhere and as often as you like: what has
# not changed is taken from Go's caches. The first time takes some minutes.
set -euo pipefail

builder_version=v0.158.0

collector=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$collector")
sources=$root/.cache/otelcol
binary=$root/dist/otelcol-lapidary

# Without cgo the binary runs on any Linux, and -trimpath keeps this machine's
# folders out of it.
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath"

mkdir -p "$sources" "$root/dist"
cd "$collector"

# The sources are made anew only where the manifest or a go.mod has changed:
# resolving modules takes longer than compiling what is cached.
stamp=$(cat builder-config.yaml go.mod go.sum build.sh | sha256sum)
if [[ ! -f $sources/go.sum || $(cat "$sources/stamp" 2>/dev/null) != "$stamp" ]]; then
  echo "collector: making the Collector's sources with the builder $builder_version"
  go run "go.opentelemetry.io/collector/cmd/builder@$builder_version" \
    --config builder-config.yaml --skip-compilation
  echo "$stamp" >"$sources/stamp"
fi

echo "collector: compiling dist/otelcol-lapidary"
(cd "$sources" && go build -ldflags "-s -w" -o "$binary.new" .)
mv "$binary.new" "$binary"

# A Collector without these cannot read the configs under deploy/.
listed=$("$binary" components)
for part in 'scheme: file' 'scheme: env' 'scheme: yaml' 'name: lapidary'; do
  if ! grep -q "$part" <<<"$listed"; then
    echo "collector: dist/otelcol-lapidary does not list '$part'; expected every part of builder-config.yaml" >&2
    exit 1
  fi
done
echo "collector: dist/otelcol-lapidary is ready"
