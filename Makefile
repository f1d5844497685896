# signalbox. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
GO ?= go
BIN := bin/signalbox
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 30s
# The race detector watches everything but the C of SQLite as it was translated to Go: watched too, it is several times slower, and
# what calls it is watched in any case.
RACE := -race -gcflags='modernc.org/sqlite/lib=-race=false' -gcflags='modernc.org/libc=-race=false'

.PHONY: help build run check test race lint fuzz docs screens bench packages

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the program, bin/signalbox, without cgo
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(BIN) ./cmd/signalbox

run: build ## serve a simulated company and open its screens here; SANDBOX='--scenario feed-dark --seed 7'
	@bash testdata/example/run.sh $(BIN) $(SANDBOX)

check: ## format, vet, staticcheck, floors and the short tests: before each commit
	@unformatted="$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go'))"; test -z "$$unformatted" || { echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(MAKE) --no-print-directory lint
	$(GO) test -short ./...

packages:
	@bash .ci/packages

test: packages build ## everything, with real peers, under the race detector: what CI runs
	@unformatted="$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go'))"; test -z "$$unformatted" || { echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	CGO_ENABLED=1 $(GO) test $(RACE) -timeout 20m $(TESTFLAGS) ./...

race: packages ## the tests of one package under the race detector: make race PKG=./store
	CGO_ENABLED=1 $(GO) test $(RACE) -timeout 20m $(or $(PKG),./...)

lint: ## staticcheck
	$(GO) run $(STATICCHECK) ./...

fuzz: ## each fuzz target for FUZZTIME (30s)
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; done

docs: ## write docs/CLI.md and docs/KEYS.md anew from the declarations
	$(GO) run ./cmd/signalbox docs docs

screens: build ## draw the pictures of docs/pictures from the sandbox: make screens SCREENS='-only board'
	$(GO) run ./cmd/screens $(SCREENS)

bench: ## each goal of speed and size beside its limit and its peer, in one run: make bench BENCHFLAGS='-only gate'
	cd bench && $(GO) build -o ../bin/bench . && ../bin/bench $(BENCHFLAGS)
