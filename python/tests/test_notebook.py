"""The notebook runs from top to bottom."""

import pathlib
import time

import pytest

NOTEBOOK = pathlib.Path(__file__).parents[1] / "two_networks.ipynb"


def test_the_notebook_runs(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    started = time.monotonic()
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": tmp_path}}).execute()
    print(f"{time.monotonic() - started:.0f} s")
    assert (tmp_path / "a-to-b.path.jsonl.zst").exists()
