"""A student's copy: no outputs, nothing is ever lost, updates arrive; exercises passed."""

import errno
import re

import pytest
from nbformat import v4
from notebook_files import LESSONS, ROOT

from course_utils.tools import execute, learn, progress

PASSED, CLAIMED = "✓ Right: summed over features.\n", "✓ A claim that holds [≈ 1]\n"
LESSON = "01_first.ipynb"


def printed(*lines):
    return [v4.new_output("stream", text=line) for line in lines]


def save(path, *cells, **metadata):
    path.parent.mkdir(parents=True, exist_ok=True)
    execute.nbformat.write(v4.new_notebook(cells=list(cells), metadata=metadata), path)


def lesson(path, text="# 01 First", answer="...", says="○ Not attempted yet", check="check_a"):
    save(
        path,
        v4.new_markdown_cell(f"{text}\n\n![a picture](../figures/a.svg)", id="title"),
        v4.new_markdown_cell("### Exercise 1 (●○○, 5 minutes): a loss", id="ask"),
        v4.new_code_cell(answer, id="stub"),
        v4.new_code_cell(f"exercises.{check}(f)", id="check", outputs=printed(says)),
        course={"code": "12345678"},
    )


@pytest.fixture
def course(tmp_path):
    """A course of one lesson, its solution, a glossary and a figure."""
    lesson(tmp_path / "notebooks" / LESSON)
    picture = v4.new_markdown_cell("![](../../figures/a.svg) [it](../01_first.ipynb)")
    save(tmp_path / "notebooks/solutions" / LESSON, picture)
    (tmp_path / "notebooks/glossary.md").write_text("![](../figures/a.svg)", encoding="utf-8")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/a.svg").write_text("<svg/>", encoding="utf-8")
    return tmp_path


@pytest.fixture
def copy(course):
    learn.update(course, course / "my_course")
    return course / "my_course"


def correct(course):
    """The course corrects its lesson."""
    lesson(course / "notebooks" / LESSON, text="# 01 First, corrected")


def run_in(path, change=lambda cells: None):
    """What a student's JupyterLab saves: outputs, counts, metadata, an empty cell; a change."""
    notebook = execute.nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata["collapsed"] = False
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = 7, printed("mine\n")
    change(notebook.cells)
    notebook.cells.append(v4.new_code_cell(""))
    notebook.metadata["language_info"] = {"name": "python", "version": "3.13"}
    execute.nbformat.write(notebook, path)
    return path.read_bytes()


def answered(cells):
    cells[2].source = "return 1"


# The copy


def test_the_copy_of_a_lesson_has_no_outputs_and_the_same_cells(course, copy):
    before, after = ((x / LESSON).read_bytes() for x in (course / "notebooks", copy))
    assert b"Not attempted" in before and b"Not attempted" not in after
    cells = execute.nbformat.reads(after.decode("utf-8"), as_version=4).cells
    assert [cell.id for cell in cells] == ["title", "ask", "stub", "check"]
    assert all(cell.get("execution_count") is None for cell in cells)
    assert b"12345678" not in after


def test_all_links_of_the_real_course_lead_somewhere_in_its_copy(tmp_path):
    learn.update(ROOT, tmp_path / "copy")
    pages = [*(tmp_path / "copy").rglob("*.ipynb"), *(tmp_path / "copy").rglob("*.md")]
    assert len(pages) > 2 * len(LESSONS)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        if page.suffix == ".ipynb":
            cells = learn.cells_of(text.encode())
            text = "\n".join(text for kind, text, _ in cells if kind == "markdown")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if not target.startswith("http"):
                assert (page.parent / target).is_file(), f"{page.name}: {target}"


def test_git_does_not_see_the_copy():
    assert "my_course/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


# Updates


def test_a_second_update_says_and_changes_nothing(course, copy):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert learn.update(course, copy) == []
    assert before == {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}


