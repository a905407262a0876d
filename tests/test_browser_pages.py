"""In a real browser: the course as HTML, wide and narrow, and a student's copy in JupyterLab.

They are left out where there is no Chromium or no playwright, see CONTRIBUTING.md. A request that
leaves the machine is refused and makes a test fail.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import browser as seen
import pytest
from nbformat import v4, write
from notebook_files import LESSONS, NOTEBOOKS, ROOT

from course_utils.tools import learn, publish

pytestmark = pytest.mark.slow
TEXTS = [*ROOT.glob("notebooks/*.md"), *ROOT.glob("notebooks/instructors/*.md")]
PAGES = ["index.html"] + [
    path.relative_to(ROOT).with_suffix(".html").as_posix() for path in NOTEBOOKS + sorted(TEXTS)
]
ALLOWED = ("file:", "data:", "blob:", "http://127.0.0.1:", "ws://127.0.0.1:")


class Watched:
    """A page of the browser, with what went wrong while it was open."""

    def __init__(self, browser):
        self.page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.page.set_default_timeout(60_000)
        self.wrong: list[str] = []
        self.page.route(lambda url: not url.startswith(ALLOWED), self._refuse)
        self.page.on("requestfailed", lambda request: self.wrong.append(f"failed {request.url}"))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", self._note)

    def _refuse(self, route):
        self.wrong.append(f"asks for {route.request.url}")
        route.abort()

    def _note(self, message):
        if message.type == "error":
            self.wrong.append(f"{message.text} {message.location}")


# The course as HTML


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return publish.write_site(ROOT, tmp_path_factory.mktemp("site")).parent


@pytest.fixture(scope="module", params=PAGES)
def opened(request, site, chromium):
    """A page of the course with all formulas drawn."""
    watched = Watched(chromium)
    watched.page.goto((site / request.param).as_uri())
    watched.page.wait_for_function("window.MathJax?.Hub?.queue.pending === 0 && MathJax.isReady")
    watched.page.evaluate("new Promise(done => MathJax.Hub.Queue(done))")
    yield watched
    watched.page.close()


# Formulas that are written, that are drawn and can be seen, errors, TeX that was left as it is.
FORMULAS = r"""() => {
  const drawn = [...document.querySelectorAll(".MathJax_SVG svg")];
  const prose = document.querySelector("main").cloneNode(true);
  prose.querySelectorAll("pre, code, script, .MathJax_SVG").forEach((part) => part.remove());
  return [
    document.querySelectorAll('script[type^="math/tex"]').length,
    drawn.filter((svg) => svg.getBoundingClientRect().height || svg.closest("details")).length,
    document.querySelectorAll(".MathJax_Error, .MathJax_SVG [data-mml-node=merror]").length,
    prose.textContent.match(/\$[^$]+\$|\\[a-z]+\{/g) ?? [],
  ];
}"""
# Words of paragraphs and tables that are too small, and pictures that are smaller than they are.
SMALL = """() => [
  ...[...document.querySelectorAll("p, li, td, th")]
    .filter((part) => parseFloat(getComputedStyle(part).fontSize) < 16),
  ...[...document.images].filter((image) => {
    const least = Math.min(+image.getAttribute("width") || image.naturalWidth, 480);
    return image.checkVisibility() && image.getBoundingClientRect().width < least - 1;
  }),
].map((part) => part.outerHTML.slice(0, 200))"""
LONGEST = """() => Math.max(0, ...[...document.querySelectorAll("main p")].map((p) => {
  const lines = p.clientHeight / parseFloat(getComputedStyle(p).lineHeight);
  return lines < 2.5 || p.querySelector("svg") ? 0 : p.innerText.length / Math.round(lines);
}))"""


def test_a_page_is_complete_and_asks_nothing_of_a_network(opened):
    written, drawn, errors, left = opened.page.evaluate(FORMULAS)
    assert (drawn, errors, left) == (written, 0, [])
    assert opened.page.evaluate("[...document.images].every((image) => image.naturalWidth)")
    assert opened.wrong == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_can_be_read_at_a_width(opened, width):
    opened.page.set_viewport_size({"width": width, "height": 900})
    opened.page.evaluate("document.querySelectorAll('details').forEach((part) => part.open = true)")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.evaluate(SMALL) == []
    assert opened.page.evaluate(LONGEST) <= 90


def test_axe_finds_nothing_on_a_page(opened):
    """On a narrow one, where there is more: what has to scroll."""
    opened.page.set_viewport_size({"width": 390, "height": 900})
    opened.page.evaluate("document.querySelectorAll('details').forEach((part) => part.open = true)")
    assert seen.axe(opened.page) == []


# A student's copy in JupyterLab

EXPLORER = """from ipywidgets import FloatSlider
from matplotlib.figure import Figure

from course_utils import plots

def draw(high):
    figure = Figure((2, 2))
    figure.subplots().plot([0, high])
    return figure

plots.explore(draw, "A line that rises.", high=FloatSlider(0.2, max=1, description="high"))
"""
START = "from course_utils.tools import learn; learn.COPY = learn.Path({!r}); learn.main({!r})"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab as `learn` opens it, on a copy with one small notebook more; its address."""
    folder = tmp_path_factory.mktemp("lab")
    learn.update(ROOT, folder / "copy")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
    cells = [v4.new_markdown_cell("# Small, $x^2$"), v4.new_code_cell(EXPLORER)]
    write(v4.new_notebook(cells=cells, metadata=kernel), folder / "copy/small.ipynb")
    tracker = folder / "settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True)
    tracker.write_text('{"windowingMode": "none"}')  # all cells are on the page
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    options = [
        "--no-browser", "--allow-root", "--expose-app-in-browser", "--ServerApp.ip=127.0.0.1",
        f"--port={address.rpartition(':')[2]}", "--IdentityProvider.token=",
        f"--LabApp.workspaces_dir={folder / 'workspaces'}",
        f"--LabApp.user_settings_dir={folder / 'settings'}",
    ]  # fmt: skip
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-c", START.format(str(folder / "copy"), options)]
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log)
    try:
        wait_for(f"{address}/api", server)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def wait_for(address, server):
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            assert server.poll() is None, "JupyterLab did not start"
            time.sleep(0.25)
    raise TimeoutError(address)


