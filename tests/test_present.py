"""Presenting: what becomes of cells on slides, and that slides need no network."""

import re
from html.parser import HTMLParser

import pytest
from nbformat import v4
from notebook_files import LESSONS, name_of, notebook_at

from course_utils.tools import present

pytestmark = pytest.mark.slow

IN_SCRIPTS = re.compile(r"""\b(?:from|import)\s*\(?\s*["'](https?:[^"']+)""")


class Loaded(HTMLParser):
    """Collects what a page makes a browser load: sources, style sheets, imports of scripts."""

    def __init__(self, html: str):
        super().__init__()
        self.targets = IN_SCRIPTS.findall(html)
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        names = {"src", "href"} if tag == "link" else {"src"}
        self.targets += [value for name, value in attributes if name in names]


@pytest.mark.parametrize("path", LESSONS, ids=name_of)
def test_slides_need_no_network(path, tmp_path):
    present.write_assets(tmp_path)
    slides = present.write_slides(path, tmp_path)
    targets = Loaded(slides.read_text(encoding="utf-8")).targets
    assert "assets/reveal/dist/reveal.js" in targets
    for target in targets:
        if not target.startswith("data:"):
            assert (slides.parent / target.partition("?")[0]).is_file(), target


def test_a_page_that_imports_from_elsewhere_is_noticed():
    html = "<script type='module'>import mermaid from 'https://example.org/m.mjs';</script>"
    assert Loaded(html).targets == ["https://example.org/m.mjs"]


def test_formulas_on_slides_have_their_glyphs(tmp_path):
    path = notebook_at(tmp_path / "a.ipynb", v4.new_markdown_cell("$x$"))
    present.write_assets(tmp_path)
    slides = present.write_slides(path, tmp_path)
    address = re.search(r'src="(\S+MathJax\.js)\?config=(\S+)"', slides.read_text("utf-8"))
    mathjax = (slides.parent / address[1]).parent
    assert all((mathjax / "config" / f"{name}.js").is_file() for name in address[2].split(","))
    assert "TeX-AMS_SVG-full" in address[2].split(",")
    assert (mathjax / "jax/output/SVG/fonts/TeX/fontdata.js").is_file()


def shown(tmp_path, *cells):
    """The HTML of slides of these cells, without the head of the page."""
    for cell in cells:
        cell.metadata.setdefault("slideshow", {"slide_type": "slide"})
    slides = present.write_slides(notebook_at(tmp_path / "a.ipynb", *cells), tmp_path)
    return slides.read_text("utf-8").partition('<div class="slides">')[2]


def output_of(code, **options):
    return v4.new_code_cell(code, outputs=[v4.new_output("stream", text="the output")], **options)


HIDDEN = [
    output_of("the_code()", metadata={"tags": [present.HIDDEN]}),
    output_of("the_code()", id="claim-a"),
    output_of("the_code()", id="claim-b", metadata={"tags": [present.HIDDEN]}),
    output_of('table(["a"], the_code())'),
    output_of("plots.show(the_code(), 'alt')\nclaim('a', the_code())"),
]


@pytest.mark.parametrize("cell", HIDDEN, ids=range(len(HIDDEN)))
def test_slides_leave_out_the_code_of_claims_and_of_what_only_shows(cell, tmp_path):
    html = shown(tmp_path, cell)
    assert "the output" in html
    assert "the_code" not in html


def test_slides_have_the_code_of_other_cells_without_double_blank_lines(tmp_path):
    html = shown(tmp_path, output_of("a = 1\n\n\nb = 2"))
    assert re.search(r">a<.*\n\n<span[^>]*>b<", html)


def test_what_only_shows_at_the_end_of_a_cell_is_left_out_and_the_rest_stays(tmp_path):
    code = "claim('first', 1)\na = 1\n\ntable(\n    ['a']\n)\nplots.show(a, 'alt')"
    html = shown(tmp_path, output_of(code))
    assert ">a<" in html and ">claim<" in html
    assert "table" not in html and "show" not in html


def test_a_claim_is_a_sentence_whose_numbers_stay_with_their_signs(tmp_path):
    line = "✓ An error < 3 [see below] is small [a ≈ 1.5, b ≈ 2 ± 0.1]"
    output = v4.new_output("stream", text=f"printed\n{line}\n✓ It holds\n")
    html = shown(tmp_path, v4.new_code_cell("1", outputs=[output]))
    sentence, numbers = (
        "An error &lt; 3 [see below] is small",
        "a\u00a0≈\u00a01.5, b\u00a0≈\u00a02 ±\u00a00.1",
    )
    assert f'<p class="claim">✓ {sentence} <span class="measured">{numbers}</span></p>' in html
    assert '<p class="claim">✓ It holds</p>' in html
    assert "<pre>printed</pre>" in html


