"""Present a lesson as slides, without a network: `python -m course_utils.tools.present 01`.

nbconvert writes the slides of all lessons, which lead from one to the next, into the folder
`slides` of the project (or the one given by --out); the lesson asked for is opened in the browser.
What nbconvert would load from the network, reveal.js and MathJax above all, lies in `assets`, see
the README there. With --pdf a browser prints the slides instead, one page for each.
"""

import argparse
import ast
import functools
import html
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import webbrowser
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from nbconvert.preprocessors import TagRemovePreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from course_utils.tools.diagrams import FIGURES
from course_utils.tools.execute import COURSE, NOTEBOOKS, course_notebooks

ASSETS = Path(__file__).parent / "assets"
SLIDES = COURSE / "slides"
# The tag of cells whose code is left out of the slides, as is that of claims and what only shows
# something at the end of a cell: the class reads the sentence, or sees the picture or table.
HIDDEN = "slides-hide-input"
SHOWING = {"claim", "plots.show", "plots.explore", "table"}
BLANK = re.compile(r"\n{3,}")
CLAIM = re.compile(r"✓ (?P<sentence>.+?)(?: \[(?P<measured>[^]]*≈.*)\])?")
LINK = re.compile(r"(?<!!)\[(?P<words>[^]]+)\]\((?!https?:)(?P<target>[^)#\s]+)[^)]*\)")
WIDGET = "application/vnd.jupyter.widget-view+json"
SCRIPT = "application/javascript"  # names for sliders, which need a kernel
# Browsers that print without a window: the names of commands, and where macOS and Windows put them.
BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
    "microsoft-edge", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)  # fmt: skip


@functools.cache
def lessons() -> dict[str, Path]:
    """Return the number of each lesson → its notebook."""
    return {path.name[:2]: path for path in course_notebooks() if path.parent == NOTEBOOKS}


def predictions(page: str) -> dict[str, str]:
    """Read an instructors' page: the id of a cell with a prediction → the notes on it.

    They stand below `## Predictions`, each below a line `### cell-id`.
    """
    _, _, part = f"\n{page}".partition("\n## Predictions\n")
    entries = re.split(r"^### +(\S+) *$", part.partition("\n## ")[0], flags=re.MULTILINE)
    return dict(zip(entries[1::2], map(str.strip, entries[2::2]), strict=True))


def for_class(notebook: NotebookNode, notes: dict[str, str] | None = None) -> NotebookNode:
    """Return the notebook as the slides show it.

    Claims are sentences, without their code. Warnings and progress bars are left out, links lead to
    slides, and notes (id of a cell → Markdown, for the speaker) follow their cells.
    """
    notes = dict(notes or {})
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(_to_slides, cell.source).replace("](../figures/", "](figures/")
        elif cell.cell_type == "code":
            cell.outputs = [shown for output in cell.outputs for shown in _for_class(output)]
            cell.source = BLANK.sub("\n\n", _without_showing(cell.source))
            if cell.id.startswith("claim-") or not cell.source:
                cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), HIDDEN})
            if HIDDEN in cell.metadata.get("tags", []):  # the value of a line that is not shown
                cell.outputs = [o for o in cell.outputs if o.output_type != "execute_result"]
        cells.append(cell)
        note = notes.pop(cell.id, None)
        if note and cell.metadata.get("slideshow", {}).get("slide_type") != "skip":
            spoken = {"slideshow": {"slide_type": "notes"}}
            cells.append(new_markdown_cell(note, metadata=spoken))
    if notes:
        raise ValueError(f"the instructors' page has predictions on no cell: {', '.join(notes)}")
    notebook.metadata.pop("widgets", None)
    return NotebookNode(notebook, cells=cells)


def _without_showing(code: str) -> str:
    """Return code without the calls at its end that show pictures, tables or claims."""
    steps = ast.parse(code).body
    while steps and _shows(steps[-1]):
        code = "\n".join(code.splitlines()[: steps.pop().lineno - 1]).rstrip()
    return code


def _shows(step: ast.stmt) -> bool:
    """Say whether a statement does nothing but show something."""
    call = step.value if isinstance(step, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) in SHOWING


def _to_slides(link: re.Match) -> str:
    """Let a link to a lesson lead to its slides; of others, which no browser shows, keep words."""
    target = Path(link["target"])
    if target.name in {path.name for path in lessons().values()}:
        return f"[{link['words']}]({target.stem}.html)"
    return link["words"]


def _for_class(output: NotebookNode) -> list[NotebookNode]:
    """Return what the slides show of an output, in order."""
    if output.output_type == "stream":
        return [] if output.name == "stderr" else _sentences(output.text)
    data = dict(output.get("data", {}))
    if data.pop(WIDGET, None) and "text/html" not in data or SCRIPT in data:
        return []
    if "text/html" in data:
        data["text/html"] = _whole(data["text/html"])
        return [new_output("display_data", data)]
    return [output]


