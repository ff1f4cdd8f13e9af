# jzy: `make demo` shows it, `make test` proves it, `make help` lists the rest.
# Another Python: make demo PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev
LOCK_TOOLS := build/lock-tools
COMPILE = $(LOCK_TOOLS)/bin/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(ARGS)
ARGS ?=
JOBS ?= auto

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint docs bench mutations clean lock venv check-tools

help:
	@echo 'make demo    virtual environment, installation, and the sample year into demo/'
	@echo 'make test    the tests (make test ARGS="-k name"; JOBS=0 for one after another)'
	@echo 'make lint    ruff, mypy and the import contracts'
	@echo 'make docs    the page of rules, from the rules'
	@echo 'make bench   how long things take, beside their peers (half an hour)'
	@echo 'make mutations  ten defences switched off, one at a time: does a test notice?'
	@echo 'make venv    the virtual environment with everything for development'
	@echo 'make lock    pin all dependencies again (make lock ARGS=--upgrade for newer ones)'
	@echo 'make clean   remove all that was made here'

check-tools:
	@command -v $(PYTHON) >/dev/null || { \
	  echo '没有找到 $(PYTHON)。请先安装 Python 3.11 或更新的版本。' >&2; exit 3; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "需要 Python 3.11 或更新的版本，$(PYTHON) 是 $$($(PYTHON) -V 2>&1)。" >&2; \
	  echo '如已另装新版，请这样指定：make demo PYTHON=python3.12' >&2; exit 3; }
	@command -v git >/dev/null || { echo '没有找到 git，请先安装（Debian：apt install git）。' >&2; exit 3; }
	@command -v ssh-keygen >/dev/null || { \
	  echo '没有找到 ssh-keygen，请先安装 OpenSSH 客户端（Debian：apt install openssh-client）。' >&2; exit 3; }

$(BIN)/python: | check-tools
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo '不能建立虚拟环境。在 Debian 上请先执行 apt install python3-venv。' >&2; exit 3; }

# Hashes hold for what is downloaded; the project itself is built with what the lock installed.
$(RUN): requirements.lock pyproject.toml | $(BIN)/python
	@echo '正在安装运行所需的软件包……'
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@echo '正在安装开发所需的软件包……'
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

venv: $(DEV)

demo: check-tools $(RUN)
	@rm -rf demo
	@$(BIN)/jzy demo demo
	@echo '报告：'
	@ls -1 demo/out/self-check-2021.*

test: check-tools $(DEV)
	@$(BIN)/python -m pytest --numprocesses $(JOBS) $(ARGS)

docs: $(DEV)
	@$(BIN)/jzy explain --markdown > docs/rules.md

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(DEV)
	@set -e; for script in commands validate growth verify report; do \
	  echo "== benchmarks/$$script.py"; $(BIN)/python benchmarks/$$script.py; \
	done

mutations: $(DEV)
	@$(BIN)/python -m tests.attacks.mutations $(ARGS)

# One resolution for all systems and Pythons from 3.11 on; the second file repeats the first's pins.
lock: | check-tools
	@test -x $(LOCK_TOOLS)/bin/uv || { $(PYTHON) -m venv $(LOCK_TOOLS) && \
	  $(LOCK_TOOLS)/bin/python -m pip install --quiet 'uv>=0.5'; }
	@$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], "editables", sep="\n")' \
	  > $(LOCK_TOOLS)/build.in
	@$(COMPILE) pyproject.toml $(LOCK_TOOLS)/build.in -o requirements.lock
	@$(COMPILE) pyproject.toml $(LOCK_TOOLS)/build.in --group dev -c requirements.lock -o requirements-dev.lock
	@$(PYTHON) -c 'import re, sys; sys.exit(any(re.search(r"^-|://", open(name).read(), re.M) for name in sys.argv[1:]))' \
	  requirements.lock requirements-dev.lock || { echo 'The lock names an address.' >&2; exit 1; }

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find jzy tests -name __pycache__ -type d -prune -exec rm -rf {} +
