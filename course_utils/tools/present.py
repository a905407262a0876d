"""Present a lesson as slides, without a network: `python -m course_utils.tools.present 01`.

nbconvert writes the slides. What it would load from the network, reveal.js and MathJax above all,
lies in `assets`, see the README there. The slides are written into a temporary folder (or the one
given by --out) and opened in the browser.
"""

import argparse
import shutil
import sys
import tempfile
import webbrowser
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from nbconvert.preprocessors import TagRemovePreprocessor

from course_utils.tools.diagrams import FIGURES
from course_utils.tools.execute import course_notebooks

ASSETS = Path(__file__).parent / "assets"
# The tag of cells whose code is left out of the slides, as that of claims is: the class reads the
# sentence and its numbers. The notebook shows both.
HIDDEN = "slides-hide-input"
# No diagram of ours is written in mermaid: a module that does nothing keeps the slides offline.
NO_MERMAID = "data:text/javascript,export default {initialize() {}}"


def write_slides(notebook: Path, out: Path) -> Path:
    """Write the slides of a notebook, and all they need, below `out`; return the HTML file."""
    shutil.copytree(ASSETS, out / "assets", dirs_exist_ok=True)
    shutil.copytree(FIGURES, out / "figures", dirs_exist_ok=True)
    exporter = SlidesExporter(
        reveal_url_prefix="../assets/reveal",
        reveal_theme="white",
        reveal_width="1200",
        reveal_height="900",
        jquery_url="../assets/jquery/jquery.min.js",
        require_js_url="../assets/requirejs/require.js",
        mathjax_url="../assets/mathjax/MathJax.js?config=TeX-AMS_SVG-full,local/course",
        mermaid_js_url=NO_MERMAID,
    )
    hide = TagRemovePreprocessor(remove_input_tags={HIDDEN})
    exporter.register_preprocessor(hide, enabled=True)
    cells = nbformat.read(notebook, as_version=4)
    for cell in cells.cells:
        if cell.id.startswith("claim-"):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), HIDDEN]
    body, _ = exporter.from_notebook_node(cells, {"metadata": {"name": notebook.stem}})
    target = out / "slides" / f"{notebook.stem}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(body, encoding="utf-8")
    return target


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when there is no such lesson."""
    command = "python -m course_utils.tools.present"
    parser = argparse.ArgumentParser(prog=command, description=__doc__)
    parser.add_argument("lesson", help="the number of the lesson, for example 01")
    parser.add_argument("--out", type=Path, help="write the slides here and do not open them")
    options = parser.parse_args(arguments)
    lessons = {
        path.name[:2]: path for path in course_notebooks() if path.parent.name != "solutions"
    }
    if options.lesson not in lessons:
        parser.error(f"lesson must be one of {', '.join(lessons)}, got {options.lesson!r}")
    target = write_slides(lessons[options.lesson], options.out or Path(tempfile.mkdtemp()))
    print(target)
    if options.out is None:
        webbrowser.open(target.as_uri())
    return 0


if __name__ == "__main__":
    sys.exit(main())
