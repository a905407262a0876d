"""The slides in a browser: every formula is drawn, all fits, is legible, and asks for nothing.

They are left out where there is no Chromium or no playwright, see CONTRIBUTING.md.
"""

import re
import shutil

import browser as seen
import pytest
from nbformat import v4
from notebook_files import LESSONS, name_of, notebook_at

from course_utils.tools import present

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """A folder for the slides of lessons."""
    folder = tmp_path_factory.mktemp("slides")
    present.write_assets(folder)
    return folder


@pytest.mark.parametrize("path", LESSONS, ids=name_of)
def test_every_slide_of_a_lesson_is_complete_and_legible(path, chromium, decks):
    slides = present.write_slides(path, decks)
    count, problems = seen.walk(chromium, slides)
    assert problems == []
    assert 10 < count <= 40


def slides_in(folder, cells):
    """The slides of a notebook with these cells, in a folder of their own."""
    present.write_assets(folder)
    return present.write_slides(notebook_at(folder / "a.ipynb", *cells), folder)


# The checks themselves, on a small deck that is spoilt in one way

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
TEXT = "# A title\n\nThe square is $x^2$, in words [elsewhere](02_sparse_autoencoders_l1.ipynb)."


def shows_a_dot():
    """A cell whose code is left out, with a picture."""
    picture = {"text/html": f'<img alt="A dot." width="400" src="data:image/png;base64,{DOT}">'}
    return v4.new_code_cell("", outputs=[v4.new_output("display_data", picture)])


def deck(folder, text=TEXT, code="x = 1", claim="✓ It holds [error ≈ 3]\n"):
    """Slides of a title with a formula, of a picture, and of code with a claim."""
    cells = [
        v4.new_markdown_cell(text),
        shows_a_dot(),
        v4.new_code_cell(code, outputs=[v4.new_output("stream", text=claim)]),
    ]
    for cell in cells:
        cell.metadata["slideshow"] = {"slide_type": "slide"}
    return slides_in(folder, cells)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return deck(tmp_path_factory.mktemp("good"))


def test_nothing_is_wrong_with_a_good_deck(chromium, good):
    assert seen.walk(chromium, good) == (3, [])


def added(html):
    return lambda page: page.replace("</head>", f"{html}</head>")


