# The everyday targets first; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
TOOL  := go tool -modfile=internal/tools/go.mod
BASE  ?= $(shell git merge-base HEAD origin/HEAD 2>/dev/null || git rev-parse HEAD)
COMPONENTS := processor/* receiver/* extension/*
GENERATED := cmd/otelcol-phoenix $(foreach c,$(COMPONENTS),$(c)/generated_* $(c)/internal/metadata $(c)/internal/metadatatest $(c)/documentation.md) \
	controlplane/sqlstore/internal/rows controlplane/client/generated_client.go

.PHONY: help build run test properties check lint fmt generate drift bench bench-compare acceptance faults kills load size clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

# record-scrapes makes real processes, which it knows how to on Linux only.
PROGRAMS := ./cmd/phoenix ./cmd/phoenix-controlplane ./cmd/loadsim $(if $(filter linux,$(shell go env GOOS)),./cmd/record-scrapes)

# The collector in bin is a copy: of a file that the linker has just written the
# kernel maps some 50 MiB more into a process than of an installed one.
build: child ## build every program into bin/
	@mkdir -p bin dist
	cd cmd/otelcol-phoenix && go build -trimpath -ldflags="-s -w" -tags grpcnotrace -o ../../dist/otelcol-phoenix .
	@cmp -s dist/otelcol-phoenix bin/otelcol-phoenix || { cp dist/otelcol-phoenix bin/.copy && mv -f bin/.copy bin/otelcol-phoenix; }
	go build -trimpath -ldflags="-s -w" -o bin/ $(PROGRAMS)

# What the processes of loadsim run is C, and embedded into it (docs/decisions/0008).
CC ?= cc
CHILD := $(if $(filter linux,$(shell go env GOOS)),loadsim/spawn/built/child-$(shell go env GOARCH))
CHILD_SOURCES := $(wildcard loadsim/spawn/child/*.[ch])

.PHONY: child
child: $(CHILD)

loadsim/spawn/built/child-%: $(CHILD_SOURCES)
	@command -v $(CC) >/dev/null || { \
	  echo "installing Debian's gcc for loadsim's child program"; \
	  if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	    echo "there is no C compiler: apt-get install gcc libc6-dev (or set CC)"; exit 1; fi; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev >/dev/null; }
	$(CC) -std=gnu11 -Os -static -Wall -Wextra -ffunction-sections -fdata-sections -Wl,--gc-sections -s -o $@ $(filter %.c,$^)

run: build ## build, then try process-topk-v1 on this host's processes (Ctrl-C ends it)
	bin/phoenix try

test: build prometheus ## set up what the tests need and run all of them
	go test -race ./internal/... ./processor/... ./receiver/... ./extension/... ./catalog/... ./loadsim/... ./controlplane/... ./cmd/...
	go test ./benchmarks/...
	go test -p 1 -timeout 20m $$(go list ./tests/... | grep -v /acceptance)

PROPERTIES := TotalsAreConserved|PromisedOnEveryScrape|OrderDoesNotMatter|CumulativeToDelta|NoiseNever
properties: ## check the ledger's properties on 50,000 simulated hosts
	go test ./processor/topk -run '$(PROPERTIES)' -rapid.checks=8400 -timeout 30m -v
	go test ./processor/adaptivefilter ./processor/processgroup -run '$(PROPERTIES)' -rapid.checks=2000 -timeout 30m -v

check: ## vet, format, static analysis, unit tests of the changed packages
	go vet ./...
	@test -z "$$($(TOOL) gofumpt -l $$(git ls-files '*.go' | grep -v -e generated_ -e ^cmd/otelcol-phoenix/ -e /internal/metadata))" || { echo "run make fmt"; exit 1; }
	@changed=$$(git diff --name-only $(BASE) -- '*.go'; git ls-files -o --exclude-standard -- '*.go'); \
	packages=$$(echo "$$changed" | grep -v -e ^cmd/ -e ^tests/ -e ^benchmarks/ -e ^internal/tools/ | xargs -r -n1 dirname | sort -u | sed 's|^|./|'); \
	if [ -n "$$packages" ]; then $(TOOL) staticcheck $$packages && go test $$packages; else echo "no Go package changed since $(BASE)"; fi

lint: ## vet, format and static analysis of everything
	go vet ./...
	cd benchmarks/compare && go vet ./...
	$(TOOL) staticcheck ./...
	@files=$$($(TOOL) gofumpt -l $$(git ls-files '*.go' | grep -v -e generated_ -e ^cmd/otelcol-phoenix/ -e /internal/metadata)); \
	test -z "$$files" || { echo "not formatted, run make fmt:"; echo "$$files"; exit 1; }

fmt: ## format the Go code
	$(TOOL) gofumpt -w $$(git ls-files '*.go' | grep -v -e generated_ -e ^cmd/otelcol-phoenix/ -e /internal/metadata)

generate: ## write what is generated anew: the distribution, metadata, queries, the API's client
	$(TOOL) builder --config builder-config.yaml --skip-compilation
	for d in $(COMPONENTS); do (cd $$d && go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml); done
	go generate ./controlplane/...

drift: generate ## fail if generated files are not what is committed
	@git diff --exit-code --stat -- $(GENERATED) && test -z "$$(git ls-files -o --exclude-standard -- $(GENERATED))" \
		|| { echo "generated files differ: run make generate and commit the result"; exit 1; }

acceptance: build size ## run the acceptance tests: the built programs beside real load, minutes
	go test -p 1 -count 1 -v ./tests/acceptance | grep -v '^=== '; exit $${PIPESTATUS[0]}

faults: build ## the long runs of remote configurations' faults on the built collector
	PHOENIX_FAULTS=all go test ./tests/remote -count 1 -timeout 60m -v | grep -v '^=== '; exit $${PIPESTATUS[0]}

kills: child ## kill loadsims and writers of the control plane's store at random moments and look for what they leave
	go test ./loadsim/spawn -run AKilledLoadsim -kills=100 -v
	go test ./controlplane/sqlstore -run KilledWhileWriting -kills=200 -timeout 30m -v

load: ## the control plane under load: 1,000 requests a second, then the metrics of 10,000 agents
	go test ./benchmarks/api -count 1 -v -timeout 10m -load.agents=1000 -load.rate=1000 -load.duration=60s -load.p95=50ms
	go test ./benchmarks/ingest -count 1 -v -timeout 20m -fleet.duration=10m -fleet.agents=10000

bench: child ## run our own benchmarks
	go test -run '^$$' -bench . ./benchmarks/...

bench-compare: ## run them against peers in one process, each ratio beside its target
	cd benchmarks/compare && go run .

size: build ## binary and idle resident size, beside the stock distribution's
	go run ./internal/cmd/size -config builder-config.yaml -binary bin/otelcol-phoenix

clean: ## remove what was built
	rm -rf bin dist

# The end-to-end tests need a real Prometheus. Its package would start a
# service, which nobody asked for: it is kept from doing so.
.PHONY: prometheus
prometheus:
	@command -v prometheus >/dev/null || { \
	  echo "installing Debian's prometheus for the end-to-end tests"; \
	  if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	    echo "prometheus is not installed: apt-get install prometheus (or put the binary on PATH)"; exit 1; fi; \
	  made=; [ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d && made=1; }; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus >/dev/null; \
	  status=$$?; [ -z "$$made" ] || rm -f /usr/sbin/policy-rc.d; exit $$status; }
