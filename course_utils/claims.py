"""Executable statements, and tables of measured numbers.

Measured numbers are printed after the sign ≈, which tells the comparison of saved outputs
(tests/nbval_sanitize.cfg) that they may differ a little between machines. The rest must not.
"""

import html
import math
from collections.abc import Sequence

import numpy as np
import torch
from IPython.display import display

from course_utils import checks


def claim(statement: str, holds: bool, measured=None) -> None:
    """Print one line that states a claim and what was measured; raise if it does not hold.

    statement: the sentence in words. holds: the condition, one True or False (a bool of Python or
    NumPy, or a tensor holding one). measured: a number, or several in a list, tuple or dict of
    name → number, printed to three significant digits.

    Raises: AssertionError when the claim does not hold; TypeError when `holds` is not one boolean
    (a number or an array would make a claim that cannot fail); ValueError when a measured number is
    nan or infinite (0 / 0 is no evidence).
    """
    if isinstance(holds, (torch.Tensor, np.ndarray)) and holds.ndim == 0:
        holds = holds.item()
    if not isinstance(holds, (bool, np.bool_)):
        raise TypeError(f"holds must be one True or False, got {type(holds).__name__}")
    if not isinstance(statement, str) or not statement.strip() or "\n" in statement:
        raise ValueError(f"statement must be one line of words, got {statement!r}")
    line = statement if measured is None else f"{statement} [{_measured_text(measured)}]"
    if not holds:
        raise AssertionError(f"This claim does not hold: {line}")
    print(f"✓ {line}")


def table(columns: Sequence[str], rows: Sequence[Sequence]) -> None:
    """Show a table. Floating-point numbers are measured and carry the sign ≈; the rest is text.

    columns: one heading each. rows: as many cells as columns; a pair of floating-point numbers is a
    mean and its spread (≈ 12.3 ± 0.4), whole numbers and text are compared with the saved output,
    None is shown as n/a. Raises ValueError when a heading is empty, a row has another length or
    holds a number that is nan or infinite, TypeError for a heading that is no text and for a cell
    whose digits would carry no mark.
    """
    columns, rows = list(columns), [list(row) for row in rows]
    if not all(isinstance(name, str) for name in columns):
        raise TypeError(f"columns must be headings, got {columns!r}")
    if not all(name.strip() for name in columns):
        raise ValueError(f"columns must have words, each of them, got {columns!r}")
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"rows must have {len(columns)} cells each, got {len(row)}: {row!r}")
    cells = [[_cell_text(cell) for cell in row] for row in rows]
    plain = "\n".join(" | ".join(row) for row in [columns, *cells])
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in cells
    )
    marked_up = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    display({"text/html": marked_up, "text/plain": plain}, raw=True)


def _cell_text(cell) -> str:
    if cell is None:
        return "n/a"
    if isinstance(cell, torch.Tensor) and cell.dim() == 0 and not cell.is_floating_point():
        cell = cell.item()
    if isinstance(cell, tuple) and len(cell) == 2 and all(map(_is_measured, cell)):
        mean, spread = cell
        return f"{_approximately('rows', mean)} ± {_rounded(checks.number()('rows', spread), 1)}"
    if _is_measured(cell):
        return _approximately("rows", cell)
    if not isinstance(cell, (str, bool, np.bool_, int, np.integer)):
        kind = type(cell).__name__
        raise TypeError(f"rows must hold text, numbers or pairs (mean, spread), got {kind}")
    return str(cell)


def _measured_text(measured) -> str:
    if isinstance(measured, dict):
        return ", ".join(
            f"{name} {_approximately('measured', value)}" for name, value in measured.items()
        )
    if isinstance(measured, (list, tuple)):
        return ", ".join(_approximately("measured", value) for value in measured)
    return _approximately("measured", measured)


def _is_measured(value) -> bool:
    return isinstance(value, (float, np.floating, torch.Tensor))


def _approximately(name: str, value) -> str:
    """Write a number as ≈ and three significant digits, with thousands in full: ≈ 1230."""
    return f"≈ {_rounded(checks.number()(name, value), 3)}"


def _rounded(value: float, significant: int) -> str:
    """Write a number with that many significant digits, with thousands in full: 1230."""
    if value == 0:
        return "0"
    value = float(f"{value:.{significant - 1}e}")
    digits = significant - 1 - math.floor(math.log10(abs(value)))
    if not -4 <= digits <= 6:
        return f"{value:.{significant - 1}e}"
    return f"{round(value, digits):.{max(digits, 0)}f}"
