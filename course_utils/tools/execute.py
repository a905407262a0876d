"""Re-execute the notebooks: `python -m course_utils.tools.execute [--check] [notebook …]`.

Each notebook runs from a fresh kernel, top to bottom; without names, all of them in order. Outputs
are saved in place, unless a cell fails, with nothing of this machine in them (no paths, times or
widget state), and with a fingerprint of the cells that made them, by which a test sees when they
change. With --check nothing is saved; the claims and their measured numbers are printed, and
COURSE_SEED may be set to any whole number.
"""

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
COURSE = NOTEBOOKS.parent


def course_notebooks() -> list[Path]:
    """List the lessons and then their solutions, each in order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb")) + sorted(NOTEBOOKS.glob("solutions/*.ipynb"))


def fingerprint(notebook: nbformat.NotebookNode) -> str:
    """Return eight characters that change with the code of the notebook's cells."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256(repr(code).encode()).hexdigest()[:8]


def run(path: Path) -> nbformat.NotebookNode:
    """Execute one notebook from a fresh kernel and return it; errors stay in its outputs."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True, resources=resources)
    client.execute(env={**os.environ, "TQDM_DISABLE": "1"})
    return tidy(notebook)


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Remove what belongs to this run, note the fingerprint, and name new cells; return it.

    A cell written as text has its name in its metadata, `# %% id="claim-sweep"`: it becomes its id.
    """
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.course = {"code": fingerprint(notebook)}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        cell.id = cell.metadata.pop("id", cell.id)
    return notebook


def printed(notebook: nbformat.NotebookNode, name: str) -> list[str]:
    """Collect the lines that the cells wrote to a stream, "stdout" or "stderr"."""
    texts = [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == name
    ]
    return "".join(texts).splitlines()


def errors(notebook: nbformat.NotebookNode) -> list[str]:
    """Describe every error that is not asked for by the tag raises-exception."""
    return [
        f"cell {cell.id}: {output.ename}: {output.evalue}"
        for cell in notebook.cells
        if "raises-exception" not in cell.metadata.get("tags", [])
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when a notebook failed."""
    command = "python -m course_utils.tools.execute"
    parser = argparse.ArgumentParser(prog=command, description=__doc__)
    parser.add_argument("--check", action="store_true", help="run without saving the outputs")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all, in order")
    options = parser.parse_args(arguments)
    if not options.check and os.environ.get("COURSE_SEED", "0") != "0":
        parser.error("the saved notebooks hold the outputs of COURSE_SEED=0; use --check")
    failed = False
    for path in options.notebooks or course_notebooks():
        start = time.perf_counter()
        notebook = run(path)
        problems = errors(notebook)
        problems += [f"stderr: {line}" for line in printed(notebook, "stderr")]
        failed |= bool(problems)
        verdict = "FAILED" if problems else "ok"
        print(f"{path.name}: {verdict}, {time.perf_counter() - start:.0f} s", flush=True)
        if options.check:
            problems += [line for line in printed(notebook, "stdout") if line.startswith("✓")]
        print(*(f"    {line}" for line in problems), sep="\n", flush=True)
        if not (options.check or failed):
            nbformat.write(notebook, path)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
