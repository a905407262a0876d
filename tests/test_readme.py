"""README and CONTRIBUTING promise only what is there, and the CI runs what the README says."""

import re

import pytest
from notebook_files import LESSONS, ROOT, minutes, read

README, CONTRIBUTING, INSTRUCTORS, CHANGELOG, WORKFLOW, PROJECT = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in (
        "README.md", "CONTRIBUTING.md", "notebooks/instructors/README.md", "CHANGELOG.md",
        ".github/workflows/tests.yml", "pyproject.toml",
    )
)  # fmt: skip


def test_links_and_pictures_resolve():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).is_file(), target


def test_every_lesson_is_in_the_course_map_with_its_title():
    for path in LESSONS:
        title = read(path).cells[0].source.splitlines()[0]
        assert f"| [{title.removeprefix('# ')}](notebooks/{path.name}) |" in README


def test_the_course_map_says_how_long_a_lesson_takes_at_home():
    for path in LESSONS:
        said = re.search(rf"\(notebooks/{path.name}\) \|.*\| (\d+) min \|", README)[1]
        assert int(said) == pytest.approx(sum(minutes(path).values()), abs=5)


def test_requirements_end_with_the_helpers_themselves():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if line][-1] == "-e ."


def test_ci_and_workflow_run_the_test_command():
    command = re.search(r"<!-- test command.*?-->\n```\n(.*?)\n```", README, re.DOTALL)[1]
    assert command.startswith("python3 -m venv .venv && ")
    assert command.endswith(".venv/bin/python -m pytest")
    assert command in WORKFLOW
    assert "README.md" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_ci_and_workflow_check_with_ruff_and_the_fast_loop_first():
    run = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for text, long in ((run, '-c "$command"'), (WORKFLOW, "The README's test command")):
        before = text.partition(long)[0]
        for step in ("ruff check", "ruff format --check", 'pytest -q tests -m "not slow"'):
            assert step in before, step


@pytest.mark.parametrize("text", [README, CONTRIBUTING, INSTRUCTORS])
def test_every_command_that_is_named_exists(text):
    commands = re.findall(r"-m course_utils\.([\w.]+)", text)
    assert commands
    for command in commands:
        assert (ROOT / "course_utils" / f"{command.replace('.', '/')}.py").is_file(), command


def test_every_file_that_contributing_names_exists():
    named = re.findall(r"`((?:course_utils|notebooks|tests)/[^`\s]+)`", CONTRIBUTING)
    for name in {name.replace("NN_….", "02_*.").replace("NN", "02") for name in named}:
        assert list(ROOT.glob(name)), name


def test_the_version_is_the_same_everywhere():
    version = re.search(r'^version = "(.*)"', PROJECT, re.MULTILINE)[1]
    assert f"Version {version.removesuffix('.0')}." in README
    assert re.findall(r"^## (\d\S+)", CHANGELOG, re.MULTILINE)[0] == version
