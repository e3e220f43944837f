"""Progress of what takes more than a second: by tqdm where it is installed, else not at all; or by a function of yours."""

from __future__ import annotations

import contextlib
import time
from typing import Any, Callable, Iterator, Optional

#: Seconds before anything is shown.
QUIET = 1.0


@contextlib.contextmanager
def listener(progress: Any, what: str) -> Iterator[Optional[Callable[[str], None]]]:
    """What hears of the work: `progress` itself if it is a function, nothing if it is False."""
    if callable(progress):
        yield progress
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        tqdm = None
    if not progress or tqdm is None:
        yield None
        return
    started, bar = time.monotonic(), None

    def show(message: str) -> None:
        nonlocal bar
        if bar is None and time.monotonic() - started > QUIET:
            bar = tqdm(desc=what, bar_format="{desc} [{elapsed}]", leave=False)
        if bar is not None:
            bar.set_description_str(message)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()
