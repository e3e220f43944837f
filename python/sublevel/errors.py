"""What goes wrong. Bad input is a `ValueError`; everything else is one of these, with the sentence that the command line prints."""

from __future__ import annotations

import json
from typing import Any


class SublevelError(Exception):
    """Why there is no proof.

    Attributes: `numbers`, a dictionary, whose entries are attributes too; `result`, where something weaker was proved all the same.
    """

    def __init__(self, message: str, numbers: str = "{}") -> None:
        super().__init__(message)
        self.numbers: dict[str, Any] = json.loads(numbers) or {}
        self.result: Any = None

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["numbers"][name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}") from None


class HypothesisNotMet(SublevelError):
    """A hypothesis of the theorem is not met.

    Where theorems of ICML 2019 were tried, `reasons` is a list with `theorem`, `reason` (the sentence), and, where it is about
    numbers, `hypothesis` (its name) and `numbers`; the numbers are attributes too, such as `layer`, `width` and `samples`, each of
    the first reason that has it.
    """

    def __init__(self, message: str, numbers: str = "{}") -> None:
        super().__init__(message, numbers)
        for reason in self.numbers.get("reasons", []):
            if isinstance(reason.get("numbers"), dict):
                self.numbers = {**reason["numbers"], **self.numbers}


class InvalidCertificate(SublevelError):
    """A certificate is refused (`record`, `rule`, `reason`), or a claim is refuted."""


class Incomplete(SublevelError):
    """A question stays undecided, or a certificate stops early. `result` is what was proved all the same, if anything was."""
