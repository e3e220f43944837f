#!/bin/sh
# Draws new random instances for so many minutes, of the statements and of every property. What fails is written to
# proptest-regressions/ and tried first from then on.
set -u
minutes=${1:-10}
case $minutes in
    *[!0-9]* | "") echo "search.sh: '$minutes' is not a number of minutes" >&2; exit 2 ;;
esac
mkdir -p target
end=$(($(date +%s) + 60 * minutes))
seed=$(date +%s)
rounds=0
while [ "$(date +%s)" -lt "$end" ]; do
    if ! PROPTEST_RNG_SEED=$seed SEARCH=$seed cargo test --locked --workspace --no-fail-fast --quiet >target/search.log 2>&1; then
        echo "round of seed $seed: something failed; its output is in target/search.log, its seeds in proptest-regressions/"
        exit 1
    fi
    rounds=$((rounds + 1))
    seed=$((seed + 1))
    left=$(((end - $(date +%s)) / 60))
    [ "$left" -gt 0 ] || left=0
    echo "rounds: $rounds, nothing found; minutes left: $left"
done
