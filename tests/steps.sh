# How `build.sh` runs the tests: native ones, those of the database on PostgreSQL, and those in a browser. Read by it alone.
#
# Two cores are few for what runs beside each other: what failed runs once more and alone, up to five tests, and what passes only then
# is named as unsteady.

end_to_end() {
    local files
    mapfile -t files < <(find tests -name node_modules -prune -o -name '*.test.mjs' -print | sort)
    # The tap lines are what count() reads.
    # They mostly wait: for a click to settle, for a stream to come back.
    local log="$LOGS/end-to-end-first.log"
    if in_node 1800 3 "${files[@]}" >"$log"; then
        cat "$log"
        return 0
    fi
    alone "$log"
}

# in_node SECONDS AT_ONCE FILE…: runs test files, so many at once. A browser that hangs never ends by itself: what takes longer than ten
# minutes has failed and is named, and all together end after the given time. The long tests may take as long as they take.
in_node() {
    local seconds=$1 at_once=$2 bounds=(--test-timeout=600000)
    shift 2
    if [ -n "${WAXWING_LONG:-}" ]; then seconds=0 bounds=(); fi
    timeout --kill-after=30 "$seconds" node --test "${bounds[@]}" --test-concurrency="$at_once" --test-reporter=tap "$@"
}

# native: the tests that cargo runs.
native() {
    local first="$LOGS/native-first.log" cargo=(cargo test --workspace --quiet --no-fail-fast)
    if "${cargo[@]}" >"$first" 2>&1; then
        cat "$first"
        return 0
    fi
    alone_in_cargo "$first" "${cargo[@]}"
}

