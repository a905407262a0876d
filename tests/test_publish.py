"""The course as HTML: every page is there, links lead to pages, nothing is asked of a network."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from nbformat import v4, write
from notebook_files import NOTEBOOKS, ROOT

from course_utils.tools import publish

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """Collects what a page links to, what it loads, its title and the names of its parts."""

    def __init__(self, html: str):
        super().__init__()
        self.links, self.loads, self.names, self.text = [], [], set(), {}
        self.within = ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.within = tag
        self.names.add(values.get("id"))
        if tag == "a":
            self.links.append(values["href"])
        elif "src" in values or tag == "link":
            self.loads.append(values.get("src") or values["href"])

    def handle_data(self, data):
        self.text.setdefault(self.within, data.strip())


def page(path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def small_course(folder, *cells):
    """A course of one lesson with these cells, a glossary and the instructors' page."""
    for name in ("notebooks/instructors", "figures"):
        (folder / name).mkdir(parents=True)
    title = v4.new_markdown_cell("# 01 First\n\n**Why?**")
    write(v4.new_notebook(cells=[title, *cells]), folder / "notebooks/01_first.ipynb")
    for name in ("README.md", "notebooks/glossary.md", "notebooks/instructors/README.md"):
        (folder / name).write_text(f"# Words of {name}\n\n## More", encoding="utf-8")
    return folder


def published(folder, *cells) -> str:
    """The HTML of the lesson of a small course."""
    publish.write_site(small_course(folder / "course", *cells), folder / "site")
    return (folder / "site/notebooks/01_first.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The real course as HTML."""
    return publish.write_site(ROOT, tmp_path_factory.mktemp("site")).parent


@pytest.mark.slow
def test_every_notebook_and_text_is_a_page_and_in_the_index(site):
    texts = [*ROOT.glob("notebooks/*.md"), *ROOT.glob("notebooks/instructors/*.md")]
    links = page(site / "index.html").links
    for source in NOTEBOOKS + texts:
        name = source.relative_to(ROOT).with_suffix(".html").as_posix()
        assert (site / name).is_file() and name in links, name


@pytest.mark.slow
def test_what_a_page_loads_and_links_to_is_in_the_folder(site):
    pages = [site / "index.html", *(site / "notebooks").rglob("*.html")]
    assert len(pages) > len(NOTEBOOKS)
    for path in pages:
        found = page(path)
        for target in found.loads:
            local = target.partition("?")[0]
            assert target.startswith("data:") or (path.parent / local).is_file(), target
        for link in found.links:
            target, _, place = link.partition("#")
            if not link.startswith("http"):
                there = page(path.parent / target) if target else found
                assert not place or unquote(place) in there.names, f"{path.name}: {link}"


@pytest.mark.slow
def test_the_title_of_a_page_is_its_heading_and_no_two_are_the_same(site):
    titles = [page(path).text["title"] for path in (site / "notebooks").rglob("*.html")]
    assert len(set(titles)) == len(titles)
    assert "01 Undercomplete autoencoders and PCA" in titles


def test_links_to_notebooks_and_texts_lead_to_pages_and_others_keep_their_words(tmp_path):
    text = "[up](glossary.md#More) [me](01_first.ipynb) [law](../LICENSE) [far](https://a.org/b.md)"
    links = Page(published(tmp_path, v4.new_markdown_cell(text))).links
    assert "glossary.html#More" in links and "01_first.html" in links
    assert "https://a.org/b.md" in links
    assert not [link for link in links if "LICENSE" in link]


def test_hints_stay_folded(tmp_path):
    hint = "<details><summary>Hint</summary>\n\nThe hint, $x$\n\n</details>\n\nafter"
    html = published(tmp_path, v4.new_markdown_cell(hint))
    assert re.search(r"<details>.*The hint.*</details>.*after", html, re.DOTALL)


def test_a_heading_is_reached_by_its_words(tmp_path):
    text = "## From a, to “b” ●\n\n[there](#From-a%2C-to-%E2%80%9Cb%E2%80%9D-%E2%97%8F)"
    found = Page(published(tmp_path, v4.new_markdown_cell(text)))
    assert "From-a,-to-“b”-●" in found.names
    assert unquote(found.links[-1]) == "#From-a,-to-“b”-●"


def test_outputs_are_shown_and_tables_have_a_box_to_scroll_in(tmp_path):
    table = v4.new_output("display_data", {"text/html": "<table><tr><td>≈ 1</td></tr></table>"})
    outputs = [v4.new_output("stream", text="✓ It holds"), table]
    html = published(tmp_path, v4.new_code_cell("claim()", outputs=outputs))
    assert "✓ It holds" in html
    assert '<div class="scroll"><table><tr><td>≈\u00a01</td></tr></table></div>' in html
    assert "In [" not in html


def test_an_instructors_page_on_a_lesson_has_a_title_of_its_own(tmp_path):
    course = small_course(tmp_path)
    (course / "notebooks/instructors/01_first.md").write_text("# 01 First", encoding="utf-8")
    found = page(publish.write_site(course, tmp_path / "site"))
    assert "notebooks/instructors/01_first.html" in found.links
    teaching = page(tmp_path / "site/notebooks/instructors/01_first.html")
    assert teaching.text["title"] == "01 First (for instructors)"


def test_a_second_site_replaces_the_pages(tmp_path):
    course = small_course(tmp_path)
    publish.write_site(course, tmp_path / "site")
    (course / "notebooks/glossary.md").write_text("# Other words", encoding="utf-8")
    publish.write_site(course, tmp_path / "site")
    assert page(tmp_path / "site/notebooks/glossary.html").text["title"] == "Other words"


def test_git_does_not_see_the_site():
    assert "site/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
