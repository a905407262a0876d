"""Present a lesson as slides, without a network: `python -m course_utils.present 01`.

nbconvert writes the slides; reveal.js and MathJax, which it would load from the network, are taken
from two installed packages, sphinx-revealjs and nbclassic, that carry them. The slides are written
into a temporary folder (or the one given by --out) and opened in the browser.
"""

import argparse
import shutil
import sys
import tempfile
import webbrowser
from importlib.util import find_spec
from pathlib import Path

from nbconvert import SlidesExporter
from traitlets.config import Config

from course_utils.diagrams import FIGURES
from course_utils.execute import course_notebooks

# The tag of cells whose code is left out of the slides; the notebook shows it.
HIDDEN = "slides-hide-input"


def packaged(package: str, folder: str) -> Path:
    """Find a folder inside an installed package, without importing the package."""
    spec = find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"{package} is missing: pip install -r requirements.txt")
    return Path(spec.origin).parent / folder


def write_slides(notebook: Path, out: Path) -> Path:
    """Write the slides of a notebook, and all they need, below `out`; return the HTML file."""
    reveal = packaged("sphinx_revealjs", "_static/revealjs")
    components = packaged("nbclassic", "static/components")
    copies = {
        "reveal/dist": reveal / "dist", "reveal/plugin": reveal / "plugin",
        "jquery": components / "jquery", "requirejs": components / "requirejs",
        "mathjax": components / "MathJax", "figures": FIGURES,
    }  # fmt: skip
    for name, source in copies.items():
        shutil.copytree(source, out / name, dirs_exist_ok=True)
    exporter = SlidesExporter(
        config=Config({"TagRemovePreprocessor": {"enabled": True, "remove_input_tags": {HIDDEN}}}),
        reveal_url_prefix="../reveal",
        reveal_theme="white",
        reveal_width="1200",
        reveal_height="900",
        jquery_url="../jquery/jquery.min.js",
        require_js_url="../requirejs/require.js",
        mathjax_url="../mathjax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe",
    )
    body, _ = exporter.from_filename(str(notebook))
    target = out / "slides" / f"{notebook.stem}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(body, encoding="utf-8")
    return target


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when there is no such lesson."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.present", description=__doc__)
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
