"""What goes wrong. Bad input is a `ValueError`; everything else is one of these, with the sentence that the command line prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Optional


class SublevelError(Exception):
    """Why there is no proof.

    Attributes: `numbers`, a dictionary, whose entries are attributes too; `result`, where something weaker was proved all the same.
    What a class names as an attribute is None where this refusal has no such number.
    """

    def __init__(self, message: str, numbers: str = "{}") -> None:
        super().__init__(message)
        self._know(json.loads(numbers) or {})
        self.result: Any = None

    def _know(self, numbers: dict[str, Any]) -> None:
        self.__dict__.update(numbers)
        self.numbers = numbers

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class HypothesisNotMet(SublevelError):
    """A hypothesis of the theorem is not met.

    Where theorems of ICML 2019 were tried, `reasons` is a list with `theorem`, `reason` (the sentence), and, where it is about
    numbers, `hypothesis` (its name) and `numbers`; the numbers are attributes too, such as `layer`, `width` and `samples`, each of
    the first reason that has it. Elsewhere the sentence is all there is, and `reasons` is empty.
    """

    layer: Optional[int] = None
    width: Optional[int] = None
    samples: Optional[int] = None

    def __init__(self, message: str, numbers: str = "{}") -> None:
        super().__init__(message, numbers)
        self.reasons: list[dict[str, Any]] = self.numbers.get("reasons", [])
        for reason in self.reasons:
            if isinstance(reason.get("numbers"), dict):
                self._know({**reason["numbers"], **self.numbers})


class InvalidCertificate(SublevelError):
    """A certificate is refused (`record`, `rule`, `reason`), or a claim is refuted (`witness`, `loss_at_witness`)."""

    record: Optional[int] = None
    rule: Optional[str] = None
    reason: Optional[str] = None
    witness: Optional[dict[str, float]] = None
    loss_at_witness: Optional[list[float]] = None


class Incomplete(SublevelError):
    """A question stays undecided (`maximum`: the largest loss so far, enclosed), or a certificate stops early. `result` is what was
    proved all the same, if anything was."""

    maximum: Optional[list[float]] = None