def test_the_value_of_a_line_that_is_left_out_is_left_out(tmp_path):
    value = v4.new_output("execute_result", {"text/plain": "the value"})
    hidden = v4.new_code_cell("a", outputs=[value], metadata={"tags": [present.HIDDEN]})
    assert "the value" not in shown(tmp_path, hidden)
    assert "the value" in shown(tmp_path, v4.new_code_cell("a", outputs=[value]))


WIDGET = {present.WIDGET: {"model_id": "0"}, "text/plain": "0%|  | 0/790"}
LEFT_OUT = [
    v4.new_output("stream", name="stderr", text="0%|  | 0/790"),
    v4.new_output("display_data", WIDGET),
]


@pytest.mark.parametrize("output", LEFT_OUT, ids=["stderr", "widget"])
def test_remains_of_a_run_are_left_out(output, tmp_path):
    assert "0/790" not in shown(tmp_path, v4.new_code_cell("1", outputs=[output]))


def test_a_picture_with_sliders_is_shown_as_a_picture(tmp_path):
    output = v4.new_output("display_data", {**WIDGET, "text/html": '<img alt="a picture">'})
    html = shown(tmp_path, v4.new_code_cell("1", outputs=[output]))
    assert 'alt="a picture"' in html and "0/790" not in html


def test_links_lead_to_slides_or_nowhere(tmp_path):
    text = "[next](02_sparse_autoencoders_l1.ipynb) [word](glossary.md#nat) [web](https://a.org)"
    html = shown(tmp_path, v4.new_markdown_cell(text))
    assert re.findall(r'href="([^"]+)"', html) == [
        "02_sparse_autoencoders_l1.html", "https://a.org",
    ]  # fmt: skip
    assert "word" in html


def test_diagrams_lie_beside_the_slides(tmp_path):
    present.write_assets(tmp_path)
    html = shown(tmp_path, v4.new_markdown_cell("![A diagram.](../figures/manifold.svg)"))
    (source,) = re.findall(r'src="([^"]+svg)"', html)
    assert (tmp_path / source).is_file()


def test_an_empty_heading_of_a_table_is_no_heading(tmp_path):
    html = shown(tmp_path, v4.new_markdown_cell("|  | a |\n|---|---|\n| b | 1 |"))
    assert "<th></th>" not in html and html.count("<td>") == 3


PAGE = """# Instructors
## Predictions
### ask-one
Ask: *which*?

Answer: this one.

### ask-two
The room says: all.
## Exam
### ask-three
"""


def test_notes_are_read_from_the_instructors_page():
    notes = present.predictions(PAGE)
    assert notes == {
        "ask-one": "Ask: *which*?\n\nAnswer: this one.", "ask-two": "The room says: all.",
    }  # fmt: skip
    assert present.predictions("# A page without them") == {}


def test_a_note_stands_on_the_slide_of_its_prediction(tmp_path):
    (tmp_path / "instructors").mkdir()
    (tmp_path / "instructors/a.md").write_text(PAGE, encoding="utf-8")
    cells = [v4.new_markdown_cell("*Predict*", id=name) for name in ("ask-one", "ask-two")]
    one, two = shown(tmp_path, *cells).split("</section><section>")
    assert re.search(r'<aside class="notes">.*<em>which</em>.*</aside>', one, re.DOTALL)
    assert re.search(r'<aside class="notes">.*The room says: all', two, re.DOTALL)


def test_a_note_on_a_prediction_for_home_stands_on_no_slide():
    home = v4.new_markdown_cell("*Predict*", id="ask-one")
    home.metadata["slideshow"] = {"slide_type": "skip"}
    made = present.for_class(v4.new_notebook(cells=[home]), {"ask-one": "Ask: For home."})
    assert [cell.id for cell in made.cells] == ["ask-one"]


def test_a_note_on_no_cell_is_refused_by_name():
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("*Predict*", id="ask-one")])
    with pytest.raises(ValueError, match="predictions on no cell: ask-two"):
        present.for_class(notebook, present.predictions(PAGE))


def test_present_writes_all_lessons_so_that_one_leads_to_the_next(tmp_path, capsys):
    assert present.main(["02", "--out", str(tmp_path)]) == 0
    assert {page.stem for page in tmp_path.glob("*.html")} == {path.stem for path in LESSONS}
    assert capsys.readouterr().out.strip() == str(tmp_path / "02_sparse_autoencoders_l1.html")


def test_a_pdf_without_a_browser_is_refused_with_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(present.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit):
        present.main(["01", "--pdf", "--out", str(tmp_path)])
    assert "install" in capsys.readouterr().err


def test_a_lesson_that_is_none_is_refused_with_a_list(capsys):
    with pytest.raises(SystemExit):
        present.main(["99"])
    assert "01, 02, 03" in capsys.readouterr().err
