#!/usr/bin/env bash
# Installs what the build needs and is not there: a C compiler, the Rust toolchain of
# rust-toolchain.toml with its WebAssembly target. Quick where all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "==> $*"; }
missing() { ! command -v "$1" >/dev/null 2>&1; }

for tool in go rustup cargo; do
  if missing "$tool"; then
    echo "setup: \`$tool\` was not found on the PATH; install $tool first" >&2
    exit 1
  fi
done

if missing cc || missing git; then
  say "installing gcc and git (Debian packages)"
  if missing apt-get; then
    echo "setup: no C compiler or no git, and no apt-get to install them with" >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq gcc libc6-dev git >/dev/null
fi

toolchain=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
target=wasm32-unknown-unknown

# A download may hang; it is tried anew a few times before it counts as failed.
try() {
  for attempt in 1 2 3 4; do
    timeout 300 "$@" && return 0
    say "attempt $attempt did not end well: $*"
    sleep $((attempt * 5))
  done
  return 1
}

if ! rustup toolchain list | grep -q "^$toolchain"; then
  say "installing Rust $toolchain"
  try rustup toolchain install "$toolchain" --profile minimal -c clippy -c rustfmt
fi
if ! rustup target list --installed --toolchain "$toolchain" | grep -qx "$target"; then
  say "adding Rust's target $target"
  try rustup target add --toolchain "$toolchain" "$target"
fi
for component in clippy rustfmt; do
  if ! rustup component list --installed --toolchain "$toolchain" | grep -q "^$component"; then
    say "adding Rust's $component"
    try rustup component add --toolchain "$toolchain" "$component"
  fi
done
