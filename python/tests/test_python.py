"""The oldest Python that the package is for."""

import ast
import pathlib
import re

import pytest

PACKAGE = pathlib.Path(__file__).parents[1] / "sublevel"
OLDEST = (3, 9)


def test_the_oldest_python_reads_the_package():
    stated = re.search(r'requires-python = ">=(\d+)\.(\d+)"', (PACKAGE.parent / "pyproject.toml").read_text())
    assert tuple(map(int, stated.groups())) == OLDEST
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi")]
    assert len(files) > 10
    for file in files:
        ast.parse(file.read_text(), file.name, feature_version=OLDEST)


def test_what_it_does_not_read_is_seen():
    with pytest.raises(SyntaxError):
        ast.parse("match x:\n    case 1: pass", feature_version=OLDEST)
