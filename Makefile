# `make verify` proves paths between the networks that the crate carries, `make test` runs the proof-checking suite and the
# tests of the Python package, `make python` builds that. All set up what a fresh machine lacks: GMP's build (under `rug`) needs m4.

# GMP's build runs a script for each of its files: dash is quicker at that than bash.
ifneq ($(wildcard /bin/dash),)
export CONFIG_SHELL := /bin/dash
endif

.PHONY: verify test search setup python proof audit sabotage

# With every check on, and without what an incremental build would keep for the next one, as that is a third of the time (`cargo
# test` alone keeps it): as for the tests, so that one of the two compiles for both.
verify: setup
	@echo "building: a few minutes the first time, GMP included (cargo says what it compiles)"
	CARGO_INCREMENTAL=0 cargo build --locked
	target/debug/sublevel verify

test: setup
	@sh scripts/proof.sh test
	@echo "building and running the suite: several minutes the first time (cargo says what it compiles)"
	CARGO_INCREMENTAL=0 cargo test --locked
	@sh scripts/python.sh test

# New random instances, for so many minutes: make search MINUTES=30.
search: setup
	@sh scripts/search.sh $(MINUTES)

# The Python package, in a virtual environment: target/python-venv.
python: setup
	@sh scripts/python.sh build

setup:
	@sh scripts/setup.sh

# The proved kernel: proves what is in proof/, where coqc is, and builds proof/kernel, where OCaml is.
proof:
	@sh scripts/proof.sh build

# The proofs once more, by Coq's own checker, and what they rest on: the two axioms of Coq's real numbers and nothing else.
audit:
	@sh scripts/proof.sh audit

# Weakens the proved kernel in one place after the other, and makes sure that its proof fails each time. Not a part of audit, which
# checks the proof once: this repeats much of it some forty times.
sabotage:
	@sh proof/sabotage.sh
