"""Mark what a class handed in: `python -m course_utils.tools.collect FOLDER`.

Of each notebook below FOLDER only the cells of the exercises are taken, by their ids, and run with
the checkers of this copy of the course, in a process of its own: in an empty folder, without the
rest of the notebook, for at most --seconds. Outputs that were handed in are not read. A table is
printed and written (--table). A submission that hangs, ends its process, changes the files of its
folder or is no notebook is said, and the others are marked all the same.

This is no sandbox: the code of the submissions can read and write what you can.
"""

import argparse
import csv
import json
import os
import queue
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat

from course_utils.tools.execute import COURSE, NOTEBOOKS

MARKS = {"✓": "passed", "✗": "wrong", "○": "open"}
CHILD = "--child"  # how the process for a submission is told apart
READY = "ready"  # its first line, behind the imports: the time for the exercises begins
START = 300  # seconds that the imports may take
STOPPED = "✗ the cell stopped with"
LARGEST = 50_000_000  # bytes of a notebook that is opened at all


def exercises_of(lesson: Path) -> list[dict]:
    """List the exercises of a lesson: id of the student's cell, name of function and checker."""
    found = []
    for cell_id, source in _cells(lesson).items():
        call = re.fullmatch(r"exercises\.(\w+)\((\w+)\)", source.strip())
        if call and cell_id.endswith("-check"):
            stub = cell_id.removesuffix("-check") + "-stub"
            found.append({"id": stub, "checker": call[1], "function": call[2]})
    return found


def imports_of(lesson: Path) -> list[str]:
    """Return the cells with which a lesson begins, its imports."""
    return [source for name, source in _cells(lesson).items() if name.startswith("imports")]


@cache
def _cells(lesson: Path) -> dict[str, str]:
    return {cell.id: cell.source for cell in nbformat.read(lesson, as_version=4).cells}


def sources_of(submission: Path) -> dict[str, str]:
    """Read a submission: the code of its cells by their ids; ValueError where it is no notebook."""
    try:
        if submission.stat().st_size > LARGEST:
            raise ValueError("too large")
        cells = nbformat.read(submission, as_version=4).cells
        return {cell.get("id", ""): cell.source for cell in cells if cell.cell_type == "code"}
    except Exception as error:  # whatever was handed in under this name
        raise ValueError(f"no notebook that can be read ({type(error).__name__})") from None


def lesson_of(sources: dict[str, str], lessons: list[Path]) -> Path:
    """Return the lesson that shares most cells with a submission, whatever its file is called."""
    lesson = max(lessons, key=lambda lesson: len(sources.keys() & _cells(lesson).keys()))
    if not sources.keys() & {exercise["id"] for exercise in exercises_of(lesson)}:
        raise ValueError("none of its cells is an exercise of the course (ids lost?)")
    return lesson


def mark(submission: Path, lessons: list[Path], seconds: float) -> dict:
    """Mark one notebook: its lesson, {exercise: passed, wrong, open, …}, and what to look at."""
    row = {"lesson": "", "marks": {}, "remarks": []}
    try:
        sources = sources_of(submission)
        lesson = lesson_of(sources, lessons)
    except ValueError as error:
        return row | {"remarks": [str(error)]}
    row["lesson"] = lesson.stem[:2]
    exercises = exercises_of(lesson)
    row["marks"] = dict.fromkeys((exercise["id"] for exercise in exercises), "missing")
    left = [e | {"source": sources[e["id"]]} for e in exercises if e["id"] in sources]
    while left:  # a process that ends early is begun again behind the cell that ended it
        verdicts, end = _run(imports_of(lesson), left, seconds, row["remarks"])
        for exercise, verdict in zip(left, verdicts, strict=False):
            row["marks"][exercise["id"]] = MARKS.get(verdict[:1], "wrong")
            if "NameError" in verdict or verdict.startswith(STOPPED):
                row["remarks"].append(f"{exercise['id']}: {verdict[:200]}")
        left = left[len(verdicts) :]
        if left:
            row["marks"][left[0]["id"]] = end
            row["remarks"].append(f"{left[0]['id']}: {end}")
            left = left[1:]
    return row


def _run(imports, exercises, seconds, remarks) -> tuple[list[str], str]:
    """Run exercises in a process of their own; return the verdicts it came to, and how it ended."""
    secret = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        kept = Path(folder, "work", "kept.txt")
        kept.parent.mkdir()
        kept.write_text(secret, encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "course_utils.tools.collect", CHILD],
            cwd=kept.parent,
            env=_environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        task = {"secret": secret, "imports": imports, "exercises": exercises}
        with process.stdin as channel:
            channel.write(json.dumps(task).encode())
        verdicts, end = _listen(process, secret, len(exercises), seconds)
        if not kept.is_file() or kept.read_text("utf-8", "replace") != secret:
            remarks.append("changed or deleted the files of its folder")
    return verdicts, end


