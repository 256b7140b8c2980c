# "make" lists the targets. Only "run", "build" and "test" are for a machine with nothing but Go, a C compiler and make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
BUILD_FLAGS := -trimpath -ldflags "-s -w" # Go itself notes the version from git
COMMANDS := krapp krapp-tui krapp-worker

LINT := .ci/golangci-lint
CLUSTER := deploy/kafka/cluster
TEST_TIMEOUT ?= 20m
KILL_SEEDS ?= 50
comma := ,
FUZZ_TIME ?= 10s

# Packages with tests behind a build tag.
tagged = $(shell grep -rlE '^//go:build .*\b$(1)\b' --include='*_test.go' . | xargs -rn1 dirname | sort -u)

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

.PHONY: run
run: build ## build and open the console on the embedded broker
	bin/krapp-tui

.PHONY: build
build: ## build the three commands into bin
	$(GO) build $(BUILD_FLAGS) -o bin/ $(COMMANDS:%=./cmd/%)

.PHONY: test
test: ## run every test that needs no other software
	$(GO) test -timeout $(TEST_TIMEOUT) ./...

# run-with-cluster brings up a cluster, runs $(1) with KRAPP_TEST_KAFKA and takes it down whatever happens. The directory is a new one
# each time, also so that Go's test cache knows this cluster from the last.
define run-with-cluster
	@KRAPP_KAFKA_DIR=$$(mktemp -d -t krapp-test-kafka.XXXXXX); export KRAPP_KAFKA_DIR KRAPP_KAFKA_OWNER=$$$$; \
	trap '$(CLUSTER) down' EXIT; trap 'exit 130' INT TERM; \
	KRAPP_TEST_KAFKA=$$($(CLUSTER) up); export KRAPP_TEST_KAFKA; unset KRAPP_KAFKA_OWNER; \
	echo "real Kafka at $$KRAPP_TEST_KAFKA"; \
	$(1)
endef

.PHONY: test-kafka
test-kafka: ## run the contract suite and the end-to-end tests on a real 3-broker Kafka (needs Java 17 and Maven)
	$(call run-with-cluster,$(GO) test -tags kafka -p 1 -timeout $(TEST_TIMEOUT) $(call tagged,kafka))

.PHONY: test-kills
test-kills: ## run the kill tests with many seeds (KILL_SEEDS=50) on a real Kafka
	$(call run-with-cluster,KRAPP_KILL_SEEDS=$(KILL_SEEDS) $(GO) test -tags kafka -p 1 -count 1 -timeout 3h -run Kill -v $(call tagged,kafka))

.PHONY: test-console
test-console: need-tmux ## drive the built console in a real terminal, on the embedded broker (needs tmux)
	$(GO) test -tags tmux -timeout $(TEST_TIMEOUT) -run Console $(call tagged,tmux)

.PHONY: test-console-kafka
test-console-kafka: need-tmux ## drive it on a real Kafka, with brokers that go away (needs tmux, Java 17 and Maven)
	$(call run-with-cluster,$(GO) test -tags tmux$(comma)kafka -p 1 -timeout $(TEST_TIMEOUT) -run Console $(call tagged,tmux))

.PHONY: test-ssh
test-ssh: need-tmux need-ssh ## come in by the OpenSSH client: the door, and served consoles (needs ssh and tmux)
	$(GO) test -tags tmux$(comma)ssh -timeout $(TEST_TIMEOUT) -run SSH $(call tagged,ssh)

.PHONY: test-k8s
test-k8s: need-tmux need-ssh ## apply to the cluster of the current context and try everything there; see docs/kubernetes.md (needs a cluster with KEDA)
	$(GO) test -tags k8s$(comma)tmux -count 1 -timeout 1h -run K8s ./e2e

.PHONY: check-deploy
check-deploy: lint-images test-deploy ## check what is deployed, as far as that needs no cluster: images, targets, manifests, rules, dashboards, Terraform's format
	deploy/observability/check
	deploy/terraform/check --format-only
	$(GO) test -tags deploy ./deploy/...

.PHONY: check-k8s
check-k8s: ## have the API server of the current context look at every overlay (needs the CRDs of Strimzi, KEDA and the Prometheus operator)
	deploy/k8s/check --self-test
	deploy/k8s/check

.PHONY: validate-terraform
validate-terraform: ## check-deploy's check of Terraform, and "terraform validate" (downloads the pinned providers)
	deploy/terraform/check

.PHONY: test-terraform
test-terraform: ## start brokers as kafka-vm configures them, and run its machines' startup script (needs root, Java 17, Maven and terraform)
	deploy/terraform/kafka-vm/check-config
	deploy/terraform/kafka-vm/check-startup

.PHONY: need-ssh
need-ssh:
	@command -v ssh >/dev/null || { echo "ssh is missing: install it (Debian: apt-get install openssh-client)" >&2; exit 1; }

.PHONY: need-tmux
need-tmux:
	@command -v tmux >/dev/null || { echo "tmux is missing: install it (Debian: apt-get install tmux)" >&2; exit 1; }

.PHONY: lint
lint: lint-selftest ## check format, go vet, golangci-lint and the rooms' import rules
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	[ -z "$$unformatted" ] || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; } >&2
	$(GO) vet ./...
	$(GO) vet -tags kafka,tmux,ssh,k8s,deploy ./...
	$(LINT) run --timeout 20m --build-tags kafka,tmux,ssh,k8s,deploy ./...

.PHONY: lint-selftest
lint-selftest: ## prove that every import rule catches what it forbids
	@.ci/lint-selftest

.PHONY: fuzz
fuzz: ## run every fuzz test for a short time (FUZZ_TIME=10s)
	@grep -rhoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' -H . | sed 's/:func /:/' | while IFS=: read -r file name; do \
	  echo "$$name"; $(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZ_TIME) "$$(dirname "$$file")"; \
	done

.PHONY: bench
bench: build ## measure against peers and limits on a real Kafka, and write bench/README.md
	$(call run-with-cluster,$(GO) run ./bench)

.PHONY: bench-ssh
bench-ssh: build ## measure fifty dashboards over SSH on a real Kafka, beside a load of 50,000 messages/s
	$(call run-with-cluster,$(GO) run ./bench/ssh)

.PHONY: picture
picture: build need-tmux ## render the pictures of the README and the docs from the real console (needs tmux)
	tools/picture/take bin

.PHONY: kafka-up
kafka-up: ## start a real 3-broker Kafka on loopback and print its bootstrap servers
	@$(CLUSTER) up

.PHONY: kafka-down
kafka-down: ## stop it and remove its data
	@$(CLUSTER) down

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist

include deploy/deploy.mk
