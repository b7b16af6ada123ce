# The verbs of this project. Each says what it does while it does it; P=redact-pii narrows
# build, test and bless to one plugin.

PLUGINS := enrich-order-status sample-adaptively redact-pii hash-operator-id
P ?= $(PLUGINS)
# A plugin that spins, crashes and grows as its rules say, for the tests of both hosts; they also run it as
# dist/claims-a-meter.wasm, which says that it is metered and is not.
FIXTURES := misbehaving
WASM_TARGET := wasm32-unknown-unknown
WASM_DIR := target/$(WASM_TARGET)/plugin
# Panic places must not name this machine's folders, and a plugin's bytes not depend on them.
CARGO_HOME ?= $(HOME)/.cargo
REMAP := target.$(WASM_TARGET).rustflags=["--remap-path-prefix=$(CARGO_HOME)/registry/src=deps"]

.DEFAULT_GOAL := help
.PHONY: help setup build plugins lapidary playground collector run test check bless bench record clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what a build needs and is not there yet
	@scripts/setup.sh

build: setup lapidary plugins playground collector ## Build everything into dist/

lapidary: setup ## Build the command line, dist/lapidary
	@echo "==> building dist/lapidary"
	@mkdir -p dist
	cargo build --release -p lapidary
	@cp target/release/lapidary dist/lapidary

plugins: lapidary ## Build the plugins, dist/*.wasm
	@echo "==> building the plugins, dist/*.wasm"
	cargo build --profile plugin --target $(WASM_TARGET) --config '$(REMAP)' $(addprefix -p ,$(P) $(FIXTURES))
	@for plugin in $(P) $(FIXTURES); do \
		dist/lapidary componentize $(WASM_DIR)/$$(echo $$plugin | tr - _).wasm -o dist/$$plugin.wasm || exit 1; \
	done
	@dist/lapidary componentize $(WASM_DIR)/misbehaving.wasm --claim-meter -o dist/claims-a-meter.wasm
	@mkdir -p dist/schemas
	@for plugin in $(P); do \
		dist/lapidary inspect --schema dist/$$plugin.wasm > dist/schemas/$$plugin.json || exit 1; \
		dist/lapidary inspect --schema --overlay dist/$$plugin.wasm > dist/schemas/$$plugin.overlay.json || exit 1; \
	done

# A Node that is not Debian's knows its own certificates only; a proxy's stand among the system's.
NODE_CERTIFICATES := NODE_EXTRA_CA_CERTS=$${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}

playground: plugins ## Build the page, dist/playground, and put it into dist/lapidary
	@echo "==> building dist/playground"
	cd web && $(NODE_CERTIFICATES) npm ci --no-audit --no-fund --loglevel=error
	cd web && npm run --silent rust && npm run --silent build -- --logLevel error && npm run --silent assemble
	cargo build --release -p lapidary
	@cp target/release/lapidary dist/lapidary

collector: setup ## Build the Collector, dist/otelcol-lapidary
	@echo "==> building dist/otelcol-lapidary"
	collector/build.sh

run: build ## Send the recorded orders through the Collector and show what came out
	@scripts/run.sh

test: build check ## Run every test
	@scripts/test.sh

check: setup ## Look for what the compilers and linters complain about
	@echo "==> checking"
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@cd collector && unformatted=$$(gofmt -l .) && test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	cd collector && go vet ./...

bless: setup ## Rewrite the expected files of the cases; read the diff before you commit it
	@for plugin in $(P); do BLESS=1 cargo test -p $$plugin --test cases || exit 1; done

bench: build ## Measure plugins, crates/spans, and ours against the Collector's native processors
	@scripts/bench.sh

record: ## Play the order system again and record its spans (needs root for Debian packages)
	@recorder/record.sh

clean: ## Remove what was built
	rm -rf dist target .cache
