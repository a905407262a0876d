"""Section numbers quoted in a text are those of sections that exist."""

import re

import pytest
from notebook_files import LESSONS, ROOT, read

HEADING = re.compile(r"^#{2,} (\d+) ", re.MULTILINE)
# "section 4", "sections 3, 4 and 8", "sections 2–5"; "notebook 01, section 13", "section 4 of
# lesson 02". A number with a point, as in section 14.2.1, is another book's.
REFERENCE = re.compile(
    r"(?:\b(?:notebook|lesson) (\d\d), )?"
    r"\bsections? (\d+(?:(?:, and |, | and | or | to |–)\d+)*)(?!\.?\d)"
    r"(?: of (?:notebook|lesson) (\d\d))?",
    re.IGNORECASE,
)
INSTRUCTORS = (ROOT / "notebooks/instructors/README.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "notebooks/glossary.md").read_text(encoding="utf-8")


def text_of(path) -> str:
    return "\n".join(cell.source for cell in read(path).cells)


SECTIONS = {path.name[:2]: {int(n) for n in HEADING.findall(text_of(path))} for path in LESSONS}


def references(text: str, lesson: str | None) -> list[tuple[str | None, int]]:
    """Every (lesson, section) that a text quotes; without a lesson named, its own is meant."""
    text = re.sub(r"\s+", " ", text)
    return [
        (before or after or lesson, int(number))
        for before, numbers, after in REFERENCE.findall(text)
        for number in re.findall(r"\d+", numbers)
    ]


def assert_exist(quoted) -> None:
    missing = [pair for pair in quoted if pair[1] not in SECTIONS.get(pair[0], ())]
    assert not missing, f"no such section: {missing}"


@pytest.mark.parametrize("text, expected", [
    ("see section 7.", [("02", 7)]),
    ("(Sections 3, 4\nand 8 measure it)", [("02", 3), ("02", 4), ("02", 8)]),
    ("sections 2–5", [("02", 2), ("02", 5)]),
    ("notebook 01, section 13", [("01", 13)]),
    ("section 4 of lesson 06", [("06", 4)]),
    ("*Deep Learning*, section 14.2.1", []),
])  # fmt: skip
def test_references_are_read(text, expected):
    assert references(text, "02") == expected


@pytest.mark.parametrize("lesson", SECTIONS)
def test_sections_are_numbered_one_after_the_other(lesson):
    assert sorted(SECTIONS[lesson]) == list(range(1, len(SECTIONS[lesson]) + 1))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name[:2])
def test_sections_that_a_lesson_its_solutions_and_its_checkers_quote_exist(path):
    lesson = path.name[:2]
    checkers = ROOT / "course_utils/exercises" / f"lesson_{lesson}.py"
    texts = (
        text_of(path),
        text_of(path.parent / "solutions" / path.name),
        checkers.read_text(encoding="utf-8"),
    )
    assert_exist(pair for text in texts for pair in references(text, lesson))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name[:2])
def test_sections_that_an_instructor_s_page_quotes_exist(path):
    page = ROOT / "notebooks/instructors" / f"{path.stem}.md"
    assert_exist(references(page.read_text(encoding="utf-8"), path.name[:2]))


def test_sections_in_the_plans_of_a_course_exist():
    """The last column of the plan for one lecture: "01, sections 5, 9"."""
    plans = re.findall(r"\| (\d\d, sections [\d, –]+) \|", INSTRUCTORS)
    assert plans
    assert_exist(pair for text in plans for pair in references(f"lesson {text}", None))


def test_sections_in_the_glossary_exist_and_name_their_lesson():
    assert_exist(references(GLOSSARY, None))
