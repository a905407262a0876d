"""Write the whole course as HTML: `python -m course_utils.tools.publish`.

Lessons with their outputs, solutions, glossary and the pages for instructors are written into the
folder site/ (or the one given by --out), with an index, the figures and MathJax. It can be put on
any web server or a USB stick: no page asks for anything outside the folder.
"""

import argparse
import functools
import html
import os
import re
import shutil
import string
import sys
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbconvert import HTMLExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from course_utils.tools.execute import COURSE
from course_utils.tools.present import ASSETS, SCRIPT

PAGE = string.Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))
CODE_COLOURS = "xcode"  # the style of Pygments whose colours all have a contrast above 4.5
LINK = re.compile(r'<a href="(?!\w+:|#)([^"#]+)(#[^"]*)?"[^>]*>(.*?)</a>', re.DOTALL)
HEADING = re.compile(r'(<h\d id=)"([^"]*)"')


def read(path: Path) -> NotebookNode:
    """Read a notebook, without the script that names sliders, or a Markdown file as one cell."""
    if path.suffix == ".ipynb":
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if "outputs" in cell:
                cell.outputs = [o for o in cell.outputs if SCRIPT not in o.get("data", {})]
        return notebook
    return new_notebook(cells=[new_markdown_cell(path.read_text(encoding="utf-8"))])


def pages(course: Path) -> dict[Path, NotebookNode]:
    """Return file → notebook for lessons, solutions, glossary, instructors' pages, in order."""
    patterns = ("[0-9]*.ipynb", "solutions/[0-9]*.ipynb", "*.md", "instructors/*.md")
    found = [sorted((course / "notebooks").glob(pattern)) for pattern in patterns]
    return {path: read(path) for group in found for path in group}


def title_of(path: Path, notebook: NotebookNode) -> str:
    """Return the first heading of a page; an instructors' page on a lesson says so."""
    heading = notebook.cells[0].source.partition("\n")[0].lstrip("# ")
    teaching = path.parent.name == "instructors" and heading[:1].isdigit()
    return f"{heading} (for instructors)" if teaching else heading


def index(course: Path, known: dict[Path, NotebookNode]) -> NotebookNode:
    """Return the page that lists all others, lessons with their question, below the README's top.

    It stands in the course's folder.
    """
    top = (course / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
    headings = {"notebooks": "Lessons", "solutions": "Solutions", "instructors": "Teaching"}
    lists = {heading: [] for heading in ("Lessons", "Solutions", "Reference", "Teaching")}
    for path, page in known.items():
        text = path.parent.name == "notebooks" and path.suffix == ".md"
        question = re.search(r"^\*\*(.+)\*\*$", page.cells[0].source, re.MULTILINE)
        more = f": {question[1]}" if question else ""
        line = f"- [{title_of(path, page)}]({path.relative_to(course).as_posix()}){more}"
        lists["Reference" if text else headings[path.parent.name]].append(line)
    parts = [f"## {heading}\n\n" + "\n".join(lines) for heading, lines in lists.items() if lines]
    return new_notebook(cells=[new_markdown_cell("\n\n".join([top, *parts]))])


@functools.cache
def exporter() -> HTMLExporter:
    """Return what writes the cells of a notebook as HTML, without a page around them."""
    basic = HTMLExporter(
        template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True
    )
    colours = CSSHTMLHeaderPreprocessor(style=CODE_COLOURS)
    basic.register_preprocessor(colours, enabled=True)
    return basic


def render(source: Path, notebook: NotebookNode, root: str, known: dict[Path, NotebookNode]) -> str:
    """Return a notebook as the HTML page for `source`; root: the way from there to the index."""
    body, resources = exporter().from_notebook_node(notebook)

    def linked(link: re.Match) -> str:
        """Let a link lead to the page; where there is none, keep its words."""
        target, place, words = link.groups()
        if Path(os.path.normpath(source.parent / target)) not in known:
            return words
        return f'<a href="{Path(target).with_suffix(".html").as_posix()}{place or ""}">{words}</a>'

    return PAGE.substitute(
        title=html.escape(title_of(source, notebook)),
        code_style="\n".join(resources["inlining"]["css"]),
        root=root,
        links="\n".join(
            [f'<a href="{root}index.html">All lessons</a>', *_neighbours(source, known)]
        ),
        body=_boxed(HEADING.sub(_named, LINK.sub(linked, body))),
    )


def _boxed(body: str) -> str:
    """Put each table into a box that scrolls, and keep measured numbers with their sign."""
    body = body.replace("<table", '<div class="scroll"><table')
    return body.replace("</table>", "</table></div>").replace("<td>≈ ", "<td>≈\u00a0")


def _named(heading: re.Match) -> str:
    """Give a heading the name that links to it mean: nbconvert leaves %2C for a comma."""
    return f'{heading[1]}"{html.escape(unquote(heading[2]))}"'


def _neighbours(source: Path, known: dict[Path, NotebookNode]) -> list[str]:
    """Return links from a notebook to the one before it and to the next."""
    row = [path for path in known if path.parent == source.parent and path.suffix == ".ipynb"]
    if source not in row:
        return []
    at = row.index(source)
    beside = row[max(at - 1, 0) : at] + row[at + 1 : at + 2]
    titles = {path: html.escape(title_of(path, known[path])) for path in beside}
    return [f'<a href="{path.stem}.html">{title}</a>' for path, title in titles.items()]


def write_site(course: Path, out: Path) -> Path:
    """Write all pages and what they need into the folder `out`; return the index."""
    shutil.copytree(ASSETS / "mathjax", out / "assets/mathjax", dirs_exist_ok=True)
    shutil.copytree(course / "figures", out / "figures", dirs_exist_ok=True)
    known = pages(course)
    for source, notebook in {course / "index.md": index(course, known), **known}.items():
        name = source.relative_to(course)
        target = out / name.with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        root = "../" * (len(name.parts) - 1)
        target.write_text(render(source, notebook, root, known), encoding="utf-8")
    return out / "index.html"


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    command = "python -m course_utils.tools.publish"
    parser = argparse.ArgumentParser(prog=command, description=__doc__)
    parser.add_argument("--out", type=Path, default=COURSE / "site", help="default: site/")
    print(write_site(COURSE, parser.parse_args(arguments).out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
