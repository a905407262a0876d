import base64
from html.parser import HTMLParser

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib import pyplot
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from course_utils import plots

X = [1, 2, 4]
CURVES = {"PCA": [3.0, 2.0, 1.0], "trained": torch.tensor([2.5, 1.5, 0.5])}


def images(n, height=28, width=28):
    return torch.rand(n, height * width, generator=torch.Generator().manual_seed(n))


def drawn_lines():
    return plots.lines(X, CURVES, "k", "error")


def drawn_rows():
    return plots.image_rows({"x": images(3), "x′": images(2)})


DRAWINGS = {
    "new_figure": lambda: plots.new_figure()[0],
    "image_rows": drawn_rows,
    "lines": drawn_lines,
    "code_planes": lambda: plots.code_planes({"AE": torch.rand(30, 2)}, torch.arange(30) % 10),
    "image_plane": lambda: plots.image_plane(images(6), [0, 1, 2], [0, 1]),
    "plane_reconstructions": lambda: plots.plane_reconstructions(
        torch.rand(5, 2), {"AE": torch.rand(5, 2)}
    ),
}
each_drawing = pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)


# show


class Image(HTMLParser):
    """The attributes of the only tag of a piece of HTML."""

    def __init__(self, source):
        super().__init__()
        self.tags = []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, text):
        raise AssertionError(f"text outside the tag: {text}")


@pytest.fixture
def shown(monkeypatch):
    """Show a figure and return what was displayed: the data and the metadata."""
    calls = []
    monkeypatch.setattr(
        plots, "display", lambda data, metadata, raw: calls.append((data, metadata, raw))
    )

    def show(alt, figure=None):
        assert plots.show(figure or drawn_lines(), alt) is None
        ((data, metadata, raw),) = calls
        assert raw
        return data, metadata

    return show


ALTS = ["A falling line.", 'x < y & "quoted" > it\'s', "≈ x′ ‖x − x′‖²", "<b onload='x'>"]


@pytest.mark.parametrize("alt", ALTS)
def test_a_figure_is_shown_in_three_forms_that_all_hold_its_alternative_text(alt, shown):
    data, metadata = shown(alt)
    assert set(data) == {"text/html", "image/png", "text/plain"}
    ((tag, attributes),) = Image(data["text/html"]).tags
    assert tag == "img" and attributes["alt"] == alt
    assert data["text/plain"] == f"Figure: {alt}"
    assert metadata["image/png"]["alt"] == alt


def test_the_alternative_text_is_escaped_in_the_html(shown):
    source = shown('a < b & "c"')[0]["text/html"]
    assert 'alt="a &lt; b &amp; &quot;c&quot;"' in source


def test_the_html_and_the_png_are_one_picture_of_the_figures_size(shown):
    figure = drawn_lines()
    data, _ = shown("A falling line.", figure)
    png = base64.b64decode(data["image/png"], validate=True)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(png[i : i + 4], "big") for i in (16, 20))
    assert [width, height] == (figure.get_size_inches() * figure.dpi).round().tolist()
    ((_, attributes),) = Image(data["text/html"]).tags
    assert attributes["src"] == f"data:image/png;base64,{data['image/png']}"


def test_showing_twice_gives_the_same_bytes(monkeypatch):
    pictures = []
    monkeypatch.setattr(plots, "display", lambda data, **_: pictures.append(data["image/png"]))
    for _ in range(2):
        plots.show(drawn_lines(), "A falling line.")
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("alt", ["", "  \n", None, 3], ids=repr)
def test_an_alternative_text_without_words_is_refused_by_name(alt, shown):
    with pytest.raises((TypeError, ValueError), match="alt must"):
        plots.show(drawn_lines(), alt)


@pytest.mark.parametrize("figure", [None, "figure", np.zeros((2, 2))], ids=["None", "str", "array"])
def test_what_is_not_a_figure_is_refused_by_name(figure):
    with pytest.raises(TypeError, match="figure must be a matplotlib Figure"):
        plots.show(figure, "A falling line.")


# Every drawing


@each_drawing
def test_a_drawing_is_a_figure_that_can_be_shown(draw, shown):
    figure = draw()
    assert isinstance(figure, Figure)
    shown("What is to be seen.", figure)


@each_drawing
def test_a_drawing_leaves_matplotlib_as_it_was(draw):
    before, figures = dict(matplotlib.rcParams), pyplot.get_fignums()
    draw()
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == figures


