#!/bin/sh
# build: prove what is in proof/, compare the kernel that is kept with a fresh extraction, and build the program proof/kernel.
# audit: check the proofs once more by Coq's independent checker, and compare what they rest on with proof/axioms.txt.
# test: as build, with Debian's packages installed first where that can be done (not if SUBLEVEL_INSTALL=0).
# What a machine lacks is skipped, and named.
set -eu
cd "$(dirname "$0")/../proof"

packages="coq ocaml ocaml-findlib libzarith-ocaml-dev libyojson-ocaml-dev"

has() {
    command -v "$1" >/dev/null 2>&1
}

install() {
    [ "${SUBLEVEL_INSTALL:-1}" = 1 ] && ! has coqc && has apt-get || return 0
    echo "proof: installing $packages (not if SUBLEVEL_INSTALL=0)"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo -n"
    apt="$as_root apt-get -o Acquire::Retries=0 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20"
    # shellcheck disable=SC2086
    { $apt update -qq && $apt install -y -qq --no-install-recommends $packages; } >/dev/null 2>&1 || true
}

build() {
    if has coqc; then
        make -s prove
        for file in kernel.ml kernel.mli; do
            cmp "build/$file" "$file" || {
                echo "proof/$file is not what Coq extracts: copy proof/build/$file there if the change of Check.v is meant" >&2
                exit 1
            }
        done
        echo "proof: proved, and the kernel is what Coq extracts"
    else
        echo "proof: skipped, no coqc (apt-get install $packages)"
    fi
    if has ocamlfind && ocamlfind query zarith yojson >/dev/null 2>&1; then
        make -s kernel
        echo "proof: built proof/kernel"
    else
        echo "proof: proof/kernel is not built, no OCaml with zarith and yojson (apt-get install $packages)"
    fi
}

audit() {
    if ! has coqchk; then
        echo "audit: skipped, no coqchk (apt-get install $packages)"
        exit 0
    fi
    make -s prove
    if grep -nE '\b(Admitted|admit|Axiom|Parameter|Conjecture)\b' ./*.v; then
        echo "audit: something is not proved" >&2
        exit 1
    fi
    coqc -q -Q . "" Audit.v >build/axioms.txt
    diff axioms.txt build/axioms.txt || {
        echo "audit: the theorems rest on something else than what proof/axioms.txt says" >&2
        exit 1
    }
    # library.txt lists the axioms of all of Coq's files that are loaded; which of them the theorems use, axioms.txt says.
    coqchk -silent -o -Q . "" Theorems Regions 2>&1 | sed -n '/^CONTEXT/,$p' >build/library.txt
    diff library.txt build/library.txt || {
        echo "audit: Coq's independent checker does not say what proof/library.txt says" >&2
        exit 1
    }
    echo "audit: checked; the theorems rest on the two axioms of Coq's real numbers"
}

case "$1" in
build | audit) "$1" ;;
test) install && build ;;
*) echo "build, audit or test" >&2 && exit 2 ;;
esac
