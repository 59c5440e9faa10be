#!/bin/sh
# Fuzzes one target for some seconds with the nightly toolchain that is on this machine: fuzz/run.sh when 300
# Nothing but cargo is needed; cargo-fuzz works as well. New inputs go to fuzz/found, what fails to fuzz/artifacts.
set -eu
cd "$(dirname "$0")"
target=$1
seconds=${2:-60}
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
# A target of its own name, so that build scripts and macros are built without coverage.
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
RUSTFLAGS="$coverage" CARGO_TARGET_DIR=target cargo +nightly build --release --target "$host" --bin "$target"
mkdir -p "found/$target" "artifacts/$target"
exec "target/$host/release/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
    -artifact_prefix="artifacts/$target/" -print_final_stats=1 "found/$target" "corpus/$target"
