#!/usr/bin/env bash
# Makes what the configs beside it need and the repository cannot hold: a
# folder for what the Collector writes, and a key for operators' pseudonyms.
# What is there already stays: a new key would give everybody a new pseudonym.
set -euo pipefail

deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
key=$deploy/secrets/operator-key-1

mkdir -p "$deploy/out" "$deploy/secrets"
chmod 700 "$deploy/secrets"
if [[ ! -s $key ]]; then
  (umask 077 && head -c 32 /dev/urandom | base64 -w 0 >"$key")
  echo "deploy: made a new key in deploy/secrets/operator-key-1"
fi
