"""`python -m sublevel check FILE`: proves a certificate, as `sublevel check` does; the exit codes are those of the command line."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from . import HypothesisNotMet, Incomplete, InvalidCertificate, check

#: What a failure exits with: invalid, bad input, a hypothesis that is not met, incomplete.
CODES: dict[type[Exception], int] = {InvalidCertificate: 1, ValueError: 2, HypothesisNotMet: 3, Incomplete: 4}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sublevel")
    commands = parser.add_subparsers(dest="command", required=True)
    checks = commands.add_parser("check", help="prove a certificate's claim for every point of its path")
    checks.add_argument("file", help="the certificate (.path.jsonl, .path.jsonl.zst)")
    checks.add_argument("--limit", action="append", default=[], metavar="NAME=N", help="raise a limit on the work that it may ask for")
    parsed = parser.parse_args(arguments)
    # The library says what it expects of a limit.
    limits: Any = dict(limit.partition("=")[::2] for limit in parsed.limit)
    try:
        verdict = check(parsed.file, limits=limits)
    except tuple(CODES) as error:
        where = "" if isinstance(error, ValueError) else f"{parsed.file}: "
        print(f"error: {where}{error}", file=sys.stderr)
        return next(code for kind, code in CODES.items() if isinstance(error, kind))
    print(f"valid       {parsed.file} ({verdict.seconds:.2f} s)")
    print(verdict.text.partition("\n")[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