def test_what_a_student_changed_stays_through_two_corrections_and_is_said(course, copy):
    mine = run_in(copy / LESSON, answered)
    assert learn.update(course, copy) == []
    for text in ("# corrected", "# corrected again"):
        lesson(course / "notebooks" / LESSON, text=text)
        (said,) = learn.update(course, copy)
        assert said.startswith(f"{LESSON} was corrected") and said.endswith("--fresh 01.")
        assert (copy / LESSON).read_bytes() == mine


def test_a_copy_that_was_only_run_is_replaced_by_the_corrected_lesson(course, copy):
    run_in(copy / LESSON)
    correct(course)
    assert "is replaced" in learn.update(course, copy)[0]
    assert b"First, corrected" in (copy / LESSON).read_bytes()
    run_in(copy / LESSON)
    lesson(course / "notebooks" / LESSON, text="# 01 First, twice corrected")
    learn.update(course, copy)
    assert b"twice corrected" in (copy / LESSON).read_bytes()


def test_a_cell_that_a_student_added_or_removed_is_a_change(course, copy):
    correct(course)
    original = (copy / LESSON).read_bytes()
    for change in (lambda cells: cells.append(v4.new_code_cell("1")), lambda cells: cells.pop()):
        (copy / LESSON).write_bytes(original)
        mine = run_in(copy / LESSON, change)
        learn.update(course, copy)
        assert (copy / LESSON).read_bytes() == mine


def test_a_new_lesson_is_added_and_said(course, copy):
    lesson(course / "notebooks/02_second.ipynb")
    assert learn.update(course, copy) == ["02_second.ipynb is new."]
    assert (copy / "02_second.ipynb").is_file()


def test_a_lesson_with_another_name_leaves_the_old_file_and_says_so_once(course, copy):
    mine = run_in(copy / LESSON, answered)
    (course / "notebooks" / LESSON).rename(course / "notebooks/01_renamed.ipynb")
    said = learn.update(course, copy)
    assert said[0] == "01_renamed.ipynb is new."
    assert "no longer" in said[1] and LESSON in said[1]
    assert (copy / LESSON).read_bytes() == mine
    assert learn.update(course, copy) == []


