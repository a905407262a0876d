"""The marking of a class: what counts, what does not, and what stops nobody else."""

import csv
import shutil

import nbformat
import pytest
from notebook_files import LESSONS, read

from course_utils import exercises
from course_utils.tools import collect

pytestmark = pytest.mark.slow

FIRST = LESSONS[0]
RIGHT = """
def reconstruction_loss(x_hat, x):
    return (x_hat - x).square().sum(1).mean()
"""


def hand_in(path, *answers):
    """Write lesson 01 with these sources in its exercises' cells, the first ones.

    Wherever it stands whether they are right, it says so.
    """
    notebook = nbformat.from_dict(read(FIRST))
    stubs = [cell for cell in notebook.cells if cell.id.endswith("-stub")]
    for stub, answer in zip(stubs, answers):
        stub.source = answer
    for cell in notebook.cells:
        if cell.id.endswith("-check"):
            cell.source = "print('✓ Right')"
            cell.outputs = [nbformat.v4.new_output("stream", text="✓ Right: so it is\n")]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def marks_of(path, *answers, seconds=60):
    """The marks of the first exercises, and the remarks."""
    row = collect.mark(hand_in(path, *answers), LESSONS, seconds)
    return list(row["marks"].values())[: len(answers)], " ".join(row["remarks"])


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.name[:2])
def test_every_exercise_of_a_lesson_is_found_with_its_checker(lesson):
    found = collect.exercises_of(lesson)
    stubs = [cell.id for cell in read(lesson).cells if cell.id.endswith("-stub")]
    assert [exercise["id"] for exercise in found] == stubs
    assert all(exercise["checker"] in exercises.__all__ for exercise in found)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.name[:2])
def test_a_lesson_is_known_whatever_its_file_is_called(lesson, tmp_path):
    shutil.copy(lesson, tmp_path / "renamed.ipynb")
    sources = collect.sources_of(tmp_path / "renamed.ipynb")
    assert collect.lesson_of(sources, LESSONS) == lesson


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.name[:2])
def test_the_solutions_of_a_lesson_pass(lesson, monkeypatch):
    """The answers, found by the function's name, with the lesson's imports and nothing else."""
    monkeypatch.setattr(exercises.checking, "print", print, raising=False)  # put back behind it
    solutions = read(lesson.parent / "solutions" / lesson.name)
    answers = [cell.source for cell in solutions.cells if "exercises.check_" in cell.source]
    found = collect.exercises_of(lesson)
    for exercise in found:
        (answer,) = (a for a in answers if f"def {exercise['function']}(" in a)
        exercise["source"] = answer.split("\n\n\nexercises.")[0]
    namespace = {}
    for source in collect.imports_of(lesson):
        exec(source, namespace)
    verdicts = list(collect.verdicts(found, namespace))
    assert all(verdict.startswith("✓") for verdict in verdicts), verdicts
    assert len(verdicts) == len(found) > 0


def test_right_wrong_and_open_are_told_apart_whatever_the_outputs_handed_in_say(tmp_path):
    wrong = "def pca_reconstruct(x, k):\n    return x"
    row = collect.mark(hand_in(tmp_path / "a.ipynb", RIGHT, wrong), LESSONS, 60)
    assert list(row["marks"].values()) == ["passed", "wrong", "open", "open", "open"]
    assert not row["remarks"]


def test_a_verdict_that_the_student_prints_does_not_pass(tmp_path):
    marks, _ = marks_of(
        tmp_path / "a.ipynb",
        "print('✓ Right')",
        "def pca_reconstruct(x, k):\n    print('✓ Right')\n    return 0 * x",
        "exercises.check_component_variances = lambda answer: print('✓ Right')",
        "def bottleneck_size(sizes):\n    from course_utils.exercises import checking\n"
        "    checking.print('✓ Right')\n    return 1, 2",
    )
    assert set(marks) == {"wrong"}


def test_an_answer_that_hangs_or_ends_its_process_is_said_and_the_next_is_marked(tmp_path):
    marks, remarks = marks_of(
        tmp_path / "a.ipynb",
        "while True:\n    pass",
        "def pca_reconstruct(x, k):\n    import os\n    os._exit(3)",
        "def component_variances(x, columns):\n    return x",
        seconds=3,
    )
    assert marks == ["stopped after 3 s", "its process ended", "wrong"]
    assert "exercise-loss-stub: stopped after 3 s" in remarks


# One submission with something odd in each cell: its marks and remarks

THREAD = "import threading\nthreading.Thread(target=threading.Event().wait).start()\n"
HOME = f"import os\nassert os.path.expanduser('~') != {str(collect.Path.home())!r}\n"
DELETE = "import os\nfor name in os.listdir('.'):\n    os.remove(name)\n"


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    cells = [
        THREAD + RIGHT,
        HOME + "def pca_reconstruct(x, k):\n    return x",
        "%pip install numpy\n",
        "def bottleneck_size(sizes):\n    return my_helper(sizes)",
        DELETE,
    ]
    return marks_of(tmp_path_factory.mktemp("odd") / "a.ipynb", *cells)


def test_a_thread_that_is_left_behind_holds_nothing_up(odd):
    assert odd[0][0] == "passed"


def test_the_home_of_the_marker_is_not_the_student_s(odd):
    assert odd[0][1] == "wrong"
    assert "AssertionError" not in odd[1]


def test_a_cell_that_is_no_python_is_remarked(odd):
    assert odd[0][2] == "wrong"
    assert "SyntaxError" in odd[1]


def test_a_name_from_elsewhere_in_the_notebook_is_remarked(odd):
    assert odd[0][3] == "wrong"
    assert "my_helper" in odd[1]


def test_a_submission_that_deletes_its_folder_is_said(odd):
    assert "deleted the files of its folder" in odd[1]


def test_a_notebook_whose_cells_have_lost_their_ids_is_said(tmp_path):
    path = hand_in(tmp_path / "a.ipynb", RIGHT)
    old = nbformat.read(path, as_version=4)
    old.nbformat_minor = 4
    for cell in old.cells:
        del cell["id"]
    path.write_text(nbformat.v4.writes(old), encoding="utf-8")
    assert "ids lost" in collect.mark(path, LESSONS, 60)["remarks"][0]


def test_what_is_no_notebook_stops_nobody_else(tmp_path, capsys):
    hand_in(tmp_path / "ada" / FIRST.name, RIGHT)
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "01.ipynb").write_bytes(b"\x89PNG")
    (tmp_path / "cy.ipynb").write_text('{"cells": 3}', encoding="utf-8")
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "eve.ipynb")
    shutil.copytree(tmp_path / "ada", tmp_path / "ada" / ".ipynb_checkpoints")
    assert collect.main([str(tmp_path)]) == 0
    with (tmp_path / "marks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["student"], row["passed"], row["of"]) for row in rows] == [
        ("ada", "1", "5"), ("bob", "0", "0"), ("cy", "0", "0"), ("eve", "0", "0"),
    ]  # fmt: skip
    assert ["no notebook" in row["remarks"] for row in rows] == [False, True, True, False]
    assert "ada" in capsys.readouterr().out


def test_an_empty_folder_is_said(tmp_path, capsys):
    assert collect.main([str(tmp_path)]) == 1
    assert "no notebooks" in capsys.readouterr().out
