#!/usr/bin/env bash
# The one door: builds, runs, tests and measures Waxwing. Each step installs what it lacks and says so; when all is well it
# is quiet. `./build.sh help` lists the commands.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

TARGET=$(realpath -m "${CARGO_TARGET_DIR:-target}")
readonly TARGET
readonly LOGS="$TARGET/build-sh"
readonly WASM_TARGET=wasm32-unknown-unknown
passed=0 failed=0 skipped=0
# What failed and why, for the end, where it is read.
broken=""

usage() {
    cat <<'TEXT'
./build.sh COMMAND

  extension        dist/extension, which Chrome loads as it is
                     --dev: quick, with function names; --no-opt: without wasm-opt
  backend          target/release/waxwing
  run [FLAGS]      builds both, starts the backend, prints a pairing code and how to load the extension.
                   FLAGS go to `waxwing serve` (--data-dir DIR, --listen ADDR, --public-url URL, …)
  demo             backend, a simulated Gmail and a Chromium with the extension: try it without a Google account
  test [--long]    everything: format, lints, unit, contract and end-to-end tests
  check [--deny]   format, lints and tidy rules only; --deny also runs cargo-deny
  bench            measures, and writes docs/BENCHMARKS.md
                     --quick: less of everything; --go-on: what was measured at this commit is taken from then
  package          dist/: the zip for the store and the release binary
TEXT
}

