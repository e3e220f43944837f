#!/bin/sh
# Builds the Python package into target/python-venv ("build"), or as the suite is built, with every check on, into another
# environment where its tests run ("test"). Where Python's venv and pip cannot be had the tests are skipped, and a line says so.
set -u

task=${1:-build}
case "$task" in
    test) venv=target/python-test profile=dev ;;
    *) venv=target/python-venv profile=release ;;
esac
python=${PYTHON:-python3}

without() {
    echo "sublevel: $1" >&2
    [ "$task" = test ] && { echo "sublevel: the tests of the Python package are skipped" >&2; exit 0; }
    exit 1
}

command -v "$python" >/dev/null 2>&1 || without "$python is missing (PYTHON=… names another one)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' || without "the package needs Python 3.9"
[ -x "$venv/bin/pip" ] || "$python" -m venv "$venv" >/dev/null 2>&1 || without "python3 -m venv does not work here (apt install python3-venv)"
"$venv/bin/pip" --version >/dev/null 2>&1 || without "there is no pip in $venv"

# What cargo compiles stays beside the rest.
: "${CARGO_TARGET_DIR:=$PWD/target}"
export CARGO_TARGET_DIR CARGO_INCREMENTAL=0 MATURIN_PEP517_ARGS="--profile $profile"
echo "building the Python package: several minutes the first time"
if ! "$venv/bin/pip" install --quiet "./python[test]"; then
    # Without a network there is neither maturin nor NumPy; what does not compile is a failure.
    "$venv/bin/pip" download --quiet --no-deps --dest "$venv/reach" maturin >/dev/null 2>&1 || without "pip reaches no index"
    exit 1
fi
[ "$task" = build ] && { echo "built: $venv/bin/python -c 'import sublevel'"; exit 0; }
# Keras on jax, and flax, which brings jax. PyTorch's tests run where it is installed: it is gigabytes.
"$venv/bin/pip" install --quiet keras flax >/dev/null 2>&1 || echo "sublevel: keras, flax and jax cannot be had here: their tests are skipped" >&2
exec "$venv/bin/python" -m pytest -q python/tests
