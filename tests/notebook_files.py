"""What the tests know about the notebooks: where they are, and how to read and run their cells."""

import ast
import re
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


def notebook_at(path: Path, *cells) -> Path:
    """Write a notebook of these cells."""
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return path


def code_cells(path: Path) -> list:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def claim_ids(path: Path) -> list[str]:
    return [
        cell.id for cell in code_cells(path) if "claim(" in cell.source.replace("def claim(", "")
    ]


def minutes(path: Path) -> dict[str, float]:
    """How long a lesson takes at home: to read, to read what is called Further, for the exercises.

    Read: 200 words a minute, a minute for each displayed formula and each picture. Exercises: the
    minutes in their headings.
    """
    found, further = {"read": 0.0, "further": 0.0, "exercises": 0.0}, {2: False, 3: False}
    for cell in read(path).cells:
        text = cell.source if cell.cell_type == "markdown" else ""
        if heading := re.match(r"(###?) (.*)", text):
            level = len(heading[1])
            further |= {3: False, level: "Further" in heading[2]}
        if exercise := re.match(r"### Exercise .*, (\d+) minutes\)", text):
            found["exercises"] += int(exercise[1])
        words, formulas = re.subn(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
        shown = [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", [])]
        pictures = text.count("![") + sum("<img" in html for html in shown)
        part = "further" if any(further.values()) else "read"
        found[part] += len(words.split()) / 200 + formulas + pictures
    return found


def run_cells(path: Path, ids: list[str], namespace: dict) -> dict:
    """Execute the named cells of a notebook, one after the other, in a namespace."""
    sources = {cell.id: cell.source for cell in code_cells(path)}
    for cell_id in ids:
        exec(compile(sources[cell_id], f"{name_of(path)}:{cell_id}", "exec"), namespace)
    return namespace


def claim_parts(path: Path, cell_id: str) -> list[str]:
    """The conditions that have to hold together for the claim of a cell, each as source text."""
    (source,) = (cell.source for cell in code_cells(path) if cell.id == cell_id)
    return conditions(source)


def claim_statement(path: Path, cell_id: str) -> str:
    """The sentence of the claim of a cell, without what an f-string puts in."""
    (source,) = (cell.source for cell in code_cells(path) if cell.id == cell_id)
    words = ast.walk(_claim_call(ast.parse(source).body).args[0])
    return "".join(node.value for node in words if isinstance(getattr(node, "value", 0), str))


def _claim_call(steps: list[ast.stmt]) -> ast.Call:
    (call,) = (step.value for step in steps if ast.unparse(step).startswith("claim("))
    return call


def conditions(source: str) -> list[str]:
    """The conditions of the one claim(statement, holds, …) in a source text."""
    steps = ast.parse(source).body
    call = _claim_call(steps)
    named = {ast.unparse(s.targets[0]): s.value for s in steps if isinstance(s, ast.Assign)}
    holds = call.args[1]
    return [ast.unparse(part) for part in _parts(named.get(ast.unparse(holds), holds))]


def _parts(holds: ast.expr) -> list[ast.expr]:
    """a and b → a, b; a < b < c → a < b, b < c; all(a and b for …) → all(a for …), all(b for …)."""
    match holds:
        case ast.BoolOp(op=ast.And(), values=values):
            return [part for value in values for part in _parts(value)]
        case ast.Compare(left=first, ops=signs, comparators=others):
            pairs = zip([first, *others], signs, others)
            return [ast.Compare(left, [sign], [right]) for left, sign, right in pairs]
        case ast.Call(func=ast.Name("bool"), args=[inside]):
            return _parts(inside)
        case ast.Call(func=ast.Name("all"), args=[ast.GeneratorExp(elt=inside, generators=over)]):
            each = [ast.GeneratorExp(part, over) for part in _parts(inside)]
            return [ast.Call(holds.func, [generator], []) for generator in each]
    return [holds]
