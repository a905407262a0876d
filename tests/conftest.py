"""For pytest: one thread a test, what the fast loop leaves out, and the browser."""

import pytest
import torch

torch.set_num_threads(1)  # the tests' matrices are small


def pytest_ignore_collect(collection_path, config):
    """Do not even import the files that the fast loop leaves out as a whole."""
    if config.option.markexpr == "not slow" and collection_path.suffix == ".py":
        return "\npytestmark = pytest.mark.slow\n" in collection_path.read_text("utf-8") or None


@pytest.fixture(scope="module")
def chromium():
    """A browser without a window. (Not for the session: its event loop would be in others' way.)"""
    import browser

    with browser.sync_api.sync_playwright() as playwright:
        command = browser.present.find_browser()
        yield playwright.chromium.launch(executable_path=command, args=["--no-sandbox"])
