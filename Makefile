# What a person does here. `make run` and `make test` build and install what they need.
# What is built is what Cargo.lock says: `--locked` fails where that is older than a Cargo.toml, and rewrites nothing.

export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/style/node_modules/.bin:$(PATH)
# What the caller's environment says for other work is not heard: CARGO_TARGET_DIR (tests look into target/), RUSTFLAGS
# (they would replace those of .cargo/config.toml), NODE_ENV (npm leaves tools out), NO_COLOR (trunk misreads it).
export CARGO_TARGET_DIR := $(CURDIR)/target
unexport RUSTFLAGS NODE_ENV NO_COLOR
# Behind a proxy: the demonstration's provider and those of the tests are on this machine.
THIS_MACHINE := 127.0.0.1,localhost
NOT_BY_PROXY := $(or $(NO_PROXY),$(no_proxy))
export NO_PROXY := $(if $(NOT_BY_PROXY),$(NOT_BY_PROXY)$(shell echo ,))$(THIS_MACHINE)
export no_proxy := $(NO_PROXY)

TRUNK := 0.21.14
# The command line tool has to be of the very version that the code is built with.
BINDGEN := $(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
DENY := 0.20.2

.PHONY: run test release client formatted check deny sbom unit properties later-postgres style e2e faults upgrade operator attack fuzz fuzz-a-little bench soak format tools test-tools

## Serve the portal on this machine, with demo data and a demo identity provider.
run: client
	cargo run --quiet --locked --package veche -- demo

## Run everything that must hold. Our own crates are read by Clippy when they are compiled, what runs in the browser, too.
test: export RUSTC_WORKSPACE_WRAPPER := $(CURDIR)/.make/linted
test: formatted deny sbom client unit fuzz-a-little attack style e2e

tools:
	@.make/need cc build-essential
	@.make/need-node
	@rustup target list --installed | grep -q wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
	@.make/need-tool trunk '$(TRUNK)' trunk --locked
	@.make/need-tool wasm-bindgen '$(BINDGEN)' wasm-bindgen-cli

test-tools: tools
	@.make/need-postgres
	@.make/need chromium chromium
	@.make/need pdftotext poppler-utils
	@.make/need ssconvert gnumeric
	@.make/need openssl openssl
	@.make/need /usr/sbin/nginx nginx-light
	@.make/need promtool prometheus
	@# It reads units; nothing of it has to run.
	@.make/need systemd-analyze systemd
	@# Network namespaces are root's to make; others see that the test of many servers is skipped.
	@[ "$$(id -u)" != 0 ] || .make/need ip iproute2
	@# Faults: a look into a file beside the portal, a clock of a process's own.
	@.make/need sqlite3 sqlite3
	@.make/need faketime faketime
	@.make/need-tool cargo-deny '$(DENY)' cargo-deny --locked

style/node_modules/.installed: style/package-lock.json
	npm ci --include=dev --prefix style --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

e2e/node_modules/.installed: e2e/package-lock.json
	npm ci --include=dev --prefix e2e --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

## Build what runs in the browser, into dist/.
client: tools style/node_modules/.installed
	cargo fetch --quiet --locked
	trunk build --release --offline

## The program as it is to be installed, into target/production/: built, watched at work, and built again by
## what was seen. An hour on two processors. Advisories against it are looked for first; where their database
## cannot be fetched, VECHE_ADVISORIES=optional goes on without.
release: test-tools client
	VECHE_ADVISORIES="$${VECHE_ADVISORIES:-required}" .make/deny
	.make/release

formatted:
	cargo fmt --all --check

## Formatting and lints.
check: tools formatted
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cargo clippy --locked --package islands --lib --features hydrate --target wasm32-unknown-unknown -- --deny warnings

## Licences, sources, versions and, where their database can be fetched, advisories. Where it cannot, that is said;
## with VECHE_ADVISORIES=required, as `make release` has it unless it is told otherwise, it is a failure.
deny: test-tools
	.make/deny

## What the program consists of, as CycloneDX, into sbom.json.
sbom: tools
	cargo fetch --quiet --locked
	@node server/operations/sbom.mjs sbom.json

## Tests of the code, on both databases. They wait more than they compute: for a disk, a deadline, a server that stops.
unit: export RUST_TEST_THREADS := 6
# Properties are tried on the same examples each time: a change is judged by itself, not by luck.
unit: export PROPTEST_RNG_SEED := 1
unit: test-tools
	@# Benchmarks are built as well: they are not to be forgotten until somebody measures.
	cargo build --locked --workspace --all-targets
	cargo test --locked --workspace
	VECHE_TEST_ENGINE=postgres cargo test --locked --test portal
	@# The people of the soak fill in the portal's forms: some seconds of them, so that they keep up.
	cargo test --quiet --locked --package veche --bench load -- sqlite --soak 0.1 --people 200

## The tests of the code with other examples for the properties each time: whoever has time may find more.
properties: export RUST_TEST_THREADS := 6
properties: test-tools
	cargo test --locked --workspace

## The same on later versions of PostgreSQL than this machine's, without a replica.
later-postgres: test-tools
	.make/later-postgres

## Attack the published statistics.
attack:
	cargo run --quiet --locked --example attack

## Feed what reads something from outside with nonsense, each for so many seconds.
FUZZ_SECONDS := 60
fuzz: tools
	.make/fuzz $(FUZZ_SECONDS)

fuzz-a-little: tools
	.make/fuzz 120 1

## The style sheet's size and class names.
style: style/node_modules/.installed
	npm test --prefix style --silent

## A person's journeys in a real browser: all of them on embedded databases, those that store and read most on
## PostgreSQL, too.
e2e: test-tools client e2e/node_modules/.installed
	cargo build --locked --workspace --bins
	VECHE_E2E_ENGINE=sqlite npm test --prefix e2e
	VECHE_E2E_ENGINE=postgres npm test --prefix e2e

## Break everything that can break while people answer, over and over, and check that nothing that was
## acknowledged is lost, nobody counts twice and nothing is mixed up: a line a fault. It takes half an hour; as
## root all of it, otherwise it says what it could not do. `make test` has a short form.
faults: test-tools client e2e/node_modules/.installed
	cargo build --locked --workspace --bins
	npm run faults --prefix e2e --silent

## Replace three servers of an older build by this one while people answer: FROM=revision is built first, or OLD=path
## is a program that is there. As root.
upgrade: test-tools client e2e/node_modules/.installed
	cargo build --locked --workspace --bins
	.make/upgrade $(FROM)

## From empty Debian machines to three servers behind nginx by server/operations/INSTALL.md, then what an operator does
## in a year by RUNBOOK.md, while people answer. As root, with an archive of Debian; a quarter of an hour.
operator: test-tools client e2e/node_modules/.installed
	@.make/need debootstrap debootstrap
	@.make/need systemd-nspawn systemd-container
	@.make/need pgrep procps
	cargo build --locked --workspace --bins
	node e2e/operator/run.mjs

## Sizes, times and load against what they should be, a line a figure; server/veche/BENCHMARKS.md
## keeps a run. It takes more than an hour, most of it to fill databases; with RESPONSES=100000, a
## smaller number, a quarter of that.
RESPONSES := 10000000
bench: test-tools client e2e/node_modules/.installed
	@# The program of a release. Advisories do not change how fast it is.
	.make/release
	@status=0; \
	E2E_BINARY="$(CURDIR)/target/production/veche" npm run bench --prefix e2e --silent || status=1; \
	(cd server/veche && ../../target/production/load --present $(RESPONSES)) || status=1; \
	cargo run --quiet --release --locked --package vault --example tabulation -- $(RESPONSES) || status=1; \
	cargo run --quiet --release --locked --package vault --example retention || status=1; \
	exit $$status

## People who come and go for an hour on each store, at half of what this machine can do: no error, and
## memory, files and connections do not grow. A line a minute, then a line a figure.
MINUTES := 60
soak: test-tools client
	cargo bench --quiet --locked --package veche --bench load -- --soak $(MINUTES)

format:
	cargo fmt --all
