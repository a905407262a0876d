"""What is wrong with slides, seen in Chromium: used by test_browser.py.

The network does not answer there, as in a room whose access is blocked: whatever a page asks for
outside is noted, and must not hold it up.
"""

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError

LOOK = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
READY = ".reveal.ready"
OUTSIDE = re.compile("https?:|wss?:")
RULES = ["color-contrast", "image-alt", "link-in-text-block", "empty-table-header", "list"]


# All slides below each other, as on paper, so that axe sees them at once.
SPREAD = """() => {
  for (const part of document.querySelectorAll(".reveal .slides, .reveal .slides section"))
    for (const name of ["style", "hidden", "aria-hidden"]) part.removeAttribute(name);
  document.querySelector(".reveal").classList.remove("ready");
  document.documentElement.className = "print-pdf";
}"""


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
    except TimeoutError:
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
        rules = {"runOnly": {"type": "rule", "values": RULES}}
        violations = Axe().run(page, options=rules).response["violations"]
        problems += found["problems"]
        problems += [f"{v['id']}: {node['html'][:90]}" for v in violations for node in v["nodes"]]
    page.close()
    return count, problems
