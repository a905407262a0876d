"""The pages beside the lessons: glossary, formulas, self-tests, and what every renderer draws."""

import re
from urllib.parse import unquote

import pytest
from notebook_files import LESSONS, NOTEBOOKS, ROOT, name_of, read

PAGES = ROOT / "notebooks"
GLOSSARY, FORMULAS, SELF_TESTS = (
    (PAGES / f"{name}.md").read_text(encoding="utf-8")
    for name in ("glossary", "formulas", "self_tests")
)
MARKDOWN = sorted([*ROOT.glob("*.md"), *PAGES.rglob("*.md"), *ROOT.glob("course_utils/**/*.md")])
MARKDOWN = [path for path in MARKDOWN if "assets" not in path.parts]
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)

# Short words in bold that only stress what the sentence says.
STRESSED = {
    "predict", "change one thing", "yes", "ours", "the same", "linear", "error", "loss",
    "training", "validation", "active", "off", "too small", "clean", "noisy", "before", "after",
    "reconstruction", "sensitive", "insensitive", "subspace", "variances", "number of parameters",
    "upside down", "inverted", "one unit", "not symmetric", "penalty", "constant", "all at once",
    "by turns", "nonlinearity", "arguments swapped", "where the data are", "noise drawn once",
    "untrained layer", "cross-entropy from probabilities", "png", "jpeg", "wrong ink",
    "what a code keeps", "autoencoder's",
}  # fmt: skip


def formulas(text: str) -> list[str]:
    """What stands between dollar signs, outside of code."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return [display or inline for display, inline in FORMULA.findall(text)]


def symbols(path) -> list[str]:
    """The formulas of the first column of a lesson's table Symbols → code."""
    (cell,) = (c for c in read(path).cells if c.source.startswith("### Symbols → code"))
    first = re.findall(r"^\| ([^|]*?\$.*?) \| ", cell.source, re.MULTILINE)
    return [symbol for column in first for symbol in formulas(column)]


def bare(symbol: str) -> str:
    """A symbol without spaces, and without what it is said to equal."""
    return symbol.partition("=")[0].replace(" ", "").replace("\\,", "")


def bold_words(path) -> set[str]:
    """Short phrases in bold that end in a letter: terms, or words that are stressed."""
    text = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    phrases = re.findall(r"\*\*([A-Za-zé][\w'’ –-]*\w)\*\*", text)
    return {phrase.lower() for phrase in phrases if len(phrase.split()) <= 3}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name[:2])
def test_the_glossary_has_every_symbol_of_a_lesson_s_table(path):
    known = {bare(symbol) for symbol in formulas(GLOSSARY)}
    missing = [symbol for symbol in symbols(path) if bare(symbol) not in known]
    assert symbols(path)
    assert not missing


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name[:2])
def test_the_glossary_has_every_term_that_a_lesson_sets_in_bold(path):
    entries = {word.lower() for word in re.findall(r"\*\*(.+?)\*\*", GLOSSARY)}
    missing = {
        word for word in bold_words(path) - STRESSED if word.removesuffix("s") not in entries
    }
    assert not missing - entries


def test_the_words_of_the_glossary_are_in_alphabetical_order():
    words = re.findall(r"^\*\*(.+?)\*\*", GLOSSARY.partition("## Words")[2], re.MULTILINE)
    keys = [word.lower().replace("é", "e") for word in words]
    assert keys == sorted(keys)


def test_links_of_the_glossary_lead_to_the_sections_that_they_name():
    links = re.findall(r"\[lesson (\d\d), section (\d+)\]\(([^)#]+)#([^)]+)\)", GLOSSARY)
    assert len(links) > 100
    for lesson, section, target, anchor in links:
        path = PAGES / target
        assert path.name.startswith(lesson)
        text = "\n".join(cell.source for cell in read(path).cells)
        heading = re.search(rf"^## ({section} .*)$", text, re.MULTILINE)[1]
        assert unquote(anchor) == heading.replace(" ", "-")


def test_every_lesson_has_its_formulas():
    titles = re.findall(r"^## (\d\d) ", FORMULAS, re.MULTILINE)
    assert titles == [path.name[:2] for path in LESSONS]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name[:2])
def test_every_lesson_has_a_self_test_of_three_questions_with_answers_folded(path):
    part = re.search(rf"^## {path.name[:2]} (.*?)(?=^## |\Z)", SELF_TESTS, re.MULTILINE | re.DOTALL)
    questions = re.findall(r"^\d\. ", part[1], re.MULTILINE)
    answers = re.findall(
        r"<details><summary>Answer</summary>\n\n(.+?)\n\n</details>", part[1], re.DOTALL
    )
    assert len(questions) == len(answers) >= 3
    assert f"]({path.name})" in part[1]


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_formulas_of_a_page_are_drawn_by_github_too(path):
    r"""GitHub refuses \operatorname, and reads \, or \{ as an escaped sign of Markdown."""
    for formula in formulas(path.read_text(encoding="utf-8")):
        assert "\\operatorname" not in formula, formula
        assert not re.search(r"\\[^A-Za-z\s]", formula), formula
        assert not re.search(r"\\text\{[^}]*\\text", formula), formula
        assert "\\begin" not in formula, formula


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_formulas_of_a_notebook_have_no_commands_inside_of_text(path):
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            for formula in formulas(cell.source):
                assert not re.search(r"\\text\{[^{}]*\\", formula), formula
