# Two commands: `make verify` proves paths between the networks that the crate carries, `make test` runs the
# proof-checking suite. Both set up what a fresh machine lacks: GMP's build (under `rug`) needs m4.

.PHONY: verify test setup

verify: setup
	cargo run --release --quiet -- verify

test: setup
	cargo test

setup:
	@sh scripts/setup.sh