say() { printf '%s\n' "$*" >&2; }
die() { say "build.sh: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- What a step needs ---------------------------------------------------------------------------------------------

# apt PACKAGE…: installs Debian packages, refreshing the lists only when they do not know one.
apt() {
    have apt-get || die "install $* with your package manager: there is no apt-get here"
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || die "install $*: it takes root, and there is no sudo here"
        root=(sudo)
    fi
    say "installing $* (apt-get)"
    mkdir -p "$LOGS"
    local install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@")
    if ! "${install[@]}" >"$LOGS/apt.log" 2>&1; then
        "${root[@]}" apt-get update -q >>"$LOGS/apt.log" 2>&1 || true
        "${install[@]}" >>"$LOGS/apt.log" 2>&1 || { tail -n 20 "$LOGS/apt.log" >&2; die "$* could not be installed"; }
    fi
}

need_rust() {
    have cargo || die "Rust is not here: install it from https://rustup.rs (1.95 or newer)"
    have cc || apt build-essential
}

need_wasm() {
    need_rust
    [ -d "$(rustc --print target-libdir --target "$WASM_TARGET" 2>/dev/null)" ] && return
    have rustup || die "Rust's $WASM_TARGET target is not here, and there is no rustup to add it"
    say "adding Rust's $WASM_TARGET target"
    rustup target add "$WASM_TARGET" >/dev/null 2>&1 || die "rustup could not add $WASM_TARGET"
}

need_node() {
    have node && have npm || apt nodejs npm
    local major
    major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
    [ "$major" -ge 20 ] || die "node $(node --version) is too old: 20 or newer is needed"
}

# npm's packages of tests/: exactly those of the lock file.
need_npm() {
    need_node
    local stamp=tests/node_modules/.lock
    cmp -s tests/package-lock.json "$stamp" && return
    say "installing the test tools (npm ci in tests/)"
    mkdir -p "$LOGS"
    npm ci --prefix tests --no-audit --no-fund >"$LOGS/npm.log" 2>&1 || { cat "$LOGS/npm.log" >&2; die "npm ci failed"; }
    cp tests/package-lock.json "$stamp"
}

need_chromium() {
    local place
    for place in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /snap/bin/chromium; do
        [ -n "$place" ] && [ -x "$place" ] && return
    done
    apt chromium
}

# A real mail server, for the tests of mailboxes. They start it themselves, on loopback and on ports of their own; the system's
# own, which the packages would start, is left off.
need_mail_server() {
    [ "$(id -u)" -eq 0 ] || say "not root: the tests that start a mail server of their own will fail"
    [ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/imap ] && [ -x /usr/lib/dovecot/lmtp ] && [ -x /usr/sbin/postfix ] && return
    apt dovecot-imapd dovecot-lmtpd postfix
    if [ -d /run/systemd/system ]; then
        say "switching the system's Dovecot and Postfix off again: the tests start their own"
        local unit
        for unit in dovecot.socket dovecot.service postfix.service; do
            systemctl disable --quiet --now "$unit" >/dev/null 2>&1 || true
        done
    fi
}

# Where PostgreSQL's programs are.
postgres_programs() {
    local place
    for place in /usr/lib/postgresql/*/bin /usr/local/bin /usr/bin; do
        if [ -x "$place/initdb" ]; then
            echo "$place"
            return
        fi
    done
    return 1
}

# PostgreSQL, for the tests of the second engine. They start a server of their own; the system's, which the package would start, is
# left off.
need_postgres() {
    postgres_programs >/dev/null && return
    apt postgresql
    if [ -d /run/systemd/system ]; then
        say "switching the system's PostgreSQL off again: the tests start their own"
        systemctl disable --quiet --now postgresql.service >/dev/null 2>&1 || true
    fi
}

# --- Steps ---------------------------------------------------------------------------------------------------------

# step NAME COMMAND…: runs it quietly, prints one line with the time it took, and its output only when it failed.
step() {
    local name=$1 log start=$SECONDS
    shift
    mkdir -p "$LOGS"
    log="$LOGS/${name//[^a-zA-Z0-9]/-}.log"
    if "$@" >"$log" 2>&1 </dev/null; then
        printf '  ok      %-34s %4d s\n' "$name" $((SECONDS - start))
        sed -n 's/^# unsteady: /          unsteady, failed at first and passed alone: /p' "$log"
        count "$log"
        return 0
    fi
    printf '  FAILED  %-34s %4d s\n' "$name" $((SECONDS - start))
    tail -n 400 "$log"
    broken+="$name"$'\n'"$(what_failed "$log")"$'\n'
    local before=$failed
    count "$log"
    # A step that failed without a failed test (a lint, a build) counts as one.
    [ "$failed" -gt "$before" ] || failed=$((failed + 1))
    return 1
}

# The failed tests of a log with the lines that say why, at most 200; of one without, its last ones.
what_failed() {
    local why
    why=$(awk '
        /^ *not ok / && !/# (TO[D]O|SKIP)/ { left = 30 }
        /^---- .* stdout ----$/ { left = 30 }
        /^ *# Subtest: |^ *ok [0-9]/ { left = 0 }
        left > 0 { print "    " $0; left-- }' "$1" | head -n 200)
    [ -n "$why" ] || why=$(tail -n 20 "$1" | sed 's/^/    /')
    printf '%s\n' "$why"
}

# Adds up what cargo's and node's test runners say at their ends.
count() {
    local sums
    sums=$(awk '
        /^test result: / { p += $4; f += $6; s += $8 }
        /^# pass [0-9]+$/ { p += $3 }
        /^# fail [0-9]+$/ { f += $3 }
        /^# cancelled [0-9]+$/ { f += $3 }
        /^# skipped [0-9]+$/ { s += $3 }
        END { print p + 0, f + 0, s + 0 }' "$1")
    read -r p f s <<<"$sums"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

xtask() { cargo run --quiet --package xtask -- "$@"; }

extension() {
    need_wasm
    if have npm || have apt-get; then need_npm; else say "npm is not here: the bundle is made without wasm-opt"; fi
    xtask bundle "$@"
}

backend() {
    need_rust
    cargo build --quiet --release --package waxwing-backend --bin waxwing
}

clippy() { cargo clippy --quiet --workspace --all-targets -- --deny warnings; }
clippy_wasm() {
    cargo clippy --quiet --package waxwing-extension --lib --target "$WASM_TARGET" --no-default-features --features "$1" \
        -- --deny warnings
}
locked() { cargo metadata --locked --format-version=1 >/dev/null; }

check() {
    need_wasm
    need_node
    local bad=0
    step "Cargo.lock is up to date" locked || bad=1
    step "format" cargo fmt --all --check || bad=1
    step "lints" clippy || bad=1
    step "lints, content script" clippy_wasm content || bad=1
    step "lints, worker and pages" clippy_wasm extension || bad=1
    return $bad
}

tidy() { cargo test --quiet --package xtask; }

deny() {
    if ! have cargo-deny; then
        say "installing cargo-deny (some minutes)"
        cargo install --quiet --locked cargo-deny || die "cargo-deny could not be installed"
    fi
    cargo deny --all-features check bans licenses sources
}

. tests/steps.sh

finish() {
    [ -z "$broken" ] || printf '\nfailed:\n%s\n' "$broken"
    if [ "$skipped" -gt 0 ]; then
        printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    else
        printf '%d passed, %d failed\n' "$passed" "$failed"
    fi
    [ "$failed" -eq 0 ]
}

# --- Commands ------------------------------------------------------------------------------------------------------

command_check() {
    check || true
    step "tidy rules" tidy || true
    if [ "${1:-}" = --deny ]; then step "cargo-deny" deny || true; fi
    finish
}

command_test() {
    case "${1:-}" in
        --long) export WAXWING_LONG=1 ;;
        "") ;;
        *) die "test does not know $1" ;;
    esac
    need_npm
    need_chromium
    need_mail_server
    need_postgres
    check || true
    step "unit and contract tests, tidy rules" native || true
    step "tests on PostgreSQL" on_postgres || true
    if step "bundle" extension && step "backend and gmail-sim" cargo build --quiet --workspace --bins; then
        WAXWING_BIN="$TARGET/debug/waxwing" GMAIL_SIM_BIN="$TARGET/debug/gmail-sim" \
            step "end-to-end tests" end_to_end || true
        # The simulator by itself, in every way it can be set up: only when there is time.
        if [ -n "${WAXWING_LONG:-}" ]; then
            GMAIL_SIM="$TARGET/debug/gmail-sim" step "gmail-sim in Chromium" node gmail-sim/tests/smoke.mjs || true
        fi
    fi
    finish
}

command_run() {
    say "building the extension and the backend (the first time this takes some minutes)"
    extension
    backend
    local data=() listen=127.0.0.1:8787 previous="" word
    for word in "$@"; do
        case "$previous" in
            --data-dir) data=(--data-dir "$word") ;;
            --listen) listen=$word ;;
        esac
        case "$word" in
            --data-dir=*) data=("$word") ;;
            --listen=*) listen=${word#--listen=} ;;
        esac
        previous=$word
    done
    local waxwing="$TARGET/release/waxwing" host=${listen%:*} port=${listen##*:}
    case "$host" in 0.0.0.0 | "[::]" | "") host=127.0.0.1 ;; esac

    mkdir -p "$LOGS"
    "$waxwing" serve "$@" >"$LOGS/run.log" 2>&1 &
    local server=$!
    # Ctrl-C reaches the backend too; whatever ends us ends it.
    trap 'kill -TERM "$server" 2>/dev/null || true; wait "$server" || true' EXIT
    trap 'exit 0' INT TERM
    local tries=0
    until healthy "$host" "$port"; do
        kill -0 "$server" 2>/dev/null || { cat "$LOGS/run.log" >&2; die "the backend did not start"; }
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || die "the backend does not answer on $host:$port"
        sleep 0.1
    done
    local code
    code=$("$waxwing" pair "${data[@]}" 2>>"$LOGS/run.log")
    cat <<TEXT

  Waxwing runs on      http://$host:$port
  Pairing code         $code   (good for 15 minutes, once; a new one: $waxwing pair${data[*]:+ ${data[*]}})

  Load the extension, in Chrome or Chromium:
    1. Open chrome://extensions and switch on "Developer mode".
    2. Click "Load unpacked" and choose $PWD/dist/extension
    3. Click Waxwing's icon, give the address and the code above, choose what to track, and reload Gmail.

TEXT
    case " $* " in
        *" --public-url"* | *" --tracking-url"*) ;;
        *) cat <<TEXT
  This address works on this machine only: recipients of your mails cannot reach it, so nothing that they do is seen.
  docs/DEPLOY.md has a tunnel in two commands and a server in ten minutes.

TEXT
            ;;
    esac
    say "  It logs to $LOGS/run.log. Ctrl-C stops it."
    wait "$server"
}

# healthy HOST PORT: the backend answers there. Plain bash, so that `run` needs no other tool.
healthy() {
    local line=""
    { exec 3<>"/dev/tcp/$1/$2"; } 2>/dev/null || return 1
    printf 'GET /healthz HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" >&3
    read -r -t 2 line <&3 || true
    exec 3>&- 3<&-
    [[ "$line" == *" 200 "* ]]
}

command_demo() {
    need_npm
    need_chromium
    say "building the extension, the backend and the simulated Gmail (the first time this takes some minutes)"
    extension
    cargo build --quiet --package waxwing-backend --package gmail-sim --bins
    exec node tests/demo.mjs "$@"
}

command_bench() {
    need_npm
    need_chromium
    have wrk || apt wrk
    have nginx || [ -x /usr/sbin/nginx ] || apt nginx-light
    extension
    backend
    cargo build --quiet --package gmail-sim
    cargo build --quiet --release --package gmail-sim
    cargo build --quiet --release --package waxwing-domain --example verdict_bench --example when_bench --example mailkind_bench
    cargo build --quiet --release --package waxwing-backend --example rescore_bench --example later_bench --example watch_bench --example large_bench
    WAXWING_BIN="$TARGET/release/waxwing" node tests/bench/bench.mjs "$@"
}

command_package() {
    extension
    backend
    xtask package --binary "$TARGET/release/waxwing"
}

case "${1:-help}" in
    extension) shift; extension "$@" ;;
    backend) backend ;;
    run) shift; command_run "$@" ;;
    demo) shift; command_demo "$@" ;;
    test) shift; command_test "$@" ;;
    check) shift; command_check "$@" ;;
    bench) shift; command_bench "$@" ;;
    package) command_package ;;
    help | -h | --help) usage ;;
    *) usage >&2; exit 2 ;;
esac
