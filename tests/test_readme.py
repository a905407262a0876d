"""The README promises only what is there, and the CI runs what the README says."""

import re

from notebook_files import LESSONS, ROOT, read

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_links_and_pictures_resolve():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).is_file(), target


def test_every_lesson_is_in_the_course_map_with_its_title():
    for path in LESSONS:
        title = read(path).cells[0].source.splitlines()[0]
        assert f"| [{title.removeprefix('# ')}](notebooks/{path.name}) |" in README


def test_requirements_end_with_the_helpers_themselves():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if line][-1] == "-e ."


def test_ci_and_workflow_run_the_test_command():
    command = re.search(r"<!-- test command.*?-->\n```\n(.*?)\n```", README, re.DOTALL)[1]
    assert command.startswith("python3 -m venv .venv && ")
    assert command.endswith(".venv/bin/python -m pytest")
    assert command in (ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    assert "README.md" in (ROOT / ".ci/run").read_text(encoding="utf-8")