@each_drawing
def test_a_drawing_does_not_depend_on_the_settings_of_the_session(draw, monkeypatch):
    pictures = []
    monkeypatch.setattr(plots, "display", lambda data, **_: pictures.append(data["image/png"]))
    for size in (12, 30):
        torch.manual_seed(0)
        with matplotlib.rc_context({"font.size": size, "figure.dpi": 3 * size}):
            figure = draw()
        plots.show(figure, "What is to be seen.")
    assert pictures[0] == pictures[1]


# new_figure


def test_a_new_figure_has_a_grid_of_empty_axes():
    figure, axes = plots.new_figure(2, 3, size=(5, 2.5))
    assert axes.shape == (2, 3) and len(figure.axes) == 6
    assert not any(ax.has_data() for ax in figure.axes)
    assert figure.get_size_inches().tolist() == [5, 2.5]


def test_options_of_a_new_figure_go_to_its_subplots():
    _, axes = plots.new_figure(1, 2, sharey=True)
    axes[0, 0].set_ylim(-7, 7)
    assert axes[0, 1].get_ylim() == (-7, 7)


def test_a_new_figure_draws_in_the_colours_of_the_course():
    _, ((ax,),) = plots.new_figure()
    colours = [to_hex(ax.plot([0, 1])[0].get_color()).upper() for _ in plots.PALETTE]
    assert colours == list(plots.PALETTE)


def test_the_colours_are_told_apart_in_grey():
    grey = [np.dot(matplotlib.colors.to_rgb(c), [0.299, 0.587, 0.114]) for c in plots.PALETTE[:2]]
    assert abs(grey[0] - grey[1]) > 0.03
    assert len(set(plots.PALETTE)) == len(plots.PALETTE) == len(plots.MARKERS)


# image_rows


def grid(figure, rows):
    return np.array(figure.axes).reshape(rows, -1)


def test_every_image_stands_in_its_row_the_right_way_round():
    rows = {"x": images(3, 2, 5), "x′": images(2, 2, 5)}
    axes = grid(plots.image_rows(rows, image_shape=(2, 5)), 2)
    assert axes.shape == (2, 3)
    for line, batch in zip(axes, rows.values(), strict=True):
        for ax, image in zip(line, batch, strict=False):
            (artist,) = ax.get_images()
            assert np.array_equal(artist.get_array(), image.reshape(2, 5))
            assert artist.origin == "upper"
    assert not axes[1, 2].get_images()


@pytest.mark.parametrize("limits", [(0, 1), (-2, 3)])
def test_all_images_share_one_grey_scale(limits):
    figure = plots.image_rows({"x": images(2)}, limits=limits)
    scales = {
        (i.norm.vmin, i.norm.vmax, i.get_cmap().name) for ax in figure.axes for i in ax.images
    }
    assert scales == {(*limits, "gray")}


def test_rows_are_named_and_columns_titled():
    axes = grid(plots.image_rows({"x": images(2), "x′": images(2)}, titles=["two", "seven"]), 2)
    assert [[text.get_text() for text in line[0].texts] for line in axes] == [["x"], ["x′"]]
    assert [ax.get_title() for ax in axes[0]] == ["two", "seven"]
    assert [ax.get_title() for ax in axes[1]] == ["", ""]


def test_images_with_a_gradient_can_be_drawn():
    plots.image_rows({"x": images(1).requires_grad_()})


def test_rows_without_images_are_refused_by_name():
    with pytest.raises(ValueError, match="rows must"):
        plots.image_rows({})


def test_a_title_without_a_column_is_refused():
    with pytest.raises(ValueError, match="titles must"):
        plots.image_rows({"x": images(2)}, titles=["one", "two", "three"])


# lines


def test_every_curve_is_drawn_over_x_under_its_name():
    (ax,) = drawn_lines().axes
    assert [line.get_label() for line in ax.lines] == list(CURVES)
    for line, y in zip(ax.lines, CURVES.values(), strict=True):
        assert line.get_xdata().tolist() == X
        assert np.array_equal(line.get_ydata(), y)


def test_curves_are_told_apart_by_colour_and_by_marker():
    (ax,) = plots.lines(X, {str(i): [i, i, i] for i in range(6)}, "k", "error").axes
    assert len({line.get_color() for line in ax.lines}) == 6
    assert len({line.get_marker() for line in ax.lines}) == 6


def test_axes_and_curves_are_labelled():
    (ax,) = plots.lines(X, CURVES, "k", "error", levels={"mean": 4.0}).axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("k", "error")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [*CURVES, "mean"]


