import math

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.metrics import (
    active_units,
    alive_units,
    encode,
    lifetime_sparseness,
    population_sparseness,
)
from course_utils.models import Autoencoder, unit_norm_columns

CODES = torch.tensor([[0.0, 2.0, 0.0, 0.5], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.7]])


def vinje_gallant(values):
    """S = (1 − (Σ r/n)² / (Σ r²/n)) / (1 − 1/n), as written in Vinje and Gallant (2000)."""
    n = len(values)
    ratio = (sum(values) / n) ** 2 / (sum(v * v for v in values) / n)
    return (1 - ratio) / (1 - 1 / n)


def test_active_units_counts_per_example_and_alive_units_over_all():
    assert active_units(CODES) == pytest.approx(4 / 3)
    assert alive_units(CODES) == 2


def test_units_are_active_above_the_threshold_only_and_by_size():
    assert active_units(CODES, 0.5) == pytest.approx(1)
    assert active_units(-CODES, 0.5) == pytest.approx(1)
    assert alive_units(CODES, 1.0) == 1


@pytest.mark.parametrize("seed", range(5))
def test_sparseness_is_that_of_vinje_and_gallant_per_unit_and_per_example(seed):
    h = torch.rand(7, 5, generator=torch.Generator().manual_seed(seed)) ** 3
    per_unit = [vinje_gallant(column) for column in h.double().numpy().T]
    per_example = [vinje_gallant(row) for row in h.double().numpy()]
    np.testing.assert_allclose(lifetime_sparseness(h), per_unit, rtol=1e-9)
    np.testing.assert_allclose(population_sparseness(h), per_example, rtol=1e-9)


def test_sparseness_is_0_for_a_constant_and_1_for_a_single_response():
    one = torch.eye(6)
    for measure in (lifetime_sparseness, population_sparseness):
        torch.testing.assert_close(measure(torch.full((6, 6), 0.05)), torch.zeros(6).double())
        torch.testing.assert_close(measure(one), torch.ones(6).double())


def test_the_two_kinds_of_sparseness_are_told_apart():
    busy_moments = torch.zeros(10, 4)
    busy_moments[0] = 1  # every unit answers to the first example, and to nothing else
    torch.testing.assert_close(lifetime_sparseness(busy_moments), torch.ones(4).double())
    assert population_sparseness(busy_moments)[0].item() == pytest.approx(0)


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1e6])
def test_sparseness_does_not_depend_on_the_scale(scale):
    h = torch.rand(7, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        lifetime_sparseness(scale * h), lifetime_sparseness(h), rtol=1e-5, atol=1e-6
    )


def test_sparseness_of_silence_is_not_defined():
    h = torch.rand(4, 3)
    h[:, 1] = 0
    assert torch.isnan(lifetime_sparseness(h)).tolist() == [False, True, False]


@pytest.mark.parametrize(
    "measure", [active_units, alive_units, lifetime_sparseness, population_sparseness]
)
def test_measures_refuse_what_is_not_a_batch_of_codes(measure):
    for bad in (torch.rand(3), torch.rand(2, 2, 2), torch.rand(0, 3), torch.tensor([[math.nan]])):
        with pytest.raises(ValueError, match="^h "):
            measure(bad)
    for bad in (np.ones((3, 3)), torch.ones(3, 3, dtype=torch.int64)):
        with pytest.raises(TypeError, match="^h must"):
            measure(bad)


def test_measures_refuse_too_little_and_a_negative_threshold():
    with pytest.raises(ValueError, match="two examples"):
        lifetime_sparseness(torch.rand(1, 3))
    with pytest.raises(ValueError, match="two units"):
        population_sparseness(torch.rand(3, 1))
    with pytest.raises(ValueError, match="^threshold"):
        active_units(CODES, -0.1)


def test_encode_gives_the_codes_of_the_model_and_records_no_gradient():
    model = Autoencoder((9, 4), code_activation=nn.ReLU)
    x = torch.rand(6, 9)
    assert torch.equal(encode(model, x), model.encode(x))
    assert not encode(model, x).requires_grad


# unit-norm decoder columns


def test_unit_norm_columns_keeps_the_directions_and_the_bias():
    layer = nn.Linear(5, 7)
    weight, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
    assert unit_norm_columns(layer) is layer
    torch.testing.assert_close(layer.weight, weight / weight.square().sum(0).sqrt())
    assert torch.equal(layer.bias, bias)


def test_the_columns_stay_of_length_1_under_any_optimizer():
    torch.manual_seed(0)
    model = Autoencoder((9, 12), code_activation=nn.ReLU)
    unit_norm_columns(model.decoder[-1])
    optimizer = torch.optim.Adam(model.parameters(), 0.1)
    x = torch.rand(20, 9)
    before = model.decoder[-1].weight.detach().clone()
    for _ in range(20):
        optimizer.zero_grad()
        (model(x).x_hat - x).square().sum().backward()
        optimizer.step()
    weight = model.decoder[-1].weight.detach()
    torch.testing.assert_close(weight.norm(dim=0), torch.ones(12))
    assert (weight - before).abs().max() > 0.05


def test_unit_norm_columns_survives_saving():
    layer, other = unit_norm_columns(nn.Linear(5, 7)), unit_norm_columns(nn.Linear(5, 7))
    other.load_state_dict(layer.state_dict())
    assert torch.equal(layer.weight, other.weight)


def test_gradients_reach_the_free_matrix_as_the_plain_formula_gives_them():
    layer = unit_norm_columns(nn.Linear(5, 7).double())
    layer.weight = 3 * torch.randn(7, 5, dtype=torch.float64)
    v = layer.parametrizations.weight.original
    target = torch.randn(7, 5, dtype=torch.float64)
    (got,) = torch.autograd.grad((layer.weight * target).sum(), v)
    plain = v.detach().clone().requires_grad_()
    ((plain / plain.norm(dim=0)) * target).sum().backward()
    torch.testing.assert_close(got, plain.grad)


def test_unit_norm_columns_refuses_a_column_of_zeros_at_once_and_on_assignment():
    empty = torch.randn(3, 2)
    empty[:, 0] = 0
    layer = nn.Linear(2, 3)
    unit_norm_columns(layer)
    with pytest.raises(ValueError, match="^weight has a column of zeros"):
        layer.weight = empty
    layer = nn.Linear(2, 3)
    with torch.no_grad():
        layer.weight.copy_(empty)
    with pytest.raises(ValueError, match="^weight has a column of zeros"):
        unit_norm_columns(layer)


def test_unit_norm_columns_refuses_another_layer():
    with pytest.raises(TypeError, match="^layer must"):
        unit_norm_columns(nn.ReLU())
