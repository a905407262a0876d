"""Executing: what is saved of a run, and that saved notebooks are those of today's cells."""

import pytest
from nbformat import v4
from notebook_files import NOTEBOOKS, name_of, notebook_at, read

from course_utils.tools import execute


@pytest.mark.slow
def test_execute_reports_a_failing_cell_and_does_not_save_it(tmp_path, capsys):
    path = notebook_at(tmp_path / "a.ipynb", v4.new_code_cell("raise ValueError('on purpose')"))
    before = path.read_bytes()
    assert execute.main([str(path)]) == 1
    assert "on purpose" in capsys.readouterr().out
    assert path.read_bytes() == before


@pytest.mark.slow
def test_execute_leaves_nothing_of_the_machine_in_a_notebook(tmp_path):
    source = (
        "import torch\nfrom course_utils.training import fit\n"
        "loss = lambda model, x: {'error': model(x).square().mean()}\n"
        "fit(torch.nn.Linear(2, 1), torch.rand(8, 2), loss, epochs=2)\nprint('done')"
    )
    path = notebook_at(tmp_path / "a.ipynb", v4.new_code_cell(source))
    assert execute.main([str(path)]) == 0
    saved = execute.nbformat.read(path, as_version=4)
    assert [output.get("text") for output in saved.cells[0].outputs] == ["done\n"]
    assert saved.cells[0].metadata == {}
    assert set(saved.metadata) <= {"language_info", "kernelspec", "course"}
    assert saved.metadata.language_info == {"name": "python"}
    assert saved.metadata.course == {"code": execute.fingerprint(saved)}


def test_a_cell_that_was_written_as_text_gets_its_name():
    cell = v4.new_code_cell("1", metadata={"id": "claim-sweep"})
    notebook = execute.tidy(v4.new_notebook(cells=[cell, v4.new_code_cell("2", id="kept")]))
    assert [cell.id for cell in notebook.cells] == ["claim-sweep", "kept"]
    assert notebook.cells[0].metadata == {}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_saved_notebook_was_made_by_its_cells_of_today(path):
    again = f"python -m course_utils.tools.execute notebooks/{name_of(path)}"
    today = {"code": execute.fingerprint(read(path))}
    assert read(path).metadata.get("course") == today, f"a cell has changed; run {again}"


def test_code_changes_the_fingerprint_of_a_notebook_and_text_does_not():
    def code(*cells):
        return execute.fingerprint(v4.new_notebook(cells=list(cells)))

    one, other, text = v4.new_code_cell("1"), v4.new_code_cell("2"), v4.new_markdown_cell("3")
    assert code(one) != code(other)
    assert code(one) == code(one, text)
    assert code(one, other) != code(other, one)
