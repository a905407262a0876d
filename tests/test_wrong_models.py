"""Every claim of every notebook can fail, and so can every part of it: wrong models show it.

wrong_models_NN.py names, for each claim cell of lesson NN and of its solutions, functions that
return what the wrong model puts into the namespace in which the cell is then executed.
"""

import ast
import importlib
from functools import cache

import pytest
import torch
from notebook_files import NOTEBOOKS, claim_ids, claim_parts, conditions, name_of, run_cells

pytestmark = pytest.mark.slow


def wrong_models(path):
    return importlib.import_module(f"wrong_models_{path.name[:2]}").WRONG_MODELS


CLAIMS = [
    pytest.param(path, cell_id, id=f"{name_of(path)}-{cell_id}")
    for path in NOTEBOOKS
    for cell_id in claim_ids(path)
]
CASES = [
    pytest.param(*claim.values, model, id=f"{claim.id}-{model.__name__}")
    for claim in CLAIMS
    for model in wrong_models(claim.values[0]).get(claim.values[1], [])
]


# Calculated from the constants of the cell alone.
CANNOT_FAIL = {
    "solutions/05_variational_autoencoders.ipynb, claim-repair": {"abs(weight_of_sum - 10) < 1e-09"}
}

PARTS = {
    "f(a) < 1 or b": ["f(a) < 1 or b"],
    "a and (b or not c) and (d and e)": ["a", "b or not c", "d", "e"],
    "0 < a <= b": ["0 < a", "a <= b"],
    "bool(a < b < c)": ["a < b", "b < c"],
    "all(x > 0 and y for x, y in z)": ["all(x > 0 for x, y in z)", "all(y for x, y in z)"],
    "all([a, b])": ["all([a, b])"],
    "named": ["a", "b < c"],
}


@cache
def failed_parts(path, cell_id, model):
    """The parts of a claim that are false under a wrong model; the claim itself has to fail."""
    torch.manual_seed(0)
    namespace = run_cells(path, ["imports"], {})
    namespace.update(model())
    with pytest.raises(AssertionError, match="This claim does not hold"):
        run_cells(path, [cell_id], namespace)
    return {part for part in claim_parts(path, cell_id) if is_false(part, namespace)}


def is_false(part, namespace):
    try:
        return not eval(part, namespace)
    except Exception:  # an earlier part guards this one
        return False


@pytest.mark.parametrize("holds, parts", PARTS.items())
def test_a_claim_is_taken_apart_at_and_and_at_chains(holds, parts):
    found = conditions(f"named = a and b < c\nclaim('It holds.', {holds}, a)")
    assert found == [ast.unparse(ast.parse(part)) for part in parts]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_every_claim_names_a_wrong_model(path):
    assert set(claim_ids(path)) <= set(wrong_models(path))


@pytest.mark.parametrize("path, cell_id, model", CASES)
def test_claim_fails_for_its_wrong_model(path, cell_id, model):
    assert failed_parts(path, cell_id, model), "and yet each of its parts holds"


@pytest.mark.parametrize("path, cell_id", CLAIMS)
def test_every_part_of_a_claim_fails_for_a_wrong_model(path, cell_id):
    failed = [failed_parts(path, cell_id, model) for model in wrong_models(path)[cell_id]]
    never = set(claim_parts(path, cell_id)).difference(*failed)
    place = f"{name_of(path)}, {cell_id}"
    assert never == CANNOT_FAIL.get(place, set()), f"{place}: under no wrong model fails {never}"