def test_a_changed_glossary_stays_and_an_unchanged_one_is_replaced(course, copy):
    glossary = course / "notebooks/glossary.md"
    glossary.write_text("two", encoding="utf-8")
    learn.update(course, copy)
    assert (copy / "glossary.md").read_text(encoding="utf-8") == "two"
    (copy / "glossary.md").write_text("mine", encoding="utf-8")
    glossary.write_text("three", encoding="utf-8")
    assert "--fresh glossary.md" in learn.update(course, copy)[0]
    assert (copy / "glossary.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("record", [None, b"{broken", b"[]"])
def test_without_its_record_nothing_of_a_student_is_replaced(course, copy, record):
    (copy / learn.RECORD).unlink()
    if record:
        (copy / learn.RECORD).write_bytes(record)
    mine = run_in(copy / LESSON, answered)
    (said,) = learn.update(course, copy)
    assert "--fresh 01" in said
    assert (copy / LESSON).read_bytes() == mine


# When something goes wrong


@pytest.mark.parametrize("damaged", [b"", b"{half", b"[]", b"{}", b'{"cells": [1]}', b"\xff\xfe"])
def test_a_damaged_notebook_stays_and_is_said(course, copy, damaged):
    (copy / LESSON).write_bytes(damaged)
    correct(course)
    (said,) = learn.update(course, copy)
    assert "damaged" in said and "--fresh 01" in said
    assert (copy / LESSON).read_bytes() == damaged


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "disk full"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_the_old_files_and_the_next_call_ends_it(
    course, copy, failure, monkeypatch
):
    def half(path, data):
        with open(path, "wb") as file:
            file.write(data[: len(data) // 2])
        raise failure

    before = (copy / LESSON).read_bytes()
    correct(course)
    with monkeypatch.context() as patch, pytest.raises(type(failure)):
        patch.setattr(learn.Path, "write_bytes", half)
        learn.update(course, copy)
    assert (copy / LESSON).read_bytes() == before
    assert not list(copy.rglob("*.part"))
    assert "is replaced" in learn.update(course, copy)[0]


def test_a_stop_between_file_and_record_does_not_take_the_file_for_changed(
    course, copy, monkeypatch
):
    correct(course)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(learn, "note", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        learn.update(course, copy)
    assert learn.update(course, copy) == []
    lesson(course / "notebooks" / LESSON, text="# 01 First, twice corrected")
    assert "is replaced" in learn.update(course, copy)[0]


def test_a_full_disk_is_said_in_words(course, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(learn, "COURSE", course)
    monkeypatch.setattr(learn, "COPY", course / "my_course")
    monkeypatch.setattr(learn, "write", full)
    assert learn.main(["--no-open"]) == 1
    assert "No space left" in capsys.readouterr().err


# A fresh lesson


def test_fresh_puts_the_lesson_in_place_and_keeps_each_earlier_one(course, copy):
    mine = run_in(copy / LESSON, answered)
    correct(course)
    (said,) = learn.renew(course, copy, "01")
    kept = copy / re.search(r"kept as (\S+)\.$", said)[1]
    assert kept.read_bytes() == mine and re.search(r"_until_\d{4}-\d\d-\d\d.ipynb", kept.name)
    assert b"First, corrected" in (copy / LESSON).read_bytes()
    assert learn.update(course, copy) == []
    learn.renew(course, copy, "01")
    assert kept.read_bytes() == mine and len(list(copy.glob("01_*.ipynb"))) == 3


def test_fresh_that_fails_leaves_the_old_lesson(course, copy, monkeypatch):
    mine = run_in(copy / LESSON, answered)

    def full(*_):
        raise OSError(errno.ENOSPC, "disk full")

    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(learn.Path, "write_bytes", full)
        learn.renew(course, copy, "01")
    assert [path.read_bytes() for path in copy.glob("01_*")] == [mine]


# Exercises passed


def test_passed_exercises_are_counted_and_named_with_the_lesson(course, copy):
    lesson(course / "notebooks/02_second.ipynb", check="check_b")
    lesson(copy / LESSON, says=PASSED)
    first, one, two, _ = progress.progress(course, copy)
    assert first.endswith("as saved last: 1 of 2")
    assert one.split() == ["01_first", "1", "✓"]
    assert two.split() == ["02_second", "1", "○"]


@pytest.mark.parametrize("says", ["○ Not attempted yet", "✗ Not yet: mean", CLAIMED])
def test_only_a_checker_that_says_right_counts(course, copy, says):
    lesson(copy / LESSON, says=says)
    assert progress.progress(course, copy)[0].endswith("0 of 1")


def test_a_line_that_another_cell_printed_does_not_count(course, copy):
    save(copy / LESSON, v4.new_code_cell("print('✓ Right: me')", outputs=printed(PASSED)))
    assert progress.progress(course, copy)[0].endswith("0 of 1")


def test_what_was_passed_before_a_fresh_lesson_still_counts(course, copy):
    lesson(copy / LESSON, answer="return 1", says=PASSED)
    learn.renew(course, copy, "01")
    assert progress.progress(course, copy)[0].endswith("1 of 1")


def test_solutions_do_not_count_and_a_damaged_notebook_does_no_harm(course, copy):
    lesson(copy / "solutions" / LESSON, says=PASSED)
    (copy / LESSON).write_bytes(b"{half")
    assert progress.progress(course, copy)[0].endswith("0 of 1")


def test_every_exercise_of_the_course_is_listed_with_its_number(tmp_path):
    learn.update(ROOT, tmp_path / "copy")
    first, *lines, _ = progress.progress(ROOT, tmp_path / "copy")
    texts = [text for path in LESSONS for _, text, _ in learn.cells_of(path.read_bytes())]
    asked = sum(text.startswith("### Exercise ") for text in texts)
    assert first.endswith(f" 0 of {asked}")
    assert len(lines) == len(LESSONS)
    for line in lines:
        numbers = re.findall(r" (\d) ○", line)
        assert numbers == [str(i + 1) for i in range(len(numbers))]