# alone_in_cargo LOG CARGO…: the tests that failed, five at most, once more and one at a time, with what alone() is for. What did not
# end by itself, or was not even built, has failed.
alone_in_cargo() {
    local log=$1 again names passed_first failed_first failed_again=0
    shift
    again="$LOGS/$(basename "$log" .log)-again.log"
    mapfile -t names < <(sed -n 's/^---- \([^ ]*\) stdout ----$/\1/p' "$log" | sort -u)
    read -r passed_first failed_first < <(awk '/^test result: / { p += $4; f += $6 } END { print p + 0, f + 0 }' "$log")
    local ended_badly told_so
    ended_badly=$(sed -n 's/^error: \([0-9]*\) targets\{0,1\} failed:$/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    told_so=$(grep -c '^test result: FAILED' "$log") || true
    if [ ${#names[@]} -eq 0 ] || [ ${#names[@]} -gt 5 ] || [ "$failed_first" -lt ${#names[@]} ] || [ "$ended_badly" -ne "$told_so" ]; then
        cat "$log"
        return 1
    fi
    "$@" -- --test-threads=1 --exact "${names[@]}" >"$again" 2>&1 ||
        failed_again=$(awk '/^test result: / { f += $6 } END { print (f ? f : 1) }' "$again")
    sed 's/^test result: /at first: /' "$log"
    sed 's/^test result: /alone: /' "$again"
    if [ "$failed_again" -eq 0 ]; then printf '# unsteady: %s\n' "${names[@]}"; fi
    printf '# pass %d\n# fail %d\n' $((passed_first + failed_first - failed_again)) "$failed_again"
    awk '/^test result: / { s += $8 } END { printf "# skipped %d\n", s }' "$log"
    [ "$failed_again" -eq 0 ]
}

# Each test has a database of its own, of some three hundred files: in memory, where there is room for them.
place_for_databases() {
    local free
    free=$(df --output=avail --block-size=1M /dev/shm 2>/dev/null | tail -n 1) || true
    if [ -w /dev/shm ] && [ "${free:-0}" -gt 4096 ]; then echo /dev/shm; else echo "${TMPDIR:-/tmp}"; fi
}

# The tests of the database once more, on a PostgreSQL that goes when they are over. Nothing of it need outlive them, so that it
# may leave out what makes a server safe.
on_postgres() (
    bin=$(postgres_programs)
    folder=$(mktemp -d -p "$(place_for_databases)")
    as=()
    if [ "$(id -u)" -eq 0 ]; then
        # It does not run as root.
        chown postgres "$folder"
        as=(setpriv --reuid postgres --regid postgres --clear-groups)
    fi
    trap '"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate stop || true; rm -rf "$folder"' EXIT
    port=$((20000 + RANDOM % 10000))
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    here=$PWD
    # Where its own user may stand.
    cd "$folder" || exit 1
    "${as[@]}" "$bin/initdb" -D "$folder/data" -U waxwing -A trust -E UTF8 --locale=C --no-sync || exit 1
    "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w start \
        -o "-p $port -k $folder -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off -c full_page_writes=off \
            -c wal_level=minimal -c max_wal_senders=0 -c checkpoint_timeout=1h -c max_wal_size=2GB -c autovacuum=off" || exit 1
    cd "$here" || exit 1
    export WAXWING_TEST_POSTGRES="postgres://waxwing@127.0.0.1:$port/postgres"
    tests() {
        local threads=$1
        shift
        cargo test --quiet --no-fail-fast --package waxwing-backend "$@" -- --test-threads="$threads" --skip gmail::
    }
    # Side by side: each has a test or two at its end that takes longer than all others, and waits most of the time. Its lines go apart,
    # or they would stand in the middle of the others'.
    tests 2 --test jobs --test reminders --test watch --test rights >"$folder/beside" 2>&1 &
    beside=$! bad=0 log="$LOGS/postgres-first.log"
    tests 3 --lib --test api >"$log" 2>&1 || bad=1
    wait "$beside" || bad=1
    cat "$folder/beside" >>"$log"
    if [ "$bad" -eq 0 ]; then
        cat "$log"
        exit 0
    fi
    alone_in_cargo "$log" cargo test --quiet --no-fail-fast --package waxwing-backend \
        --lib --test api --test jobs --test reminders --test watch --test rights
)

# alone LOG: the files in which something failed once more, one at a time. A browser that shares two cores with five others may
# come too late for what a test allows; what fails alone as well has failed. What passed only now is said.
alone() {
    local files again="$LOGS/end-to-end-again.log"
    mapfile -t files < <(awk -v quote="'" '/^ *not ok / && !/# (TO[D]O|SKIP)/ { bad = 1 }
        bad && /location: / { split($0, at, quote); sub(/:[0-9]+:[0-9]+$/, "", at[2]); print at[2]; bad = 0 }' "$1" | sort -u)
    # Its sums are not those of the whole.
    sed 's/^# \(pass\|fail\|cancelled\) /# at first: \1 /' "$1"
    local passed_first failed_first
    passed_first=$(awk '/^# pass / { n += $3 } END { print n + 0 }' "$1")
    failed_first=$(awk '/^# (fail|cancelled) / { n += $3 } END { print n + 0 }' "$1")
    if [ ${#files[@]} -eq 0 ] || [ ${#files[@]} -gt 5 ]; then
        printf '# pass %d\n# fail %d\n' "$passed_first" "$failed_first"
        return 1
    fi
    local failed_again=0
    in_node 900 1 "${files[@]}" >"$again" ||
        failed_again=$(awk '/^# (fail|cancelled) / { n += $3 } END { print (n ? n : 1) }' "$again")
    sed 's/^# \(pass\|fail\|cancelled\|skipped\) /# alone: \1 /' "$again"
    if [ "$failed_again" -eq 0 ]; then
        awk '/^ *not ok / && !/# (TO[D]O|SKIP)/ { sub(/^ *not ok [0-9]+ - /, ""); print "# unsteady: " $0 }' "$1"
    fi
    printf '# pass %d\n# fail %d\n' $((passed_first + failed_first - failed_again)) "$failed_again"
    [ "$failed_again" -eq 0 ]
}
