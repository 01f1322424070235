# What CI runs.
ci:
    bash .ci/run

# The quick loop: one check, one test binary.
test filter="":
    cargo nextest run {{filter}}

# The documents that are made from the code.
docs:
    cargo run --quiet --example reference > docs/reference.md

# Speed and memory against named peers.
bench:
    cargo bench
