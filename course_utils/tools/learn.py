"""Work through the course in a copy of your own: `python -m course_utils.tools.learn`.

The copy lies in my_course/: the lessons without their outputs, the solutions, the glossary, the
figures. JupyterLab opens there; arguments that are not ours are handed on to it (--no-browser).
Called again after an update of the course, it adds what is new and replaces what was corrected
and you have not changed. What you have changed stays, and it says how to get the new version.
Changed means another text in a cell: outputs and execution counts do not count.
"""

import argparse
import datetime
import hashlib
import itertools
import json
import os
import sys
from pathlib import Path

import nbformat

from course_utils.tools.execute import COURSE, NOTEBOOKS

COPY = COURSE / "my_course"
RECORD = ".copied.json"  # in the copy: name of a file → fingerprint of what was copied
DAMAGED = (ValueError, KeyError, TypeError)  # what reading the cells of no notebook may raise


def originals(course: Path) -> dict[str, Path]:
    """Return name in the copy → file of the course, for all that a student works with."""
    notebooks = course / "notebooks"
    lessons = sorted(notebooks.glob("[0-9]*.ipynb"))
    others = [*notebooks.glob("solutions/[0-9]*.ipynb"), *notebooks.glob("*.md")]
    pages = {path.relative_to(notebooks).as_posix(): path for path in lessons + sorted(others)}
    return pages | {f"figures/{path.name}": path for path in sorted(course.glob("figures/*.svg"))}


def cells_of(data: bytes) -> list[tuple[str, str, list[dict]]]:
    """Return kind, text and outputs of each cell of a notebook; raise one of DAMAGED if none."""
    return [
        (cell["cell_type"], "".join(cell["source"]), cell.get("outputs", []))
        for cell in json.loads(data)["cells"]
    ]


def copied(original: Path) -> bytes:
    """Return what the copy of a file holds: lessons have no outputs, figures lie one level up."""
    data = original.read_bytes()
    if original.suffix == ".ipynb" and original.parent.name != "solutions":
        notebook = nbformat.reads(data.decode("utf-8"), as_version=4)
        notebook.metadata.pop("course", None)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        data = f"{nbformat.writes(notebook)}\n".encode()
    if original.suffix in (".ipynb", ".md"):
        data = data.replace(b"../figures/", b"figures/")
    return data


def fingerprint(name: str, data: bytes) -> str:
    """Return what changes with a file; of a notebook, with the text of its cells alone."""
    if name.endswith(".ipynb"):
        # JupyterLab adds an empty cell when the last one is run.
        texts = [(kind, text.rstrip()) for kind, text, _ in cells_of(data) if text.strip()]
        data = repr(texts).encode()
    return hashlib.sha256(data).hexdigest()[:16]


def write(target: Path, data: bytes, keep: Path | None = None) -> None:
    """Write a file whole or, when that fails, not at all; keep: where to move the one before."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    try:
        part.write_bytes(data)
        if keep is not None:
            target.rename(keep)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def read_record(copy: Path) -> dict[str, str]:
    """Return the record of a copy; without one, every file counts as changed by the student."""
    try:
        record = json.loads((copy / RECORD).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def note(copy: Path, record: dict[str, str], name: str, now: str | None) -> None:
    """Write into the record of a copy the fingerprint of a file, None where it is no more ours."""
    if record.get(name) != now:
        record[name] = now
        known = {name: value for name, value in record.items() if value}
        write(copy / RECORD, json.dumps(known, indent=1).encode())


def update_file(name: str, target: Path, data: bytes, old: str | None) -> tuple[str, bool]:
    """Update one file of a copy; return what to say, and whether it now holds the course's `data`.

    old: fingerprint of what was copied, None where that is not known.
    """
    new = fingerprint(name, data)
    stays = f"Yours stays; for the new one run this again with --fresh {name.partition('_')[0]}"
    if not target.exists():
        write(target, data)
        return "is new", True
    try:
        yours = fingerprint(name, target.read_bytes())
    except DAMAGED:
        return f"is damaged, it cannot be read as a notebook. {stays}", False
    if yours == new:
        return "", True
    if yours == old:
        write(target, data)
        return "was corrected; you had changed nothing, so it is replaced", True
    return "" if new == old else f"was corrected after yours was made. {stays}", False


def update(course: Path, copy: Path) -> list[str]:
    """Bring a copy up to date, without touching what was changed in it; return what to say."""
    first, record, said = not copy.exists(), read_record(copy), []
    files = originals(course)
    for name, original in files.items():
        data = copied(original)
        message, taken = update_file(name, copy / name, data, record.get(name))
        if taken:
            note(copy, record, name, fingerprint(name, data))
        if message and not (taken and name.startswith("figures/")):
            said.append(f"{name} {message}.")
    for name in sorted(set(record) - set(files)):
        if (copy / name).exists():
            said.append(f"{name} is no longer in the course under this name. Yours stays.")
        note(copy, record, name, None)
    if first:
        return ["Made your copy: the lessons without outputs, solutions, glossary, figures."]
    return said


def renew(course: Path, copy: Path, start: str) -> list[str]:
    """Put the course's files whose names begin with `start` in place; keep those before."""
    record, said = read_record(copy), []
    for name, original in originals(course).items():
        if name.startswith(start):
            target, data = copy / name, copied(original)
            keep = _free_name(target) if target.exists() else None
            write(target, data, keep)
            note(copy, record, name, fingerprint(name, data))
            kept = f" Yours is kept as {keep.relative_to(copy).as_posix()}." if keep else ""
            said.append(f"{name} is the course's again.{kept}")
    return said


def _free_name(path: Path) -> Path:
    """Return a name beside a file that says until when it was in use: 03_…_until_2026-11-27."""
    stem = f"{path.stem}_until_{datetime.date.today().isoformat()}"
    tries = itertools.chain([""], (f"_{count}" for count in itertools.count(2)))
    names = (path.with_name(f"{stem}{more}{path.suffix}") for more in tries)
    return next(name for name in names if not name.exists())


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when a file could not be written."""
    command = "python -m course_utils.tools.learn"
    parser = argparse.ArgumentParser(prog=command, description=__doc__, allow_abbrev=False)
    parser.add_argument("--no-open", action="store_true", help="do not open JupyterLab")
    parser.add_argument(
        "--fresh", metavar="NN", help="put the course's lesson NN in place; yours is kept beside it"
    )
    options, for_lab = parser.parse_known_args(arguments)
    if not originals(COURSE):
        parser.error(
            f"no lessons in {NOTEBOOKS}: run the line of the README, in the course's folder"
        )
    try:
        said = renew(COURSE, COPY, options.fresh) if options.fresh else []
        if options.fresh and not said:
            parser.error(f"--fresh must be a lesson, for example 03, got {options.fresh!r}")
        print(*said, *update(COURSE, COPY), f"Your copy: {COPY}", sep="\n", flush=True)
    except OSError as error:
        print(f"Stopped: {error}. What you had is as it was; run this again.", file=sys.stderr)
        return 1
    if not options.no_open:
        from jupyterlab import labapp  # its import takes seconds

        labapp.main([str(COPY), *for_lab])
    return 0


if __name__ == "__main__":
    sys.exit(main())
