# `make` prints what there is. Everything runs in .venv, which the first target that needs it makes.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup first first-behaviors repro auditor behaviors evaluate test check metrics audit bench ui clean

BIN := $(CURDIR)/.venv/bin
STAMP := .venv/.setup-complete
# The oldest Python first: constraints.txt was made with 3.11. An entry may be a shim of nothing.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

# The stages in dvc.yaml call `python`: it must be the one in .venv.
export PATH := $(BIN):$(PATH)
export PYTHONHASHSEED := 0
export DVC_NO_ANALYTICS := 1
export HF_HUB_OFFLINE ?= 1
export HF_HUB_DISABLE_TELEMETRY := 1
export MLFLOW_DISABLE_TELEMETRY := true
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION := false
export TOKENIZERS_PARALLELISM := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

# What a profile changes in params.yaml, an override a line, as options of `dvc exp run`.
profile = $(shell sed 's/[[:space:]]*\#.*//; /./!d; s/.*/--set-param "&"/' profiles/$(1).txt)

help:  ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' Makefile

setup: $(STAMP)  ## install weightscribe and every dependency, pinned, into .venv

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer; make setup PYTHON=<path>" >&2; exit 1; }
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --progress-bar off -c constraints.txt -e '.[dev]'
	@touch $@

first: $(STAMP)  ## a first look: the main pipeline with a third of the weight diffs, as a DVC experiment
	dvc exp run --name $@ $(call profile,$@) eval_hidden_topic
	@echo 'Then: git restore params.yaml dvc.lock metrics && make repro, which trains only the other diffs.'

first-behaviors: $(STAMP)  ## a first look at all behaviors: one seed, one attempt at each weight diff, as a DVC experiment
	dvc exp run --name $@ $(call profile,$@) eval_cross_behavior eval_left_out
	@echo 'Then: git restore params.yaml dvc.lock metrics && make behaviors, which trains only what this did not.'

repro: $(STAMP)  ## the main pipeline, models to headline table (dvc repro eval_hidden_topic)
	dvc repro eval_hidden_topic

auditor: $(STAMP)  ## all that an audit needs: the weight diffs of all behaviors and the joint adapter
	dvc repro train_family_adapters@joint

behaviors: $(STAMP)  ## adapters of many behaviors, the matrix, families left out
	dvc repro eval_cross_behavior eval_left_out

evaluate: $(STAMP)  ## every stage: baselines, unseen triggers, ranks, benign models (dvc repro)
	dvc repro

test: $(STAMP)  ## make the two small models the tests read, then run all tests
	dvc repro base_model judge_model
	python -m pytest

check: $(STAMP)  ## lint and format check; `ruff check --fix . && ruff format .` repairs
	ruff check .
	ruff format --check .

metrics: $(STAMP)  ## print the metrics of every stage
	dvc metrics show

audit: $(STAMP)  ## say how MODEL=<adapter or model folder> was changed (needs make auditor first, or ARGS=--no-adapter)
	@test -n "$(MODEL)" || { echo "error: no MODEL; make audit MODEL=<adapter or model folder>" >&2; exit 1; }
	weightscribe audit "$(MODEL)" $(ARGS)

bench: $(STAMP)  ## time both levels against their limit and the alternatives (needs make repro first)
	python -m benchmarks

ui: $(STAMP)  ## show the MLflow runs on http://127.0.0.1:5000
	mlflow ui --host 127.0.0.1 --port 5000 --workers 1 \
		--backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///$(CURDIR)/mlflow.db}"

clean:  ## remove caches and build leftovers; data, runs and .venv stay
	rm -rf .pytest_cache .ruff_cache build dist dvc_plots
	find . \( -path ./.venv -o -path ./.git -o -path ./.dvc \) -prune -o -type d \
		-name __pycache__ -print0 | xargs -0 rm -rf
