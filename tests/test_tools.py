"""The commands: notebooks are executed, slides need no network."""

import re
from html.parser import HTMLParser

import pytest
from nbformat import v4
from notebook_files import LESSONS, NOTEBOOKS, name_of, read

from course_utils.tools import execute, present

IN_SCRIPTS = re.compile(r"""\b(?:from|import)\s*\(?\s*["'](https?:[^"']+)|"(\.\./[^"]+\.js)\"""")


class Loaded(HTMLParser):
    """Collects what a page makes a browser load: sources, style sheets, imports of scripts."""

    def __init__(self, html: str):
        super().__init__()
        self.targets = [outside or inside for outside, inside in IN_SCRIPTS.findall(html)]
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        names = {"src", "href"} if tag == "link" else {"src"}
        self.targets += [value for name, value in attributes if name in names]


def notebook_at(path, *cells):
    execute.nbformat.write(v4.new_notebook(cells=list(cells)), path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS, ids=name_of)
def test_slides_need_no_network(path, tmp_path):
    slides = present.write_slides(path, tmp_path)
    targets = Loaded(slides.read_text(encoding="utf-8")).targets
    assert "../assets/reveal/dist/reveal.css" in targets
    for target in targets:
        if not target.startswith("data:"):
            assert (slides.parent / target.partition("?")[0]).is_file(), target


def test_a_page_that_imports_from_elsewhere_is_noticed():
    html = "<script type='module'>import mermaid from 'https://example.org/m.mjs';</script>"
    assert Loaded(html).targets == ["https://example.org/m.mjs"]


def test_formulas_on_slides_have_their_glyphs(tmp_path):
    path = notebook_at(tmp_path / "a.ipynb", v4.new_markdown_cell("$x$"))
    slides = present.write_slides(path, tmp_path)
    address = re.search(r'src="(\S+MathJax\.js)\?config=(\S+)"', slides.read_text("utf-8"))
    mathjax = (slides.parent / address[1]).parent
    assert all((mathjax / "config" / f"{name}.js").is_file() for name in address[2].split(","))
    assert "TeX-AMS_SVG-full" in address[2].split(",")
    assert (mathjax / "jax/output/SVG/fonts/TeX/fontdata.js").is_file()


def test_a_tag_hides_the_code_of_a_cell_on_slides_but_not_its_output(tmp_path):
    output = v4.new_output("stream", text="the output")
    cell = v4.new_code_cell("the_code()", outputs=[output])
    cell.metadata = {"tags": [present.HIDDEN], "slideshow": {"slide_type": "slide"}}
    html = present.write_slides(notebook_at(tmp_path / "a.ipynb", cell), tmp_path).read_text(
        "utf-8"
    )
    assert "the output" in html
    assert "the_code" not in html


def test_a_lesson_that_is_none_is_refused_with_a_list(capsys):
    with pytest.raises(SystemExit):
        present.main(["99"])
    assert "01, 02, 03" in capsys.readouterr().err


@pytest.mark.slow
def test_execute_reports_a_failing_cell_and_does_not_save_it(tmp_path, capsys):
    path = notebook_at(tmp_path / "a.ipynb", v4.new_code_cell("raise ValueError('on purpose')"))
    before = path.read_bytes()
    assert execute.main([str(path)]) == 1
    assert "on purpose" in capsys.readouterr().out
    assert path.read_bytes() == before


@pytest.mark.slow
def test_execute_leaves_nothing_of_the_machine_in_a_notebook(tmp_path):
    source = (
        "import torch\nfrom course_utils.training import fit\n"
        "loss = lambda model, x: {'error': model(x).square().mean()}\n"
        "fit(torch.nn.Linear(2, 1), torch.rand(8, 2), loss, epochs=2)\nprint('done')"
    )
    path = notebook_at(tmp_path / "a.ipynb", v4.new_code_cell(source))
    assert execute.main([str(path)]) == 0
    saved = execute.nbformat.read(path, as_version=4)
    assert [output.get("text") for output in saved.cells[0].outputs] == ["done\n"]
    assert saved.cells[0].metadata == {}
    assert set(saved.metadata) <= {"language_info", "kernelspec", "course"}
    assert saved.metadata.language_info == {"name": "python"}
    assert saved.metadata.course == {"code": execute.fingerprint(saved)}


def test_a_cell_that_was_written_as_text_gets_its_name():
    cell = v4.new_code_cell("1", metadata={"id": "claim-sweep"})
    notebook = execute.tidy(v4.new_notebook(cells=[cell, v4.new_code_cell("2", id="kept")]))
    assert [cell.id for cell in notebook.cells] == ["claim-sweep", "kept"]
    assert notebook.cells[0].metadata == {}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_saved_notebook_was_made_by_its_cells_of_today(path):
    again = f"python -m course_utils.tools.execute notebooks/{name_of(path)}"
    today = {"code": execute.fingerprint(read(path))}
    assert read(path).metadata.get("course") == today, f"a cell has changed; run {again}"


def test_code_changes_the_fingerprint_of_a_notebook_and_text_does_not():
    def code(*cells):
        return execute.fingerprint(v4.new_notebook(cells=list(cells)))

    one, other, text = v4.new_code_cell("1"), v4.new_code_cell("2"), v4.new_markdown_cell("3")
    assert code(one) != code(other)
    assert code(one) == code(one, text)
    assert code(one, other) != code(other, one)
