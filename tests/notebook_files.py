"""What the tests know about the notebooks: where they are, and how to read and run their cells."""

from functools import cache
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))
NOTEBOOKS = LESSONS + SOLUTIONS


def name_of(path: Path) -> str:
    """The path of a notebook below notebooks/, as the tests show it."""
    return path.relative_to(ROOT / "notebooks").as_posix()


@cache
def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def claim_ids(path: Path) -> list[str]:
    return [
        cell.id for cell in code_cells(path) if "claim(" in cell.source.replace("def claim(", "")
    ]


def run_cells(path: Path, ids: list[str], namespace: dict) -> dict:
    """Execute the named cells of a notebook, one after the other, in a namespace."""
    sources = {cell.id: cell.source for cell in code_cells(path)}
    for cell_id in ids:
        exec(compile(sources[cell_id], f"{name_of(path)}:{cell_id}", "exec"), namespace)
    return namespace
