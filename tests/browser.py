"""What is wrong with slides and pages, seen in Chromium: for test_browser.py and the one of pages.

Where there is no browser, or no package to drive it, whoever imports this is skipped. Slides have a
network that does not answer, as in a room whose access is blocked: whatever they ask for outside is
noted, and must not hold them up.
"""

import re
from pathlib import Path

import pytest

from course_utils.tools import present

NEEDED = 'the tests in a browser need Chromium and: pip install -e ".[browser]"'
sync_api = pytest.importorskip("playwright.sync_api", reason=NEEDED)
axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason=NEEDED)
if present.find_browser() is None:
    pytest.skip(NEEDED, allow_module_level=True)

LOOK = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
READY = ".reveal.ready"
OUTSIDE = re.compile("https?:|wss?:")
RULES = ["color-contrast", "image-alt", "link-in-text-block", "empty-table-header", "list"]


# Axe takes most of its time for the words of code, one by one. A colour of code is looked at once.
THIN_OUT = """() => {
  const seen = new Set();
  for (const word of document.querySelectorAll("pre span[class]:not(:has(*))"))
    if (seen.has(word.className)) word.replaceWith(word.textContent);
    else seen.add(word.className);
}"""
# All slides below each other, as on paper, so that axe sees them at once.
SPREAD = """() => {
  for (const part of document.querySelectorAll(".reveal .slides, .reveal .slides section"))
    for (const name of ["style", "hidden", "aria-hidden"]) part.removeAttribute(name);
  document.querySelector(".reveal").classList.remove("ready");
  document.documentElement.className = "print-pdf";
}"""


def axe(page, rules: list[str] | None = None) -> list[str]:
    """What axe finds on a page, by all of its rules or by some; the page's code loses its colours.

    A heading of a table that is a formula is MathML, which is read aloud: axe takes it for empty.
    """
    page.evaluate(THIN_OUT)
    options = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = axe_api.Axe().run(page, {"exclude": ["th:has(math)"]}, options).response["violations"]
    return [f"{rule['id']}: {node['html'][:90]}" for rule in found for node in rule["nodes"]]


def open_page(browser, slides: Path, seconds: float = 60):
    """Open slides; return the page and a list of what goes wrong, to which more may come."""
    page = browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    problems = []

    def hold(route):
        problems.append(f"asks for {route.request.url}")

    def note(message):
        if message.type == "error":
            problems.append(f"console {message.text}")

    page.route(OUTSIDE, hold)
    page.on("pageerror", lambda error: problems.append(f"error {error}"))
    page.on("console", note)
    try:
        page.goto(slides.as_uri(), wait_until="commit")
        page.wait_for_selector(READY, state="attached", timeout=1000 * seconds)
    except sync_api.TimeoutError:
        problems.append(f"not ready after {seconds} seconds")
    return page, problems


def walk(browser, slides: Path, seconds: float = 60) -> tuple[int, list[str]]:
    """Return the number of slides and all that is wrong with them, in words."""
    page, problems = open_page(browser, slides, seconds)
    count = 0
    if not any("not ready" in problem for problem in problems):
        found = page.evaluate(LOOK)
        count = found["slides"]
        page.evaluate(SPREAD)
        problems += found["problems"] + axe(page, RULES)
    page.close()
    return count, problems
