"""The pictures of notebook 04 show the numbers that they are given."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver

from course_utils import plots

POINTS = torch.tensor([[0.0, 0.5], [1.0, -0.5], [-1.0, 0.2]])
ARROWS = torch.tensor([[0.1, 0.0], [0.0, -0.2], [0.3, 0.3]])


def test_arrows_start_at_their_points_and_keep_their_length():
    (ax,) = plots.arrow_panels({"r(x̃) − x̃": (POINTS, ARROWS)}).axes
    (drawn,) = (child for child in ax.get_children() if isinstance(child, Quiver))
    np.testing.assert_allclose(drawn.XY, POINTS)
    np.testing.assert_allclose(np.stack([drawn.U, drawn.V], 1), ARROWS)
    assert (drawn.angles, drawn.scale_units, drawn.scale) == ("xy", "xy", 1)
    assert ax.get_aspect() == 1 and ax.get_xlabel() and ax.get_ylabel()


def test_arrows_stand_before_the_same_points_in_every_panel():
    panels = {"network": (POINTS, ARROWS), "formula": (POINTS, -ARROWS)}
    axes = plots.arrow_panels(panels, POINTS).axes
    assert [ax.get_title() for ax in axes] == ["network", "formula"]
    for ax in axes:
        np.testing.assert_allclose(ax.collections[0].get_offsets(), POINTS)


def test_clouds_share_their_axes_and_hold_every_point():
    clouds = {"first": 3 * POINTS, "last": POINTS}
    axes = plots.point_panels(clouds, ARROWS).axes
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in axes}) == 1
    for ax, cloud in zip(axes, clouds.values(), strict=True):
        background, points = ax.collections
        np.testing.assert_allclose(background.get_offsets(), ARROWS)
        np.testing.assert_allclose(points.get_offsets(), cloud)
        assert ax.get_xlim()[0] <= cloud[:, 0].min() and cloud[:, 0].max() <= ax.get_xlim()[1]
        assert ax.get_ylim()[0] <= cloud[:, 1].min() and cloud[:, 1].max() <= ax.get_ylim()[1]


@pytest.fixture
def numbers():
    return torch.tensor([[24.0, 17.3, 14.6], [20.1, 18.6, 16.4]])


def test_a_matrix_shows_its_numbers_where_they_belong(numbers):
    (ax,) = plots.matrix(numbers, ["a", "b"], ["x", "y", "z"], "trained", "tested").axes
    np.testing.assert_allclose(ax.images[0].get_array(), numbers)
    for text in ax.texts:
        column, row = (round(place) for place in text.get_position())
        assert text.get_text() == f"{numbers[row, column]:.1f}"
    assert len(ax.texts) == numbers.numel()
    assert [t.get_text() for t in ax.get_xticklabels()] == ["x", "y", "z"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("tested", "trained")


def test_the_numbers_of_a_matrix_are_written_against_their_ground(numbers):
    (ax,) = plots.matrix(numbers, ["a", "b"], ["x", "y", "z"], "trained", "tested").axes
    dark = {t.get_text() for t in ax.texts if t.get_color() == "white"}
    assert dark == {"17.3", "14.6", "18.6", "16.4"}


@pytest.mark.parametrize(
    "draw",
    [
        lambda x: plots.arrow_panels({"a": (x, x)}),
        lambda x: plots.point_panels({"a": x}),
        lambda x: plots.matrix(x, "abc", "xy", "trained", "tested"),
    ],
)
def test_tensors_with_a_gradient_can_be_drawn(draw):
    assert isinstance(draw(POINTS.clone().requires_grad_()), Figure)