SPOILT = {
    "outside": (added('<script src="https://example.org/a.js"></script>'), "asks for https://ex"),
    "import": (added('<script type="module">import "https://example.org/b.mjs"</script>'), "b.mjs"),
    "font from outside": (added('<link rel="stylesheet" href="http://a.org/c.css">'), "asks for"),
    "console": (added("<script>console.error('on purpose')</script>"), "on purpose"),
    "error": (added("<script>throw Error('on purpose')</script>"), "error on purpose"),
    "no words": (lambda page: page.replace('alt="A dot."', ""), "no alternative text"),
    "no picture": (lambda page: page.replace(DOT, "AAAA"), "a picture is missing"),
    "small": (added("<style>img {max-width: 450px !important}</style>"), "picture is small"),
    "faint": (added("<style>p {color: #999 !important}</style>"), "color-contrast"),
    "small formula": (added("<style>.MathJax_SVG {font-size: 80% !important}</style>"), "another"),
    "small words": (added("<style>p {font-size: 23px !important}</style>"), "prose of 23 pixels"),
    "small code": (added("<style>pre {font-size: 19px !important}</style>"), "code of 19 pixels"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_page_that_is_spoilt_is_noticed(name, chromium, good, tmp_path):
    spoil, message = SPOILT[name]
    shutil.copytree(good.parent, tmp_path / "deck")
    page = tmp_path / "deck" / good.name
    before = page.read_text(encoding="utf-8")
    page.write_text(spoil(before), encoding="utf-8")
    assert page.read_text(encoding="utf-8") != before
    _, problems = seen.walk(chromium, page, seconds=3)
    assert any(message in problem for problem in problems), problems


def test_a_formula_without_its_font_is_noticed(chromium, good, tmp_path):
    shutil.copytree(good.parent, tmp_path / "deck")
    shutil.rmtree(tmp_path / "deck/assets/mathjax/jax/output/SVG/fonts")
    _, problems = seen.walk(chromium, tmp_path / "deck" / good.name, seconds=10)
    assert any("formulas written" in p or "not ready" in p for p in problems), problems


WRONG_CELLS = {
    "long": ({"code": "\n".join(["x = 1"] * 40)}, "pixels outside"),
    "wide": ({"text": "A formula: $x" + "+ x" * 99 + "$"}, "pixels outside"),
    "error": ({"text": r"# A title $\frac{1}$"}, "a formula is an error"),
    "raw": ({"text": r"A \frac in words"}, "raw TeX"),
}


@pytest.mark.parametrize("name", WRONG_CELLS)
def test_a_slide_that_is_wrong_is_noticed(name, chromium, tmp_path):
    cells, message = WRONG_CELLS[name]
    _, problems = seen.walk(chromium, deck(tmp_path, **cells))
    assert any(message in problem for problem in problems), problems


# What fills the slides


def slides_of(chromium, folder, *cells):
    """What slides made of cells (type, Markdown) say, without spaces, and how many steps follow."""
    made = [
        v4.new_markdown_cell(text, metadata={"slideshow": {"slide_type": kind}})
        for kind, text in cells
    ]
    path = slides_in(folder, made)
    count, problems = seen.walk(chromium, path)
    assert problems == []
    page, _ = seen.open_page(chromium, path)
    texts = page.evaluate("Reveal.getSlides().map((slide) => slide.textContent)")
    hidden = page.evaluate("Reveal.getSlides().map((s) => s.querySelectorAll('.fragment').length)")
    page.close()
    assert len(texts) == count
    return ["".join(text.replace("¶", "").split()) for text in texts], hidden


def test_what_is_too_much_moves_onto_another_slide_in_order(chromium, tmp_path):
    words = [f"Part {i}." for i in range(30)]
    texts, _ = slides_of(chromium, tmp_path, ("slide", "# Title\n\n" + "\n\n".join(words)))
    assert len(texts) == 2
    assert "".join(texts) == "Title" + "".join(words).replace(" ", "")


def test_short_slides_follow_on_one_step_by_step_until_a_heading(chromium, tmp_path):
    cells = ("slide", "# One"), ("subslide", "two"), ("subslide", "three"), ("subslide", "## Four")
    assert slides_of(chromium, tmp_path, *cells) == (["Onetwothree", "Four"], [2, 0])


def test_a_slide_that_is_too_long_begins_on_the_one_before_it(chromium, tmp_path):
    words = [f"Part {i}." for i in range(30)]
    long = [("subslide", words[0]), *(("fragment", word) for word in words[1:])]
    texts, steps = slides_of(chromium, tmp_path, ("slide", "# Title"), *long)
    assert len(texts) == 2 and texts[0].startswith("TitlePart0.Part1.")
    assert "".join(texts) == "Title" + "".join(words).replace(" ", "")
    assert steps == [texts[0].count("Part"), texts[1].count("Part") - 1]


@pytest.mark.parametrize("code, side", [("", "beside"), ("x = 1", None)])
def test_words_stand_beside_a_small_picture_and_code_does_not(code, side, chromium, tmp_path):
    picture, after = shows_a_dot(), v4.new_code_cell(code)
    after.outputs = [v4.new_output("stream", text="✓ It holds\n")]
    picture.metadata["slideshow"] = {"slide_type": "slide"}
    after.metadata["slideshow"] = {"slide_type": "fragment"}
    page, _ = seen.open_page(chromium, slides_in(tmp_path, [picture, after]))
    assert page.locator("img").get_attribute("class") == side
    page.close()


# What the class does


def test_one_key_walks_through_all_slides(chromium, decks):
    page, _ = seen.open_page(chromium, present.write_slides(LESSONS[0], decks))
    for key in ("ArrowRight", "Space"):
        page.evaluate("Reveal.slide(0, 0)")
        seen_slides = set()
        while not page.evaluate("Reveal.isLastSlide()"):
            seen_slides.add(page.evaluate("Reveal.getSlidePastCount()"))
            page.keyboard.press(key)
        assert len(seen_slides) == page.evaluate("Reveal.getTotalSlides()") - 1
    page.close()


def test_a_pdf_has_one_page_for_each_slide(good):
    pages = re.findall(rb"/Type /Page\b", present.write_pdf(good).read_bytes())
    assert len(pages) == 3


def test_the_link_to_the_next_lesson_leads_to_its_slides(chromium, tmp_path):
    path = deck(tmp_path)
    page, _ = seen.open_page(chromium, path)
    present.write_slides(LESSONS[1], tmp_path)
    page.get_by_role("link", name="elsewhere").click()
    page.wait_for_selector(seen.READY, state="attached")
    assert "02" in page.title()
    page.close()


def test_notes_stay_with_the_speaker_at_every_step_of_their_slide(chromium, tmp_path):
    page = "## Predictions\n### ask\nThe room says: all."
    (tmp_path / "instructors").mkdir()
    (tmp_path / "instructors/a.md").write_text(page, encoding="utf-8")
    first = v4.new_markdown_cell("# Title", metadata={"slideshow": {"slide_type": "slide"}})
    ask = v4.new_markdown_cell("*Predict*", id="ask")
    ask.metadata["slideshow"] = {"slide_type": "fragment"}
    page, _ = seen.open_page(chromium, slides_in(tmp_path, [first, ask]))
    assert page.evaluate("Reveal.getSlideNotes()").count("The room says") == 1
    assert not page.get_by_text("The room says").is_visible()
    assert page.locator("section > aside.notes").count() == 1
    page.close()
