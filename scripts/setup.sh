#!/usr/bin/env bash
# Installs what the build and its tests need and is not there: a C compiler, Node, a browser, the Rust
# toolchain of rust-toolchain.toml with its WebAssembly target. Quick where all is there.
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

if missing node || missing npm; then
  say "installing Node (Debian packages)"
  if missing apt-get; then
    echo "setup: no Node, and no apt-get to install it with" >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
fi
# Vite asks for 20.19; Debian's may be older, and npm has newer ones.
if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)'; then
  say "installing Node 22 (npm package node)"
  npm install --global --no-audit --no-fund --loglevel=error node@22
  hash -r
fi

if missing chromium-headless-shell && missing chromium && missing google-chrome; then
  say "installing a browser for the tests of web/ (Debian package chromium-headless-shell)"
  if missing apt-get; then
    echo "setup: no Chromium, and no apt-get to install it with" >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null
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
