"""Every claim of every notebook can fail: under a wrong model it does.

wrong_models_NN.py names, for each claim cell of lesson NN and of its solutions, functions that
return what the wrong model puts into the namespace in which the cell is then executed.
"""

import importlib

import pytest
from notebook_files import NOTEBOOKS, claim_ids, name_of, run_cells


def wrong_models(path):
    return importlib.import_module(f"wrong_models_{path.name[:2]}").WRONG_MODELS


CASES = [
    pytest.param(path, cell_id, model, id=f"{name_of(path)}-{cell_id}-{model.__name__}")
    for path in NOTEBOOKS
    for cell_id, models in wrong_models(path).items()
    if cell_id in claim_ids(path)
    for model in models
]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_every_claim_names_a_wrong_model(path):
    assert set(claim_ids(path)) <= set(wrong_models(path))


@pytest.mark.parametrize("path, cell_id, model", CASES)
def test_claim_fails_for_its_wrong_model(path, cell_id, model):
    namespace = run_cells(path, ["imports"], {})
    namespace.update(model())
    with pytest.raises(AssertionError, match="This claim does not hold"):
        run_cells(path, [cell_id], namespace)
