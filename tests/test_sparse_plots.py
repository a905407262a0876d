import ipywidgets as widgets
import pytest
import torch
from matplotlib.figure import Figure

from course_utils import plots


@pytest.fixture
def displayed(monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "display", lambda data, **options: shown.append((data, options)))
    return shown


def test_signed_images_shows_zero_as_mid_grey_and_scales_each_image_by_itself():
    images = torch.zeros(3, 12)
    images[0, 0], images[1, 5], images[2, 1] = 5.0, -0.01, 2.0
    figure = plots.signed_images(images, columns=2, image_shape=(3, 4))
    drawn = [ax.images[0] for ax in figure.axes if ax.images]
    assert len(drawn) == 3 and len(figure.axes) == 4
    for image, limit in zip(drawn, (5.0, 0.01, 2.0), strict=True):
        assert image.get_clim() == pytest.approx((-limit, limit))
        assert image.get_array().shape == (3, 4)


def test_signed_images_draws_an_image_of_zeros():
    assert isinstance(plots.signed_images(torch.zeros(1, 784)), Figure)


def test_histograms_count_every_value_on_common_bins():
    values = {"a": torch.rand(7, 3), "b": torch.rand(50) + 1}
    figure = plots.histograms(values, "value", "how often", bins=10, mark=0.5)
    counts = [[patch.get_height() for patch in ax.patches] for ax in figure.axes]
    assert [sum(c) for c in counts] == [21, 50]
    edges = [[patch.get_x() for patch in ax.patches] for ax in figure.axes]
    assert edges[0] == edges[1] and len(edges[0]) == 10
    assert [ax.get_title() for ax in figure.axes] == ["a", "b"]


def test_trade_off_draws_the_points_and_their_notes():
    figure = plots.trade_off({"net": [(1, 5, "λ = 0"), (2, 3, "λ = 1")]}, "x", "y")
    (ax,) = figure.axes
    assert ax.lines[0].get_xydata().tolist() == [[1, 5], [2, 3]]
    assert [text.get_text() for text in ax.texts] == ["λ = 0", "λ = 1"]


def test_curves_draws_every_function_in_a_style_of_its_own():
    x = torch.linspace(0, 1, 5)
    figure = plots.curves(x, {"square": x**2, "line": x}, "x", "y", y_limits=(0, 2))
    (ax,) = figure.axes
    assert [line.get_label() for line in ax.lines] == ["square", "line"]
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert ax.get_ylim() == (0, 2)


def test_explore_shows_a_picture_without_a_kernel_and_redraws_with_one(displayed):
    drawn = []

    def draw(rho):
        drawn.append(rho)
        return plots.new_figure()[0]

    slider = widgets.FloatSlider(0.2, min=0, max=1)
    plots.explore(draw, "a curve <of> rho", rho=slider)
    ((data, options),) = displayed
    assert options["raw"] and options["metadata"]["image/png"]["alt"] == "a curve <of> rho"
    assert data["text/plain"] == "Figure: a curve <of> rho"
    assert 'alt="a curve &lt;of&gt; rho"' in data["text/html"] and data["image/png"]
    assert "application/vnd.jupyter.widget-view+json" in data
    slider.value = 0.7
    assert drawn == [0.2, 0.7]


def test_explore_refuses_a_picture_without_words(displayed):
    with pytest.raises(ValueError, match="alt must"):
        plots.explore(lambda a: plots.new_figure()[0], " ", a=widgets.IntSlider())