def _listen(process, secret, count, seconds) -> tuple[list[str], str]:
    """Collect the lines with the secret until there are enough or time is up; end the process."""
    lines, verdicts, end = queue.SimpleQueue(), [], ""
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    deadline = time.monotonic() + START
    while len(verdicts) < count and not end:
        try:
            line = lines.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            end = f"stopped after {seconds:g} s"
            continue
        if not line:
            end = "its process ended"
        elif line.strip() == secret + READY:
            deadline = time.monotonic() + seconds
        elif line.startswith(secret):
            verdicts.append(line.removeprefix(secret).strip())
    _stop(process)
    process.wait()
    reader.join(timeout=5)
    if not reader.is_alive():  # else a process that the submission has started holds the pipe
        process.stdout.close()
    return verdicts, end


def _read(stream, lines: queue.SimpleQueue) -> None:
    """Hand on the lines of a stream, and an empty one at its end."""
    for line in stream:
        lines.put(line.decode("utf-8", "replace"))
    lines.put("")


def _environment(folder: str) -> dict[str, str]:
    """Return what a process needs; nothing else of the marker's, and a home that is thrown away."""
    kept = ("PATH", "SYSTEMROOT", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
    passed = {name: os.environ[name] for name in kept if name in os.environ}
    homes = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), folder)
    one = {"OMP_NUM_THREADS": "1", "MPLCONFIGDIR": _fonts().name, "PYTHONUTF8": "1"}
    return passed | homes | one | {"PYTHONPATH": str(COURSE)}


@cache
def _fonts() -> tempfile.TemporaryDirectory:
    """A folder for matplotlib's list of fonts: written once, not for each submission."""
    return tempfile.TemporaryDirectory()


def _stop(process: subprocess.Popen) -> None:
    """End a process and all that it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (AttributeError, ProcessLookupError, PermissionError):  # Windows; or it has ended
        process.kill()


def _child() -> None:
    """Read exercises from standard input, run them, write a line with the secret for each."""
    task = json.loads(sys.stdin.buffer.read())
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)  # what a submission prints goes here
    namespace = {"__name__": "__main__"}
    for source in task["imports"]:
        exec(source, namespace)
    print(task["secret"] + READY, file=channel, flush=True)
    for verdict in verdicts(task["exercises"], namespace):
        print(task["secret"] + verdict, file=channel, flush=True)


def verdicts(exercises: list[dict], namespace: dict) -> Iterator[str]:
    """Run the cells of exercises in a namespace, in this process; yield a line on each."""
    from course_utils import exercises as course  # its import takes seconds

    said = []
    # A checker's one message: what the student prints is not in it.
    course.checking.print = said.append
    checkers = vars(course).copy()
    for exercise in exercises:
        try:
            exec(exercise["source"], namespace)
            said.clear()
            checkers[exercise["checker"]](namespace.get(exercise["function"]))
            verdict = said[-1]
        except BaseException as error:  # in the cell itself, outside of the function
            verdict = f"{STOPPED} {type(error).__name__}: {error}"
        yield " ".join(verdict.split())


def table(rows: list[dict]) -> list[list[str]]:
    """Return the table: a line for each submission, exercises in the order of the lesson."""
    most = max((len(row["marks"]) for row in rows), default=0)
    head = ["student", "submission", "lesson", "passed", "of"]
    lines = [[*head, *(f"exercise {i + 1}" for i in range(most)), "remarks"]]
    for row in rows:
        marks = list(row["marks"].values())
        passed = str(marks.count("passed"))
        filled = marks + [""] * (most - len(marks))
        first = [row["student"], row["submission"], row["lesson"], passed, str(len(marks))]
        lines.append([*first, *filled, "; ".join(row["remarks"])])
    return lines


def student_of(name: Path) -> str:
    """Return the folder in which a submission lies, or, without one, the name of its file."""
    return name.parts[0] if len(name.parts) > 1 else name.stem


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when there is nothing to mark."""
    command = "python -m course_utils.tools.collect"
    parser = argparse.ArgumentParser(prog=command, description=__doc__)
    parser.add_argument("folder", type=Path, help="submissions: FOLDER/STUDENT/… or FOLDER/….ipynb")
    parser.add_argument("--seconds", type=float, default=60, help="limit for a notebook (60)")
    parser.add_argument("--table", type=Path, help="where to write it (default: FOLDER/marks.csv)")
    options = parser.parse_args(arguments)
    submissions = sorted(options.folder.rglob("*.ipynb"))
    submissions = [path for path in submissions if ".ipynb_checkpoints" not in path.parts]
    if not submissions:
        print(f"no notebooks below {options.folder}")
        return 1
    lessons, rows = sorted(NOTEBOOKS.glob("[0-9]*.ipynb")), []
    for path in submissions:
        name = path.relative_to(options.folder)
        start = time.perf_counter()
        row = mark(path, lessons, options.seconds)
        rows.append({"student": student_of(name), "submission": name.as_posix(), **row})
        *first, remarks = table(rows[-1:])[1]
        print(*first, f"({time.perf_counter() - start:.0f} s)", remarks, flush=True)
    target = options.table or options.folder / "marks.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table(rows))
    print("written:", target)
    return 0


if __name__ == "__main__":
    sys.exit(_child() if sys.argv[1:] == [CHILD] else main())
