"""What every saved notebook keeps to, seen without running it (nbval runs them)."""

import base64
import html
import io
import re
import urllib.parse
from itertools import pairwise

import numpy as np
import pytest
from notebook_files import (
    LESSONS,
    NOTEBOOKS,
    SOLUTIONS,
    claim_ids,
    claim_parts,
    claim_statement,
    code_cells,
    minutes,
    name_of,
    read,
)
from PIL import Image

from course_utils import plots

NBVAL_TAGS = {"nbval-ignore-output", "nbval-check-output", "nbval-raises-exception", "nbval-skip"}
SLIDE_TYPES = {"slide", "subslide", "fragment", "skip", "notes"}
MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:home|root|tmp|work|opt|Users|usr|var)/[\w./-]+|\b[A-Z]:\\\\"
)
IMAGE = re.compile(r'<img alt="([^"]+)"(?: width="\d+")? src="data:image/png;base64,([^"]+)">')
PICTURE = re.compile(r"!\[(.*?)\]\((.*?)\)", re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)]+)\)")
EMPTY_WORDS = re.compile(
    r"\b(simply|obviously|trivially|of course|TODO|FIXME|XXX)\b", re.IGNORECASE
)

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=name_of)


def markdown_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "markdown"]


def checker_cells(path):
    return [cell for cell in code_cells(path) if "exercises.check_" in cell.source]


def verdicts(path):
    """Name of the checker → what is saved of its verdict, for each checker that is called."""
    name = re.compile(r"exercises\.(check_\w+)\(")
    return {
        name.search(cell.source)[1]: "".join(o.get("text", "") for o in cell.outputs)
        for cell in checker_cells(path)
    }


def outputs(path):
    return [output for cell in code_cells(path) for output in cell.outputs]


def test_every_lesson_has_its_solutions():
    solutions = {path.name for path in NOTEBOOKS if path.parent.name == "solutions"}
    assert solutions == {path.name for path in LESSONS}
    assert LESSONS


@every_notebook
def test_executed_from_top_to_bottom_in_a_fresh_kernel(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)), "execute the notebook (CONTRIBUTING.md)"


@every_notebook
def test_no_error_and_nothing_on_stderr_is_saved(path):
    assert not [o for o in outputs(path) if o.output_type == "error"]
    assert not [o for o in outputs(path) if o.get("name") == "stderr"]


def pictures(path):
    return [
        o for o in outputs(path) if o.get("data", {}).get("text/plain", "").startswith("Figure")
    ]


@every_notebook
def test_every_picture_carries_alternative_text_and_a_real_image(path):
    for picture in pictures(path):
        alt, image = IMAGE.fullmatch(picture.data["text/html"]).groups()
        assert len(alt) > 20
        assert picture.data["text/plain"] == f"Figure: {html.unescape(alt)}"
        Image.open(io.BytesIO(base64.b64decode(image, validate=True))).load()


@every_notebook
def test_every_picture_is_stored_once(path):
    kinds = {kind for output in outputs(path) for kind in output.get("data", {})}
    assert not [kind for kind in kinds if kind.startswith("image/")]
    assert not any("<Figure" in o.get("data", {}).get("text/plain", "") for o in outputs(path))


@every_notebook
def test_the_code_would_still_draw_every_picture(path):
    for picture in pictures(path):
        drawn_by = picture.metadata.get("code")
        current = plots.fingerprint(picture.metadata.get("drawing", ""))
        assert drawn_by == current, f"execute the notebook again: {picture.data['text/plain']}"


@every_notebook
def test_pictures_in_the_text_exist_and_have_alternative_text(path):
    for cell in markdown_cells(path):
        for alt, target in PICTURE.findall(cell.source):
            assert len(alt) > 20
            assert (path.parent / target).is_file(), target


@every_notebook
def test_links_to_files_resolve(path):
    for cell in markdown_cells(path):
        for target in LINK.findall(cell.source):
            if not urllib.parse.urlparse(target).scheme:
                assert (path.parent / target.partition("#")[0]).is_file(), target


@every_notebook
def test_a_reader_is_told_what_an_output_shows(path):
    """After every output, text follows before the next heading (checkers explain themselves)."""
    cells = read(path).cells
    for i, cell in enumerate(cells):
        checker = "exercises.check_" in cell.source and path in LESSONS
        if cell.cell_type != "code" or not cell.outputs or checker:
            continue
        text = next((c.source for c in cells[i + 1 :] if c.cell_type == "markdown"), "#")
        assert not text.startswith("#"), f"nothing is said about the output of {cell.id}"


@every_notebook
def test_headings_are_in_order(path):
    text = "\n".join(cell.source for cell in markdown_cells(path))
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


