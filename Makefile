# `make help` says what there is. Needs Python 3.11 or newer and make; everything else is installed into .venv.

VENV ?= .venv
DIST ?= dist
PYTHON ?=
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
QUESTION ?= How does Adaptive-k choose how many passages to retrieve?
PYTEST_ARGS ?=
# Processes that share the tests out, file by file; 0 runs all in one, as --pdb needs it.
WORKERS ?= 0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Without bytecode each start of ragkit takes three times as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: env
env: $(STAMP)  ## the environment in .venv: ragkit from this folder, everything else as in requirements.lock

$(STAMP): requirements.lock pyproject.toml tools/install.sh
	@echo "make: installing into $(VENV) (once; about a minute)" >&2
	@PYTHON="$(PYTHON)" tools/install.sh $(VENV) -r requirements.lock -e .
	@$(BIN)/python -m compileall -q $(wildcard ragkit ui)
	@$(BIN)/ragkit --version >&2
	@touch $@

.PHONY: demo
demo: $(STAMP)  ## one question over the paper corpus, offline; the first time builds the index
	@$(BIN)/ragkit run pipelines/adaptive-k.yaml "$(QUESTION)"

.PHONY: test
test: $(STAMP)  ## the whole test suite; says what it skips and why
	@$(BIN)/ragkit index papers >/dev/null
	@$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

.PHONY: quick
quick: $(STAMP)  ## the tests that take less than two seconds each
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not slow and not browser" $(PYTEST_ARGS)

CHECKS := check-format check-lint check-types check-imports check-made

.PHONY: check $(CHECKS)
check: $(CHECKS)  ## what CI checks besides the tests: format, lint, types, imports, schemas, docs (-k: all of them)

check-format: $(STAMP)
	@$(BIN)/ruff format --check .

check-lint: $(STAMP)
	@$(BIN)/ruff check .

check-types: $(STAMP)
	@$(BIN)/mypy

check-imports: $(STAMP)
	@$(BIN)/lint-imports

check-made: $(STAMP)
	@$(BIN)/ragkit schema --check ragkit/spec
	@$(BIN)/python docs/generate.py --check

.PHONY: format
format: $(STAMP)  ## formats and mends what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: made
made: $(STAMP)  ## writes what is made from the code anew: the JSON Schemas, docs/components.md, docs/command-line.md
	@$(BIN)/ragkit schema --write ragkit/spec
	@$(BIN)/python docs/generate.py

# node_modules stays out of ui/, which the wheel carries whole.
.PHONY: editor
editor:  ## bundles the YAML editor of the app anew (needs Node.js); what it makes is committed
	@rm -rf build/editor/src build/editor/test && mkdir -p build/editor ui/editor/built
	@cp -R ui/editor/package.json ui/editor/package-lock.json ui/editor/build.js ui/editor/src ui/editor/test build/editor
	@cd build/editor && npm ci --ignore-scripts --no-audit --no-fund --silent && npm test --silent && npm run build --silent
	@cp build/editor/built/* ui/editor/built

.PHONY: screenshots
screenshots: $(STAMP)  ## makes docs/images/*.png anew; needs Chromium
	@$(BIN)/python -m tests.ui.screenshots

.PHONY: trained
trained: $(STAMP)  ## fits what the shipped pipelines have learned anew, on the tuning half of the paper questions
	@$(BIN)/ragkit train selector pipelines/learned-k.yaml --data corpora/papers/questions.jsonl --split tune --force
	@$(BIN)/ragkit train selector pipelines/conformal-k.yaml --data corpora/papers/questions.jsonl --split tune --force
	@$(BIN)/ragkit train router pipelines/complexity-routed.yaml --data corpora/papers/questions.jsonl --split tune \
		--add corpora/papers/router.jsonl --force
	@$(BIN)/ragkit train router pipelines/cost-routed.yaml --data corpora/papers/questions.jsonl --split tune \
		--add corpora/papers/definitions.jsonl --force
	@mkdir -p build
	@{ grep '"split": "tune"' corpora/papers/questions.jsonl; cat corpora/papers/router.jsonl; } > build/known.jsonl
	@$(BIN)/ragkit train gate pipelines/known-gated.yaml --data build/known.jsonl --labels data --force

# The pins are those of Linux and Python 3.11, without the build of PyTorch: "2.13.0+cpu" would exist on few machines,
# and the CUDA packages are pinned by PyTorch itself. UPGRADE=1 moves every pin to the newest that fits.
.PHONY: lock
lock: $(BIN)/uv  ## resolves requirements.lock anew from pyproject.toml; UPGRADE=1 takes the newest versions
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --python-platform linux --all-extras pyproject.toml \
		$(foreach place,$(PIP_FIND_LINKS),--find-links $(place)) $(if $(UPGRADE),--upgrade) \
		--no-header --no-annotate --output-file requirements.lock
	@{ echo '# Every version that ragkit is tested with, resolved from pyproject.toml by `make lock`; not edited by hand.'; \
		sed -E -e '/^(nvidia-|cuda-|triton)/d' -e 's/[+]cpu$$//' requirements.lock; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock

$(BIN)/uv:
	@PYTHON="$(PYTHON)" tools/install.sh $(VENV) uv

.PHONY: wheel
wheel: $(STAMP)  ## builds dist/ragkit-*.whl
	@$(BIN)/uv build --quiet --wheel --build-constraints requirements.lock --python $(BIN)/python --out-dir $(DIST) .

.PHONY: ci
ci:  ## everything that CI does, in environments of its own (about 40 minutes on two cores)
	@.ci/run

.PHONY: clean
clean:  ## removes the environment, the indexes, the traces and what was built
	@rm -rf $(VENV) .ragkit build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
