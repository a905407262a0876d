"""The README promises only what is there, and the CI runs what the README says."""

import re

import pytest
from notebook_files import LESSONS, ROOT

from course_utils import badges, execute, present

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_links_and_pictures_resolve():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).is_file(), target


def test_every_lesson_is_in_the_course_map_with_its_title():
    for path in LESSONS:
        title = execute.nbformat.read(path, as_version=4).cells[0].source.splitlines()[0]
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


def test_badges_are_those_of_the_address_in_pyproject():
    shown = README.partition(badges.START)[2].partition(badges.END)[0].strip()
    assert shown == badges.block(badges.repository())


def test_badges_point_to_files_that_exist():
    lines = badges.block("https://github.com/someone/course")
    targets = re.findall(r"/blob/main/([^)]+)\)", lines)
    assert len(targets) == len(LESSONS)
    assert all((ROOT / target).is_file() for target in targets)


@pytest.mark.parametrize(
    "address", ["http://example.org/a/b", "github.com/a/b", "https://github.com/a"]
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ValueError, match="repository must be"):
        badges.block(address)


def test_no_badge_without_an_address():
    assert badges.block("") == badges.OFF


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_slides_need_no_network(path, tmp_path):
    html = present.write_slides(path, tmp_path).read_text(encoding="utf-8")
    for target in re.findall(r"""(?:src|href)=["'](\.\./[^"'?]+)""", html):
        assert (tmp_path / "slides" / target).exists(), target
    outside = re.findall(r"""(?:src|href)=["'](https?://[^"']+\.(?:js|css))""", html)
    assert outside == []


def test_execute_reports_a_failing_cell_and_does_not_save_it(tmp_path, capsys):
    cell = execute.nbformat.v4.new_code_cell("raise ValueError('on purpose')")
    path = tmp_path / "failing.ipynb"
    execute.nbformat.write(execute.nbformat.v4.new_notebook(cells=[cell]), path)
    before = path.read_bytes()
    assert execute.main([str(path)]) == 1
    assert "on purpose" in capsys.readouterr().out
    assert path.read_bytes() == before


def test_execute_leaves_nothing_of_the_machine_in_a_notebook(tmp_path):
    source = (
        "import torch\nfrom course_utils.training import fit\n"
        "loss = lambda model, x: {'error': model(x).square().mean()}\n"
        "fit(torch.nn.Linear(2, 1), torch.rand(8, 2), loss, epochs=2)\nprint('done')"
    )
    cell = execute.nbformat.v4.new_code_cell(source)
    path = tmp_path / "clean.ipynb"
    execute.nbformat.write(execute.nbformat.v4.new_notebook(cells=[cell]), path)
    assert execute.main([str(path)]) == 0
    saved = execute.nbformat.read(path, as_version=4)
    assert [output.get("text") for output in saved.cells[0].outputs] == ["done\n"]
    assert saved.cells[0].metadata == {}
    assert set(saved.metadata) <= {"language_info", "kernelspec"}
    assert saved.metadata.language_info == {"name": "python"}
