"""The instructor's desk agrees with the lessons: plans, cells, predictions, questions."""

import re

import pytest
from notebook_files import LESSONS, ROOT, read

DESK = ROOT / "notebooks" / "instructors"
PARTS = (
    "Aims", "Plan", "Run live", "Predictions", "Where students stumble", "To open the next hour",
    "Exam",
)  # fmt: skip
LINES = ("Ask", "The room says", "Answer", "When late")
ROW = re.compile(r"^\| (\d+) \| (.+?) \| `(.+?)` \| (.+) \|$", re.MULTILINE)
HEADING = re.compile(r"^## (\d+) ")

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name[:2])


def page(path) -> str:
    return (DESK / f"{path.stem}.md").read_text(encoding="utf-8")


def part(path, heading: str) -> str:
    """A part of a page, from its heading to the next."""
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page(path), re.MULTILINE | re.DOTALL)[1]


def slides(path) -> list[dict]:
    """The slides of a lesson: first cell, section, and a weight for how long one takes.

    Words, a minute of talk for each prediction (as 100 words) and what it takes to look (60).
    """
    found, section = [], "title"
    for cell in read(path).cells:
        heading = HEADING.match(cell.source) if cell.cell_type == "markdown" else None
        section = heading[1] if heading else section
        kind = cell.metadata.slideshow.slide_type
        if kind in ("skip", "notes"):
            continue
        if kind in ("slide", "subslide"):
            found.append({"cell": cell.id, "section": section, "weight": 60})
        hidden = cell.id.startswith("claim-") or "slides-hide-input" in cell.metadata.get(
            "tags", []
        )
        if not (hidden and cell.cell_type == "code"):
            found[-1]["weight"] += len(cell.source.split()) + 100 * cell.source.count("**Predict")
    return found


def rows(path) -> list[dict]:
    """The rows of a plan, with the slides from each row's cell to the next row's."""
    found = ROW.findall(part(path, "Plan"))
    shown = slides(path)
    order = [slide["cell"] for slide in shown]
    starts = [order.index(cell) for _, _, cell, _ in found if cell in order]
    assert len(starts) == len(found), "a row begins at a cell that begins no slide"
    assert starts == sorted(set(starts)), "rows are not in the order of the slides"
    assert starts[0] == 0, "the first row does not begin at the title"
    return [
        {"minutes": int(minutes), "sections": sections.split(", "), "slides": shown[first:last]}
        for (minutes, sections, _, _), first, last in zip(found, starts, [*starts[1:], None])
    ]


def predictions(path) -> dict[str, str]:
    """The entries of a page, by cell."""
    entries = re.split(r"^### (\S+)\n", part(path, "Predictions"), flags=re.MULTILINE)[1:]
    return dict(zip(entries[::2], entries[1::2]))


def folded(path, heading: str) -> list[tuple[str, str]]:
    """Summary and content of what is folded in a part."""
    text = part(path, heading)
    return re.findall(r"<summary>(.*?)</summary>\n\n(.*?)\n\n</details>", text, re.DOTALL)


def test_every_lesson_has_a_page_and_no_page_lacks_its_lesson():
    pages = {path.stem for path in DESK.glob("[0-9]*.md")}
    assert pages == {path.stem for path in LESSONS}


@every_lesson
def test_a_page_has_all_parts_and_the_title_of_its_lesson(path):
    assert page(path).splitlines()[0] == read(path).cells[0].source.splitlines()[0]
    for heading in PARTS:
        assert len(part(path, heading).strip()) > 100, heading


@every_lesson
def test_a_plan_fills_45_minutes_in_rows_of_at_most_five(path):
    minutes = [row["minutes"] for row in rows(path)]
    assert sum(minutes) == 45
    assert max(minutes) <= 5


@every_lesson
def test_a_plan_names_the_sections_whose_slides_it_shows(path):
    """So that every core section is in a row, and no section is that is left out of the slides."""
    for row in rows(path):
        shown = list(dict.fromkeys(slide["section"] for slide in row["slides"]))
        assert row["sections"] == shown, row["slides"][0]["cell"]


@every_lesson
def test_a_row_takes_about_its_share_of_the_hour(path):
    """Between a half and twice what words and predictions of its slides make of 45 minutes."""
    whole = sum(slide["weight"] for slide in slides(path))
    for row in rows(path):
        share = 45 * sum(slide["weight"] for slide in row["slides"]) / whole
        assert share / 2 <= row["minutes"] <= 2 * share, (row["slides"][0]["cell"], share)


@every_lesson
def test_cells_to_run_live_are_code_cells(path):
    code = {cell.id for cell in read(path).cells if cell.cell_type == "code"}
    named = re.findall(r"^\| `(.+?)` \|", part(path, "Run live"), re.MULTILINE)
    assert named
    assert set(named) <= code


@every_lesson
def test_every_prediction_has_an_entry_and_no_entry_lacks_its_cell(path):
    asked = [
        cell.id
        for cell in read(path).cells
        if cell.cell_type == "markdown" and "**Predict" in cell.source
    ]
    assert list(predictions(path)) == asked


@every_lesson
def test_an_entry_has_its_four_lines_in_order(path):
    for cell, text in predictions(path).items():
        lines = [line for line in text.splitlines() if line]
        assert [line.partition(": ")[0] for line in lines] == list(LINES), cell
        assert all(len(line.partition(": ")[2]) > 5 for line in lines), cell


@every_lesson
def test_three_questions_open_the_next_hour_and_three_are_for_the_exam(path):
    for heading, summary in (("To open the next hour", r"Answer"), ("Exam", r"Answer, \d+ marks")):
        answers = folded(path, heading)
        assert len(answers) >= 3, heading
        assert all(re.fullmatch(summary, title) for title, _ in answers), heading
        assert all(len(answer) > 20 for _, answer in answers), heading


@pytest.mark.parametrize("name", ["README.md", *(f"{path.stem}.md" for path in LESSONS)])
def test_links_of_the_desk_resolve(name):
    text = (DESK / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\S*\)", text):
        assert target.startswith("http") or (DESK / target).exists(), target


def test_the_plans_of_eight_weeks_and_of_part_two_have_a_lesson_a_week():
    text = (DESK / "README.md").read_text(encoding="utf-8")
    plan = text.partition("### Eight weeks")[2].partition("### A project")[0]
    weeks = re.findall(r"^\| (\d+) \| (\d\d) \|", plan, re.MULTILINE)
    assert weeks == [(str(int(path.name[:2])), path.name[:2]) for path in LESSONS]


def test_the_plan_of_one_lecture_fills_ninety_minutes():
    text = (DESK / "README.md").read_text(encoding="utf-8")
    plan = re.search(r"^### One lecture\n(.*?)^###", text, re.MULTILINE | re.DOTALL)[1]
    assert sum(map(int, re.findall(r"^\| (\d+) \|", plan, re.MULTILINE))) == 90
