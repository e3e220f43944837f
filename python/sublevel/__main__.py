"""`python -m sublevel check FILE`: proves a certificate, as `sublevel check` does; exit codes 0, 1 (invalid), 2 (bad input), 4 (incomplete)."""

from __future__ import annotations

import argparse
import sys

from . import Incomplete, InvalidCertificate, check


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sublevel")
    commands = parser.add_subparsers(dest="command", required=True)
    checks = commands.add_parser("check", help="prove a certificate's claim for every point of its path")
    checks.add_argument("file", help="the certificate (.path.jsonl, .path.jsonl.zst)")
    checks.add_argument("--limit", action="append", default=[], metavar="NAME=N", help="raise a limit on the work that it may ask for")
    parsed = parser.parse_args(arguments)
    try:
        limits = {name: int(value) for name, _, value in (limit.partition("=") for limit in parsed.limit)}
        verdict = check(parsed.file, limits=limits)
    except InvalidCertificate as error:
        return failed(error, 1)
    except ValueError as error:
        return failed(error, 2)
    except Incomplete as error:
        return failed(error, 4)
    print(f"valid       {parsed.file} ({verdict.seconds:.2f} s)")
    print(verdict)
    return 0


def failed(error: Exception, code: int) -> int:
    """Says what is wrong; the exit code."""
    print(f"error: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
