# From the sources to a cluster, one step a target. For all components, or COMPONENT=seer.
#
# "make STEP" does that step with what is there. "make …-new-…" does first all that comes before it: apply-new-k8s updates the sources,
# builds the images, pushes them and applies. "make help" lists them; docs/kubernetes.md is the guide.

# Which component: a worker's role, console or krapp. Empty means all of them.
COMPONENT ?=
# The images' names; see deploy/images/krapp-image for these and for IMAGE_TOOL, IMAGE_BUILD, IMAGE_PUSH, IMAGE_LOAD, PLATFORMS, GO_IMAGE.
REGISTRY ?= localhost/
TAG ?= dev
# For Kubernetes; see deploy/k8s/krapp-k8s. The overlay "external" is for a Kafka elsewhere, at BROKERS.
OVERLAY ?= external
BROKERS ?=
KUBECTL ?= kubectl
# run-local: what the component is told beside what it needs, as in ARGS="--topics orders"; and the job that read, compute and results work on.
ARGS ?=
JOB ?= examples/census-sample.yaml

COMPONENTS := produce consume read compute results seer watch console krapp
ifneq ($(filter-out $(COMPONENTS),$(COMPONENT)),)
$(error There is no component "$(COMPONENT)": one of $(COMPONENTS), or none for all)
endif
ifneq ($(words $(COMPONENT)),$(filter 0 1,$(words $(COMPONENT))))
$(error COMPONENT is one component, or none for all)
endif

IMAGE := deploy/images/krapp-image
COMPOSE := deploy/compose/krapp-compose
K8S := deploy/k8s/krapp-k8s
# A tool gets its words one by one: COMPONENT is checked above, the rest is passed on in its environment and never parsed by make or the shell.
export COMPONENT REGISTRY TAG OVERLAY BROKERS KUBECTL PLATFORMS IMAGE_TOOL IMAGE_BUILD IMAGE_PUSH IMAGE_LOAD GO_IMAGE

STEPS := update-local build-local run-local build-image run-image push-image apply-k8s query-k8s delete-k8s attach-k8s recreate-k8s
NEW_STEPS := update-new-local build-new-local run-new-local build-new-image run-new-image push-new-image \
  apply-new-k8s query-new-k8s delete-new-k8s attach-new-k8s recreate-new-k8s
.PHONY: $(STEPS) $(NEW_STEPS) stop-image pin-images lint-images test-deploy

update-local: ## bring the sources (git pull --ff-only) and Go's modules up to date; never touches your changes
	@deploy/update
	$(GO) mod download

build-local: ## build the commands of the component into bin
	$(GO) build $(BUILD_FLAGS) -o bin/ $(addprefix ./cmd/,$(command_of))

run-local: build-local ## build and run the component here (all: the console with its workers) on the announced broker, or BROKERS
	$(run_of) $(ARGS)

build-image: ## build the component's image
	@$(IMAGE) build $(COMPONENT)

run-image: ## run Kafka, workers and console from the images with Docker Compose, on one network
	@$(COMPOSE) up $(COMPONENT)

stop-image: ## stop what run-image started; ARGS=--volumes removes its data
	@$(COMPOSE) down $(ARGS)

push-image: ## push the image to REGISTRY, or load it into the cluster of the current context (kind, minikube, IMAGE_LOAD)
	@$(IMAGE) push $(COMPONENT)

apply-k8s: ## apply the OVERLAY to the current Kubernetes context and wait until it is ready
	@$(K8S) apply $(COMPONENT)

query-k8s: ## show what runs there
	@$(K8S) query $(COMPONENT)

delete-k8s: ## stop and delete it there
	@$(K8S) delete $(COMPONENT)

attach-k8s: ## forward its ports to this machine and say what to open
	@$(K8S) attach $(COMPONENT)

recreate-k8s: turn = delete-k8s apply-k8s
recreate-k8s: ## delete-k8s, then apply-k8s
	@$(in_turn)

# The images are pushed before anything is deleted: what does not build takes nothing down.
update-new-local: turn = update-local ## the same as update-local: nothing comes before it
build-new-local: turn = update-local build-local ## update, then build-local
run-new-local: turn = update-local run-local ## update, build, then run-local
build-new-image: turn = update-local build-image ## update, then build-image
run-new-image: turn = update-local build-image run-image ## update, build, then run-image
push-new-image: turn = update-local build-image push-image ## update, build, then push-image
apply-new-k8s: turn = update-local build-image push-image apply-k8s ## update, build, push, then apply-k8s
query-new-k8s: turn = update-local build-image push-image apply-k8s query-k8s ## update, build, push, apply, then query-k8s
delete-new-k8s: turn = update-local delete-k8s ## update, then delete-k8s with what the new sources name
attach-new-k8s: turn = update-local build-image push-image apply-k8s attach-k8s ## update, build, push, apply, then attach-k8s
recreate-new-k8s: turn = update-local build-image push-image recreate-k8s ## update, build, push, then recreate-k8s
$(NEW_STEPS):
	@$(in_turn)

# One make a step: after update-local this very file may be another.
in_turn = for step in $(turn); do echo "== $$step"; $(MAKE) --no-print-directory "$$step"; done

command_of = $(if $(COMPONENT),$(or $(filter krapp,$(COMPONENT)),$(if $(filter console,$(COMPONENT)),krapp-tui,krapp-worker)),$(COMMANDS))

# What a component is run as. BROKERS reaches it as KRAPP_BROKERS; without it the announced embedded broker is found, or the console starts it.
run_of = $(if $(BROKERS),KRAPP_BROKERS="$$BROKERS" )$(run_$(or $(COMPONENT),console))
run_console = bin/krapp-tui
run_krapp = bin/krapp
run_produce = bin/krapp-worker produce --create-topics
run_consume = bin/krapp-worker consume --regex '.*'
run_read = bin/krapp-worker read --job $(JOB)
run_compute = bin/krapp-worker compute --job $(JOB)
run_results = bin/krapp-worker results --job $(JOB)
run_seer = bin/krapp-worker seer --regex '.*'
run_watch = bin/krapp-worker watch

pin-images: ## write today's digest of the image that compiles into the Dockerfile (needs skopeo, or docker with buildx)
	@$(IMAGE) pin

lint-images: ## check the Dockerfile with hadolint
	@deploy/check-images

test-deploy: ## test these targets with tools that only note how they were called, and the compose file with Docker Compose's own parser
	@deploy/deploy-test
	$(GO) -C deploy/compose/check test ./...