def _sentences(text: str) -> list[NotebookNode]:
    """Turn the lines of claims into sentences; leave others as they are printed."""
    outputs = []
    for claims, lines in itertools.groupby(text.splitlines(), lambda line: line.startswith("✓")):
        if claims:
            sentences = {"text/html": "".join(map(_sentence, lines))}
            outputs.append(new_output("display_data", sentences))
        else:
            outputs.append(new_output("stream", text="\n".join(lines)))
    return outputs


def _sentence(line: str) -> str:
    """Write the line of a claim as HTML."""
    claim = CLAIM.fullmatch(line)
    measured = claim["measured"]
    numbers = f' <span class="measured">{html.escape(measured)}</span>' if measured else ""
    return f'<p class="claim">✓ {_whole(html.escape(claim["sentence"]) + numbers)}</p>'


def _whole(text: str) -> str:
    """Keep signs on one line with the number behind; = and ≈ with the word before, too."""
    return re.sub("([=≈±]) ", "\\1\u00a0", re.sub(" ([=≈])", "\u00a0\\1", text))


def write_assets(out: Path) -> None:
    """Write what slides need into the folder `out`."""
    without = shutil.ignore_patterns("template")
    shutil.copytree(ASSETS, out / "assets", dirs_exist_ok=True, ignore=without)
    shutil.copytree(FIGURES, out / "figures", dirs_exist_ok=True)


def write_slides(notebook: Path, out: Path) -> Path:
    """Write the slides of a notebook into `out`, beside the assets; return the HTML."""
    exporter = SlidesExporter(
        extra_template_basedirs=[str(ASSETS)],
        template_name="template",
        reveal_url_prefix="assets/reveal",
        reveal_theme="white",
        mathjax_url="assets/mathjax/MathJax.js?config=TeX-AMS_SVG-full,local/course",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    hide = TagRemovePreprocessor(remove_input_tags={HIDDEN})
    exporter.register_preprocessor(hide, enabled=True)
    page = notebook.parent / "instructors" / f"{notebook.stem}.md"
    notes = predictions(page.read_text(encoding="utf-8")) if page.is_file() else {}
    shown = for_class(nbformat.read(notebook, as_version=4), notes)
    title = shown.cells[0].source.partition("\n")[0].lstrip("# ")
    body, _ = exporter.from_notebook_node(shown, {"metadata": {"name": title}})
    target = out / f"{notebook.stem}.html"
    # The heading above the names of rows is empty: no heading, for those who hear the table.
    target.write_text(body.replace("<th></th>", "<td></td>"), encoding="utf-8")
    return target


def find_browser() -> str | None:
    """Return the command of a browser that prints without a window, None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def write_pdf(slides: Path) -> Path:
    """Print slides, the HTML file, as a PDF beside it, one page for each; return the PDF.

    Raises FileNotFoundError where no browser is found, RuntimeError when it prints nothing.
    """
    browser = find_browser()
    if browser is None:
        raise FileNotFoundError("a PDF needs Chromium, Google Chrome or Edge: install one of them")
    target = slides.with_suffix(".pdf")
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=slides.parent, ignore_cleanup_errors=True) as profile:
        command = [
            browser, "--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer",
            f"--user-data-dir={profile}", f"--print-to-pdf={target}",
            "--virtual-time-budget=60000", f"{slides.as_uri()}?print-pdf",
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # which root is not allowed to use
        run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if not target.is_file():
        raise RuntimeError(f"{browser} printed nothing: {run.stderr.strip()[-300:]}")
    return target


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 when there is no such lesson."""
    command = "python -m course_utils.tools.present"
    parser = argparse.ArgumentParser(prog=command, description=__doc__)
    parser.add_argument("lesson", help="the number of the lesson, for example 01")
    parser.add_argument("--pdf", action="store_true", help="print the slides into a PDF")
    parser.add_argument("--out", type=Path, help="write the slides here and do not open them")
    options = parser.parse_args(arguments)
    if options.lesson not in lessons():
        parser.error(f"lesson must be one of {', '.join(lessons())}, got {options.lesson!r}")
    out = (options.out or SLIDES).resolve()
    write_assets(out)
    target = write_slides(lessons()[options.lesson], out)
    if options.pdf:
        try:
            target = write_pdf(target)
        except (FileNotFoundError, RuntimeError) as error:
            parser.error(str(error))
    print(target)
    if options.out is None:
        webbrowser.open(target.as_uri())
    for number, path in lessons().items():
        if number != options.lesson:
            write_slides(path, out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