THEMES = ["JupyterLab Light", "JupyterLab Dark"]
OPEN = """async (name) => {
  const panel = await jupyterapp.commands.execute("docmanager:open", { path: name });
  await panel.context.ready;
  await panel.sessionContext.ready;
}"""


@pytest.fixture(scope="module")
def watched(lab, chromium):
    """JupyterLab in the browser, ready to open notebooks."""
    opened = Watched(chromium)
    opened.page.goto(f"{lab}/doc/tree/small.ipynb?reset")
    opened.page.wait_for_function("window.jupyterapp?.restored")
    opened.page.evaluate("jupyterapp.restored.then(() => null)")
    yield opened
    opened.page.close()


def set_theme(page, theme):
    page.evaluate(
        "(theme) => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
    )
    page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")


def test_a_copied_lesson_opens_with_its_pictures_and_without_outputs(watched):
    page = watched.page
    page.evaluate(OPEN, LESSONS[0].name)
    page.wait_for_selector(".jp-MarkdownCell img[src*='architecture.svg']", state="attached")
    broken = "[...document.images].filter((image) => !image.naturalWidth).map((image) => image.src)"
    for theme in THEMES:
        set_theme(page, theme)
        page.wait_for_function("[...document.images].every((image) => image.complete)")
        assert page.evaluate(broken) == []
        assert page.locator(".jp-OutputArea-output").count() == 0
        assert watched.wrong == []


def test_a_notebook_runs_and_a_slider_moved_by_keyboard_draws_anew(watched):
    page = watched.page
    page.evaluate(OPEN, "small.ipynb")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    picture = page.locator(".jp-OutputArea img[alt='A line that rises.']")
    picture.wait_for(timeout=120_000)
    for theme, value in zip(THEMES, ["0.3", "0.4"]):
        set_theme(page, theme)
        before = picture.get_attribute("src")
        page.locator("[role=slider]").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "(before) => document.querySelector('.jp-OutputArea img').src !== before", arg=before
        )
        slider = page.get_by_role("slider", name="high")
        assert slider.get_attribute("aria-valuenow") == value
        assert watched.wrong == []
