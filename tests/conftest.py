"""For pytest: how many processes run the tests, with how many threads each, and the browser."""

import os

import pytest
import torch

# The tests' matrices are small, and on a busy machine threads wait for each other. The notebooks'
# kernels, which inherit the variable, share the cores with those of the other processes.
torch.set_num_threads(1)
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"


def pytest_xdist_auto_num_workers(config):
    """One process a core, at most four; none beside the caller's where notebooks are left out."""
    everything = any("notebooks" in str(argument) for argument in config.args)
    return min(os.cpu_count() or 1, 4) if everything else 0


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
