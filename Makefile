# make demo and make test each work alone on a fresh machine that has Python 3.11+ and make.
PYTHON ?= $(shell for v in 3.14 3.13 3.12 3.11; do command -v python$$v >/dev/null 2>&1 && python$$v -c '' 2>/dev/null && echo python$$v && exit; done; echo python3)
VENV := .venv
BIN := $(VENV)/bin
export EMULATOR_CACHE ?= $(CURDIR)/.cache

.PHONY: demo test lint bench bench-check layer clean

demo: $(VENV)/.demo
	@$(BIN)/lambda-guard demo

test: $(VENV)/.installed node_modules/.installed lint
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/mypy

layer: $(VENV)/.demo
	$(BIN)/python layer/build.py -o dist/lambda-guard-layer.zip

clean:
	rm -rf $(VENV) .venv-bench node_modules .cache dist build *.egg-info

bench: .venv-bench/.installed
	.venv-bench/bin/python -m benchmarks run

bench-check: .venv-bench/.installed
	.venv-bench/bin/python -m benchmarks check

# The peers are in no environment: each is unpacked into a folder of its own below the cache.
.venv-bench/.installed: setup.cfg pyproject.toml benchmarks/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -e '.[demo]' -r benchmarks/requirements.txt
	touch $@

# TypeScript's compiler checks the CDK output, a simulator of IAM judges the policies, axe-core and Mermaid look at the
# report; without npm those tests say that they are skipped. The simulator is AGPL: the tests ask it, and nothing of it
# is shipped. All in one command: npm takes out what it is not told of.
NPM_PACKAGES := typescript@5 @cloud-copilot/iam-simulate@0.1 axe-core@4 mermaid@11
node_modules/.installed: Makefile
	mkdir -p node_modules
	if command -v npm >/dev/null 2>&1; then npm install --silent --no-save --no-package-lock $(NPM_PACKAGES); fi
	touch $@

$(VENV)/.demo: setup.cfg pyproject.toml
	@echo "installing into $(VENV), which takes a minute"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary -e '.[demo]'
	@touch $@

$(VENV)/.installed: setup.cfg pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary -e '.[dev,ways]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[ways-compiled]' >$(VENV)/compiled.log 2>&1 || \
		echo "mariadb and mysqlclient need a compiler and MariaDB's C library: their tests are skipped"
	touch $@