@every_notebook
def test_nothing_of_a_machine_is_saved(path):
    assert not MACHINE_PATH.findall("\n".join(cell.source for cell in read(path).cells))
    for output in outputs(path):
        shown = [output.get("text", "")] + [
            value for kind, value in output.get("data", {}).items() if kind == "text/plain"
        ]
        assert not MACHINE_PATH.findall("\n".join(map(str, shown)))
    metadata = read(path).metadata
    assert "widgets" not in metadata
    assert metadata.kernelspec.name == "python3"
    assert set(metadata.language_info) == {"name"}
    assert not [cell for cell in code_cells(path) if "execution" in cell.metadata]


@every_notebook
def test_small_enough_to_open_anywhere(path):
    assert path.stat().st_size < 2_000_000


@every_notebook
def test_cells_have_unique_lasting_ids_and_known_tags(path):
    cells = read(path).cells
    assert len({cell.id for cell in cells}) == len(cells)
    tags = {tag for cell in cells for tag in cell.metadata.get("tags", [])}
    assert {tag for tag in tags if "nbval" in tag.lower()} <= NBVAL_TAGS
    ignored = [c for c in cells if "nbval-ignore-output" in c.metadata.get("tags", [])]
    assert len(ignored) <= 2


@every_notebook
def test_code_cells_are_short(path):
    for cell in code_cells(path):
        written = [line for line in cell.source.splitlines() if line.strip()]
        assert len(written) <= 25, cell.id
        assert max(map(len, written)) <= 79, cell.id
        assert written, "an empty code cell"


@every_notebook
def test_no_word_that_belittles_the_reader(path):
    for cell in markdown_cells(path):
        assert not EMPTY_WORDS.findall(cell.source), cell.id


@every_notebook
def test_claims_stand_in_cells_that_are_named_for_it(path):
    others = [cell_id for cell_id in claim_ids(path) if not cell_id.startswith("claim-")]
    assert not others, f"ids of claims begin with claim-: {others}; execute names new cells"


@every_notebook
def test_a_claim_is_one_sentence_that_is_read_once(path):
    words = [len(claim_statement(path, cell_id).split()) for cell_id in claim_ids(path)]
    assert max(words, default=0) <= 20 and np.median(words or [0]) <= 15
    for cell_id in claim_ids(path):
        assert len(claim_parts(path, cell_id)) <= 2, cell_id


@every_lesson
def test_lesson_has_the_parts_that_the_syllabus_asks_for(path):
    text = "\n".join(cell.source for cell in markdown_cells(path))
    for part in ("Predict", "Often said", "mistakes", "loss scales", "References", "Answer"):
        assert part in text, part
    assert len(checker_cells(path)) >= 3
    assert 8 <= len(claim_ids(path)) <= 14
    assert len(re.findall(r"^### Exercise \d+ \([●○]{3}, \d+ minutes\)", text, re.MULTILINE)) >= 3


@every_lesson
def test_the_cell_after_a_prediction_does_not_give_it_away(path):
    """It computes or prints numbers; a claim's sentence and alternative text come later."""
    cells = read(path).cells
    for i, cell in enumerate(cells):
        if cell.cell_type == "markdown" and "**Predict" in cell.source:
            code = next(c for c in cells[i + 1 :] if c.cell_type == "code")
            assert not re.search(r"\b(claim|show)\(", code.source), f"{cell.id}: {code.id}"


@every_lesson
def test_lesson_can_be_presented(path):
    types = [cell.metadata.get("slideshow", {}).get("slide_type") for cell in read(path).cells]
    assert set(types) <= SLIDE_TYPES
    assert types[0] == "slide"
    assert types.count("slide") >= 8


@every_lesson
def test_the_minutes_on_the_title_page_are_true(path):
    title, counted = read(path).cells[0].source, minutes(path)
    said = {
        "read": re.search(r"At home (\d+) minutes to read", title)[1],
        "further": (re.findall(r"(\d+) more for the parts called Further", title) or [0])[0],
        "exercises": re.search(r"and (\d+) for the exercises\.", title)[1],
    }
    assert {part: int(number) for part, number in said.items()} == pytest.approx(counted, abs=2)
    assert counted["read"] + counted["exercises"] <= 120


@every_lesson
def test_exercises_are_left_to_the_student(path):
    printed = [o.text for cell in checker_cells(path) for o in cell.outputs]
    assert printed and all(text.startswith("○ Not attempted yet") for text in printed)


@pytest.mark.parametrize("path", SOLUTIONS, ids=name_of)
def test_every_solution_passes_its_checker(path):
    lesson = next(lesson for lesson in LESSONS if lesson.name == path.name)
    solved = verdicts(path)
    assert not set(verdicts(lesson)) - set(solved), "exercises without a solution"
    assert not {n: told for n, told in solved.items() if not told.startswith("✓ Right")}