def test_a_level_is_a_dashed_line_across_the_axes():
    (ax,) = plots.lines(X, CURVES, "k", "error", levels={"mean": 4.0, "noise": 0.25}).axes
    levels = ax.lines[len(CURVES) :]
    assert [list(level.get_ydata()) for level in levels] == [[4.0, 4.0], [0.25, 0.25]]
    assert all(list(level.get_xdata()) == [0, 1] for level in levels)
    assert len({level.get_linestyle() for level in levels} | {"-"}) == 3


@pytest.mark.parametrize("log", ["", "x", "y", "xy"])
def test_only_the_axes_that_were_asked_for_are_logarithmic(log):
    (ax,) = plots.lines(X, CURVES, "k", "error", log=log).axes
    scales = {name: "log" if name in log else "linear" for name in "xy"}
    assert {"x": ax.get_xscale(), "y": ax.get_yscale()} == scales


def test_a_logarithmic_x_axis_has_a_tick_at_every_value():
    (ax,) = plots.lines(X, CURVES, "k", "error", log="x").axes
    assert ax.get_xticks().tolist() == X
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "4"]


def test_more_curves_than_markers_are_refused_or_all_drawn():
    curves = {str(i): [i, i, i] for i in range(7)}
    try:
        (ax,) = plots.lines(X, curves, "k", "error").axes
    except ValueError as error:
        assert "curves must" in str(error)
    else:
        assert len(ax.lines) == 7


def test_more_levels_than_dashes_are_refused_or_all_drawn():
    levels = {str(i): float(i) for i in range(4)}
    try:
        (ax,) = plots.lines(X, {}, "k", "error", levels=levels).axes
    except ValueError as error:
        assert "levels must" in str(error)
    else:
        assert len(ax.lines) == 4


# Codes and planes


def test_every_code_is_drawn_as_its_digit():
    codes, labels = torch.rand(30, 2), torch.arange(30) % 10
    (ax, other) = plots.code_planes({"PCA": codes, "AE": -codes}, labels).axes
    assert (ax.get_title(), other.get_title()) == ("PCA", "AE")
    for panel, expected in ((ax, codes), (other, -codes)):
        for digit, points in enumerate(panel.collections):
            np.testing.assert_allclose(points.get_offsets(), expected[labels == digit], rtol=1e-6)
    assert all(a.get_xlabel() and a.get_ylabel() for a in (ax, other))


def test_images_stand_at_their_places_in_the_plane():
    batch = images(6, 2, 5)
    (ax,) = plots.image_plane(batch, [0, 1, 2], [0, 1], image_shape=(2, 5)).axes
    mosaic = np.asarray(ax.images[0].get_array())
    assert mosaic.shape == (4, 15)
    for row in range(2):
        for column in range(3):
            top = (1 - row) * 2  # the first row is the lowest
            piece = mosaic[top : top + 2, column * 5 : column * 5 + 5]
            assert np.array_equal(piece, batch[3 * row + column].reshape(2, 5))


def test_the_ticks_of_an_image_plane_name_the_codes_of_the_images():
    (ax,) = plots.image_plane(images(6), [0, 1, 2], [-1, 1]).axes
    by_place = dict(zip(ax.get_yticks(), [t.get_text() for t in ax.get_yticklabels()], strict=True))
    assert [by_place[place] for place in sorted(by_place)] == ["1.0", "-1.0"]  # y grows downwards
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0.0", "1.0", "2.0"]


def test_every_point_is_joined_with_its_reconstruction():
    points, x_hat = torch.rand(5, 2), torch.rand(5, 2)
    (ax,) = plots.plane_reconstructions(points, {"AE": x_hat}).axes
    for line, a, b in zip(ax.lines, points, x_hat, strict=True):
        np.testing.assert_allclose(line.get_xydata(), torch.stack([a, b]), rtol=1e-6)
    drawn = [points.get_offsets() for points in ax.collections]
    np.testing.assert_allclose(drawn, torch.stack([points, x_hat]), rtol=1e-6)


def test_error_bars_stand_at_the_points_with_the_length_given():
    curves = {"a": [3.0, 4.0], "b": [0.0, 1.0]}
    figure = plots.lines([1, 2], curves, "k", "error", bars={"a": [0.5, 1]})
    (bars,) = figure.axes[0].collections
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    assert ends == [[2.5, 3.5], [3.0, 5.0]]
