"""Show which exercises you have passed, in all lessons: `python -m course_utils.tools.progress`.

Nothing is run: it reads what the checkers printed in the notebooks of your copy, my_course/, as
you saved them last. In a notebook: `%run -m course_utils.tools.progress`.
"""

import re
import sys
from pathlib import Path

from course_utils.tools.learn import COPY, COURSE, DAMAGED, cells_of, originals

EXERCISE = re.compile(r"^#+ Exercise (\d+)", re.MULTILINE)
CHECK = re.compile(r"\b(check_\w+)\(")
VERDICTS = ("✓ Right", "✗ ", "○ ")  # how the lines of a checker begin; claims print ✓, too


def exercises_in(lesson: Path) -> dict[str, str]:
    """Return checker → number of its exercise, in the order of a lesson of the course."""
    found, number = {}, ""
    for kind, text, _ in cells_of(lesson.read_bytes()):
        if kind == "code":
            found |= dict.fromkeys(CHECK.findall(text), number)
        else:
            number = (EXERCISE.findall(text) or [number])[-1]
    return found


def verdicts(notebook: Path) -> dict[str, str]:
    """Return checker → the mark ✓, ✗ or ○ that its cell printed when the notebook was saved."""
    found = {}
    for _, text, outputs in cells_of(notebook.read_bytes()):
        printed = "".join("".join(output.get("text", "")) for output in outputs)
        marks = [line[0] for line in printed.splitlines() if line.startswith(VERDICTS)]
        found |= dict(zip(CHECK.findall(text), marks, strict=False))
    return found


def best_verdicts(copy: Path) -> dict[str, str]:
    """Return checker → the best mark in any notebook of a copy, lessons kept by --fresh, too."""
    best: dict[str, str] = {}
    for path in copy.glob("*.ipynb"):
        try:
            for check, mark in verdicts(path).items():
                best[check] = min(mark, best.get(check, mark), key="✓✗○".index)
        except DAMAGED:
            continue  # `learn` reports it
    return best


def progress(course: Path, copy: Path) -> list[str]:
    """Return how many exercises are passed, and a line for each lesson: which."""
    best, lines, passed, total = best_verdicts(copy), [], 0, 0
    for name, original in originals(course).items():
        checks = exercises_in(original) if original.match("notebooks/*.ipynb") else {}
        if checks:
            marks = {number: best.get(check, "○") for check, number in checks.items()}
            shown = "  ".join(f"{number} {mark}" for number, mark in marks.items())
            lines.append(f"{name.removesuffix('.ipynb'):<36}{shown}")
            passed += list(marks.values()).count("✓")
            total += len(marks)
    first = f"Exercises passed in your notebooks, as saved last: {passed} of {total}"
    return [first, *lines, "(✓ passed, ✗ not yet, ○ not attempted)"]


def main() -> int:
    """Run the command."""
    print(*progress(COURSE, COPY), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
