import base64
import inspect
import io
import re
from functools import cache
from html.parser import HTMLParser
from itertools import combinations
from unittest import mock

import ipywidgets as widgets
import matplotlib
import numpy as np
import pytest
import torch
from colours import SIGHTS, contrast, distance, lab
from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver
from matplotlib.text import Text
from PIL import Image

from course_utils import palette, plots

pytestmark = pytest.mark.slow

# The palette


@pytest.mark.parametrize(("colours", "steps"), [(palette.PALETTE, 10), (palette.PALETTE[:3], 20)])
def test_colours_are_told_apart_in_grey(colours, steps):
    for a, b in combinations(colours, 2):
        assert abs(lab(a)[0] - lab(b)[0]) >= steps, (a, b)


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_are_told_apart_by_every_reader(sight):
    for a, b in combinations(palette.PALETTE, 2):
        assert distance(a, b, sight) >= 12, (a, b)


def test_the_ten_digits_have_ten_colours_that_are_told_apart():
    assert len(palette.DIGITS) == 10
    for a, b in combinations(palette.DIGITS, 2):
        assert distance(a, b) >= 20, (a, b)


@pytest.mark.parametrize("colour", sorted({*palette.DIGITS, palette.DATA, palette.LEVEL}))
def test_every_colour_stands_out_from_paper(colour):
    assert contrast(colour, palette.PAPER) >= 3


def test_there_is_a_marker_for_every_colour():
    assert len(set(palette.MARKERS)) == len(palette.MARKERS) >= len(palette.PALETTE)


def test_no_colour_stands_in_the_code_of_the_plots():
    source = inspect.getsource(plots)
    assert not re.findall(r"\"(?:#\w{3,8}|[01]?\.\d+|C\d|black|white|grey)\"", source)


# Every drawing

X = [1, 2, 4]
CURVES = {"PCA": [3.0, 2.0, 1.0], "trained": [2.5, 1.5, 0.5]}
RISE = {"γ": (0.5, 0.1, 0.4, 0.2)}


def random(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(sum(shape)))


DRAWINGS = {
    "image_rows": lambda r: plots.image_rows({"x": r(3, 784), "x′": r(2, 784)}),
    "signed_images": lambda r: plots.signed_images(r(3, 784) - 0.5),
    "image_plane": lambda r: plots.image_plane(r(6, 784), [0, 1, 2], [0, 1]),
    "code_planes": lambda r: plots.code_planes({"AE": r(30, 2)}, torch.arange(30) % 10),
    "lines": lambda r: plots.lines(X, CURVES, "k", "error"),
    "curves": lambda r: plots.curves(torch.arange(5), {"f": r(5)}, "x", "y"),
    "trade_off": lambda r: plots.trade_off({"net": [(1, 5, "λ = 0"), (2, 3, "λ = 1")]}, "x", "y"),
    "histograms": lambda r: plots.histograms({"a": r(7, 3), "b": r(50)}, "value", "count"),
    "plane_reconstructions": lambda r: plots.plane_reconstructions(random(5, 2), {"AE": r(5, 2)}),
    "arrow_panels": lambda r: plots.arrow_panels({"a": (r(5, 2), r(5, 2))}, r(9, 2)),
    "point_panels": lambda r: plots.point_panels({"a": r(5, 2)}, r(9, 2)),
    "heat_maps": lambda r: plots.heat_maps({"KL": r(5, 3), "L1": r(5, 3)}, 1.0),
    "matrix": lambda r: plots.matrix(r(2, 3), "ab", "xyz", "trained", "tested"),
    "spread_panels": lambda r: plots.spread_panels([("s", "gain", RISE)]),
    "intervals": lambda r: plots.intervals({"PCA": (0.8, 0.9, 0.95)}, "AUROC"),
    "spread_bars": lambda r: plots.spread_bars("ab", {"net": ([1, 2], [0.1, 0.2])}, "error"),
}
each_drawing = pytest.mark.parametrize("name", DRAWINGS)


def draw(name):
    return DRAWINGS[name](random)


def test_every_drawing_is_tried_here():
    public = set(re.findall(r"^def ([a-z]\w*)", inspect.getsource(plots), re.MULTILINE))
    assert public == {*DRAWINGS, "show", "explore", "fingerprint"}


@cache
def saved(name):
    """A figure, and what `show` hands to the notebook for it: the data and the metadata."""
    figure = draw(name)
    with mock.patch.object(plots, "display") as display:
        plots.show(figure, "What is to be seen.")
    return figure, display.call_args.args[0], display.call_args.kwargs["metadata"]


@each_drawing
def test_a_drawing_is_a_figure(name):
    assert isinstance(draw(name), Figure)


@each_drawing
def test_numbers_with_a_gradient_can_be_drawn(name):
    DRAWINGS[name](lambda *shape: random(*shape).requires_grad_())


@each_drawing
def test_a_drawing_leaves_matplotlib_as_it_was(name):
    before, figures = dict(matplotlib.rcParams), pyplot.get_fignums()
    draw(name)
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == figures


@each_drawing
def test_a_drawing_does_not_depend_on_the_settings_of_the_session(name, shown):
    settings = {"font.size": 30, "figure.dpi": 90, "image.cmap": "jet", "legend.frameon": True}
    with matplotlib.rc_context(settings):
        figure = draw(name)
    plots.show(figure, "What is to be seen.")
    assert shown == [saved(name)[1:]]


TOO_MANY = {
    "titles": lambda: plots.image_rows({"x": random(2, 784)}, titles=["a", "b", "c"]),
    "curves": lambda: plots.lines(X, dict.fromkeys("abcdefg", X), "k", "error"),
    "levels": lambda: plots.lines(X, {}, "k", "error", levels=dict.fromkeys("abcd", 1.0)),
    "functions": lambda: plots.curves(random(5), dict.fromkeys("abcde", random(5)), "x", "y"),
    "points": lambda: plots.trade_off(dict.fromkeys("abcdefg", [(1, 5, "")]), "x", "y"),
    "names": lambda: plots.spread_panels([("s", "gain", dict.fromkeys("abcdefghi", RISE["γ"]))]),
    "bars": lambda: plots.spread_bars("a", dict.fromkeys("abcde", ([1], [0])), "error"),
}


@pytest.mark.parametrize("name", TOO_MANY)
def test_more_than_can_be_told_apart_is_refused_by_name(name):
    with pytest.raises(ValueError, match=f"{name} must be at most"):
        TOO_MANY[name]()


@each_drawing
def test_every_word_in_a_drawing_has_twelve_points(name):
    figure, _, _ = saved(name)
    words = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    assert {text.get_fontsize() for text in words} <= {12.0}


def test_powers_of_ten_on_an_axis_are_written_out(shown):
    figure = plots.lines([1, 2], {"y": [0.001, 1]}, "x", "y", log="y")
    plots.show(figure, "A rising line.")
    labels = [text.get_text() for text in figure.findobj(Text)]
    assert r"$\mathdefault{0.001}$" in labels
    assert not any("^" in label for label in labels)


@each_drawing
def test_a_picture_is_stored_with_twice_the_pixels_that_it_is_shown_with(name):
    _, data, _ = saved(name)
    ((_, attributes),) = Tags(data["text/html"]).tags
    assert abs(Image.open(io.BytesIO(png_of(data))).width - 2 * int(attributes["width"])) <= 2


# show and explore


class Tags(HTMLParser):
    """The tags of a piece of HTML with their attributes."""

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
    """What is displayed in a test: pairs of data and metadata."""
    calls = []
    monkeypatch.setattr(
        plots, "display", lambda data, metadata, raw: calls.append((data, metadata))
    )
    return calls


def png_of(data):
    ((_, attributes),) = Tags(data["text/html"]).tags
    kind, _, code = attributes["src"].partition(",")
    assert kind == "data:image/png;base64"
    return base64.b64decode(code, validate=True)


def chunks(png):
    """The names of the chunks of a PNG."""
    names, place = [], 8
    while place < len(png):
        names.append(png[place + 4 : place + 8].decode())
        place += 12 + int.from_bytes(png[place : place + 4], "big")
    return names


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


ALTS = ["A falling line.", 'x < y & "quoted" > it\'s', "≈ x′ ‖x − x′‖²", "<b onload='x'>"]


@pytest.mark.parametrize("alt", ALTS)
def test_both_forms_of_a_figure_hold_its_alternative_text(alt, shown):
    plots.show(draw("lines"), alt)
    ((data, _),) = shown
    assert set(data) == {"text/html", "text/plain"}
    ((tag, attributes),) = Tags(data["text/html"]).tags
    assert tag == "img" and attributes["alt"] == alt
    assert data["text/plain"] == f"Figure: {alt}"


def moved_by_storing(name):
    """How far each pixel of the saved picture is from the figure, in steps of 256."""
    figure, data, _ = saved(name)
    return abs(pixels(png_of(data)) - np.asarray(figure.canvas.buffer_rgba())[..., :3])


@each_drawing
def test_a_stored_picture_looks_like_the_figure(name):
    assert moved_by_storing(name).max() <= 16 and moved_by_storing(name).mean() < 0.5


@pytest.mark.parametrize("name", ["image_rows", "signed_images", "image_plane", "matrix"])
def test_a_grey_picture_is_stored_to_the_last_bit(name):
    assert not moved_by_storing(name).any()


@each_drawing
def test_nothing_but_the_picture_is_stored(name):
    assert set(chunks(png_of(saved(name)[1]))) <= {"IHDR", "PLTE", "IDAT", "IEND"}


@pytest.mark.parametrize("alt", ["", "  \n", None, 3], ids=repr)
def test_an_alternative_text_without_words_is_refused_by_name(alt, shown):
    with pytest.raises(ValueError, match="alt must"):
        plots.show(draw("lines"), alt)


@pytest.mark.parametrize("figure", [None, "figure", np.zeros((2, 2))], ids=["None", "str", "array"])
def test_what_is_not_a_figure_is_refused_by_name(figure):
    with pytest.raises(TypeError, match="figure must be a matplotlib Figure"):
        plots.show(figure, "A falling line.")


def line_at(height):
    return plots.lines(X, {"y": [height] * 3}, "x", "y")


def test_a_picture_with_sliders_is_shown_in_the_forms_of_any_other(shown):
    plots.explore(line_at, "a line <at> a height", height=widgets.IntSlider(2))
    plots.show(line_at(2), "a line <at> a height")
    (explored, its_metadata), _, (data, metadata) = shown
    assert explored.pop("application/vnd.jupyter.widget-view+json")
    assert explored == data and its_metadata == metadata


def test_a_picture_is_drawn_again_when_its_slider_moves(shown, monkeypatch):
    views = []
    monkeypatch.setattr(plots.widgets, "VBox", lambda parts: views.extend(parts) or parts[0])
    slider = widgets.IntSlider(2)
    plots.explore(line_at, "a line", height=slider)
    slider.value = 7
    plots.show(line_at(7), "a line")
    assert views[-1].value == shown[-1][0]["text/html"] != shown[0][0]["text/html"]


def test_sliders_without_words_are_refused_by_name(shown):
    with pytest.raises(ValueError, match="alt must"):
        plots.explore(line_at, " ", height=widgets.IntSlider())


# fingerprint


@each_drawing
def test_a_picture_says_which_code_drew_it(name):
    assert saved(name)[2] == {"drawing": name, "code": plots.fingerprint(name)}


def changed(monkeypatch, old, new):
    """The drawings whose fingerprint changes with a piece of the code."""
    fingerprint = plots.fingerprint.__wrapped__  # without its memory
    before = {name: fingerprint(name) for name in DRAWINGS}
    source, found = inspect.getsource, []

    def edited(of):
        found.append(old in source(of))
        return source(of).replace(old, new)

    monkeypatch.setattr(plots.inspect, "getsource", edited)
    after = {name: fingerprint(name) for name in DRAWINGS}
    assert any(found)
    return {name for name in DRAWINGS if after[name] != before[name]}


def test_another_palette_changes_every_fingerprint(monkeypatch):
    assert changed(monkeypatch, palette.PALETTE[0], "#123456") == set(DRAWINGS)


def test_another_style_changes_every_fingerprint(monkeypatch):
    assert changed(monkeypatch, '"font.size": 12', '"font.size": 13') == set(DRAWINGS)


def test_another_way_to_draw_changes_the_fingerprint_of_that_drawing_alone(monkeypatch):
    assert changed(monkeypatch, "linewidths=0.2", "linewidths=0.3") == {"code_planes"}


def test_words_and_line_breaks_change_no_fingerprint(monkeypatch):
    assert not changed(monkeypatch, "Draw signed images (n", "Paint\n    signed images (n")


# Images


def test_every_image_stands_in_its_row_the_right_way_round():
    rows = {"x": random(3, 49), "x′": random(2, 49)}
    axes = np.array(plots.image_rows(rows).axes).reshape(2, 3)
    for line, batch in zip(axes, rows.values()):
        for ax, image in zip(line, batch):
            (artist,) = ax.get_images()
            assert np.array_equal(artist.get_array(), image.reshape(7, 7))
            assert artist.origin == "upper"
    assert not axes[1, 2].get_images()


@pytest.mark.parametrize("side", [7, 28, 56])
def test_square_images_of_any_size_can_be_drawn(side):
    (ax,) = plots.image_rows({"x": random(1, side * side)}).axes
    assert ax.get_images()[0].get_array().shape == (side, side)


def test_images_that_are_not_square_are_refused_by_name():
    with pytest.raises(ValueError, match="rows.* must be square images"):
        plots.image_rows({"x": random(3, 10)})


SCALES = {
    "rows": (lambda: plots.image_rows({"x": random(2, 49)}), (0, 1)),
    "rows with limits": (lambda: plots.image_rows({"x": random(2, 49)}, limits=(-2, 3)), (-2, 3)),
    "plane": (lambda: plots.image_plane(random(6, 9), [0, 1, 2], [0, 1]), (0, 1)),
}


@pytest.mark.parametrize(("draw", "limits"), SCALES.values(), ids=SCALES)
def test_all_images_share_one_grey_scale(draw, limits):
    drawn = [image for ax in draw().axes for image in ax.images]
    assert {image.get_clim() for image in drawn} == {limits}
    assert {image.get_cmap().name for image in drawn} == {"gray"}


@pytest.mark.parametrize("name", ["image_rows", "signed_images"])
def test_no_axes_are_drawn_around_images(name):
    assert not any(ax.axison for ax in draw(name).axes)


def test_rows_are_named_and_columns_titled():
    figure = plots.image_rows({"x": random(2, 49), "x′": random(2, 49)}, ["two", "seven"])
    axes = np.array(figure.axes).reshape(2, 2)
    assert [[text.get_text() for text in line[0].texts] for line in axes] == [["x"], ["x′"]]
    assert [ax.get_title() for ax in axes.flat] == ["two", "seven", "", ""]


def test_rows_without_images_are_refused_by_name():
    with pytest.raises(ValueError, match="rows must"):
        plots.image_rows({})


def test_zero_is_mid_grey_in_signed_images_and_each_has_its_own_scale():
    images = torch.zeros(3, 9)
    images[0, 0], images[1, 5], images[2, 1] = 5.0, -0.01, 2.0
    axes = plots.signed_images(images, columns=2).axes
    drawn = [ax.images[0] for ax in axes if ax.images]
    assert len(axes) == 4
    assert [image.get_clim()[1] for image in drawn] == pytest.approx([5.0, 0.01, 2.0])
    assert all(image.get_clim()[0] == -image.get_clim()[1] for image in drawn)


def test_an_image_of_zeros_has_a_scale():
    low, high = plots.signed_images(torch.zeros(1, 784)).axes[0].images[0].get_clim()
    assert low < 0 < high


def test_images_stand_at_their_places_in_the_plane():
    batch = random(6, 9)
    (ax,) = plots.image_plane(batch, [0, 1, 2], [0, 1]).axes
    mosaic = np.asarray(ax.images[0].get_array())
    assert mosaic.shape == (6, 9)
    for row in range(2):
        for column in range(3):
            top = (1 - row) * 3  # the first row is the lowest
            piece = mosaic[top : top + 3, column * 3 : column * 3 + 3]
            assert np.array_equal(piece, batch[3 * row + column].reshape(3, 3))


def test_the_ticks_of_an_image_plane_name_the_codes_of_the_images():
    (ax,) = plots.image_plane(random(6, 9), [0, 1, 2], [-1, 1]).axes
    by_place = dict(zip(ax.get_yticks(), [t.get_text() for t in ax.get_yticklabels()]))
    assert [by_place[place] for place in sorted(by_place)] == ["1.0", "-1.0"]  # y grows downwards
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0.0", "1.0", "2.0"]


# Codes, points and arrows


def test_every_code_is_drawn_as_its_digit_in_the_colour_of_the_digit():
    codes, labels = random(30, 2), torch.arange(30) % 10
    axes = plots.code_planes({"PCA": codes, "AE": -codes}, labels).axes
    assert [ax.get_title() for ax in axes] == ["PCA", "AE"]
    for ax, expected in zip(axes, (codes, -codes)):
        assert len(ax.collections) == 10
        for digit, points in enumerate(ax.collections):
            np.testing.assert_allclose(points.get_offsets(), expected[labels == digit], rtol=1e-6)
            assert to_hex(points.get_facecolor()[0]).upper() == palette.DIGITS[digit]
        assert ax.get_xlabel() and ax.get_ylabel()


def test_every_point_is_joined_with_its_reconstruction():
    points, x_hat = random(5, 2), random(6, 2)[:5]
    (ax,) = plots.plane_reconstructions(points, {"AE": x_hat}).axes
    for line, a, b in zip(ax.lines, points, x_hat):
        np.testing.assert_allclose(line.get_xydata(), torch.stack([a, b]), rtol=1e-6)
    drawn = [points.get_offsets() for points in ax.collections]
    np.testing.assert_allclose(drawn, torch.stack([points, x_hat]), rtol=1e-6)


POINTS = torch.tensor([[0.0, 0.5], [1.0, -0.5], [-1.0, 0.2]])
ARROWS = torch.tensor([[0.1, 0.0], [0.0, -0.2], [0.3, 0.3]])


def test_arrows_start_at_their_points_and_keep_their_length():
    (ax,) = plots.arrow_panels({"r(x̃) − x̃": (POINTS, ARROWS)}).axes
    (drawn,) = (child for child in ax.get_children() if isinstance(child, Quiver))
    np.testing.assert_allclose(drawn.XY, POINTS)
    np.testing.assert_allclose(np.stack([drawn.U, drawn.V], 1), ARROWS)
    assert (drawn.angles, drawn.scale_units, drawn.scale) == ("xy", "xy", 1)


PLANES = {
    "plane_reconstructions": lambda: plots.plane_reconstructions(
        POINTS, {"a": POINTS, "b": ARROWS}
    ),
    "arrow_panels": lambda: plots.arrow_panels({"a": (POINTS, ARROWS), "b": (POINTS, -ARROWS)}),
    "point_panels": lambda: plots.point_panels({"a": 3 * POINTS, "b": POINTS}),
}


@pytest.mark.parametrize("name", PLANES)
def test_planes_have_titles_and_labels_and_one_scale(name):
    first, second = PLANES[name]().axes
    assert (first.get_title(), second.get_title()) == ("a", "b")
    assert first.get_xlabel() and second.get_xlabel() and first.get_ylabel()
    assert first.get_aspect() == second.get_aspect() == 1
    assert (first.get_xlim(), first.get_ylim()) == (second.get_xlim(), second.get_ylim())


def test_titles_and_labels_of_planes_stand_inside_the_picture():
    square = 2 * random(40, 2) - 1
    figure = plots.point_panels({"a": square, "b": square, "c": square})
    FigureCanvasAgg(figure).draw()
    for ax in figure.axes:
        box = ax.get_tightbbox()
        assert box.y0 >= 0 and box.y1 <= figure.bbox.y1


@pytest.mark.parametrize("draw", [
    lambda: plots.arrow_panels({"a": (POINTS, ARROWS), "b": (POINTS, ARROWS)}, ARROWS),
    lambda: plots.point_panels({"a": POINTS, "b": POINTS}, ARROWS),
])  # fmt: skip
def test_the_background_stands_behind_every_panel(draw):
    for ax in draw().axes:
        np.testing.assert_allclose(ax.collections[0].get_offsets(), ARROWS)


def test_a_panel_of_points_holds_every_point():
    clouds = {"first": 3 * POINTS, "last": POINTS}
    for ax, cloud in zip(plots.point_panels(clouds, ARROWS).axes, clouds.values()):
        np.testing.assert_allclose(ax.collections[1].get_offsets(), cloud)
        assert ax.get_xlim()[0] <= cloud[:, 0].min() and cloud[:, 0].max() <= ax.get_xlim()[1]
        assert ax.get_ylim()[0] <= cloud[:, 1].min() and cloud[:, 1].max() <= ax.get_ylim()[1]


# Lines


def test_every_curve_is_drawn_over_x_under_its_name():
    (ax,) = draw("lines").axes
    assert [line.get_label() for line in ax.lines] == list(CURVES)
    for line, y in zip(ax.lines, CURVES.values()):
        assert line.get_xdata().tolist() == X
        assert line.get_ydata().tolist() == y


def test_curves_are_told_apart_by_colour_and_by_marker():
    (ax,) = plots.lines(X, {str(i): [i, i, i] for i in range(6)}, "k", "error").axes
    assert [line.get_color().upper() for line in ax.lines] == list(palette.PALETTE)
    assert len({line.get_marker() for line in ax.lines}) == 6


def test_a_curve_of_many_points_has_no_markers():
    (ax,) = plots.lines(range(31), {"y": range(31)}, "k", "error").axes
    assert ax.lines[0].get_marker() == "None"


def test_axes_and_curves_are_labelled():
    (ax,) = plots.lines(X, CURVES, "k", "error", levels={"mean": 4.0}).axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("k", "error")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [*CURVES, "mean"]


def test_a_level_is_a_dashed_line_across_the_axes():
    (ax,) = plots.lines(X, CURVES, "k", "error", levels={"mean": 4.0, "noise": 0.25}).axes
    levels = ax.lines[len(CURVES) :]
    assert [list(level.get_ydata()) for level in levels] == [[4.0, 4.0], [0.25, 0.25]]
    assert all(list(level.get_xdata()) == [0, 1] for level in levels)
    assert [level.get_linestyle() for level in levels] == ["--", "-."]


def test_error_bars_stand_at_the_points_with_the_length_given():
    curves = {"a": [3.0, 4.0], "b": [0.0, 1.0]}
    figure = plots.lines([1, 2], curves, "k", "error", bars={"a": [0.5, 1]})
    (bars,) = figure.axes[0].collections
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    assert ends == [[2.5, 3.5], [3.0, 5.0]]


@pytest.mark.parametrize("log", ["", "x", "y", "xy"])
@pytest.mark.parametrize("draw", [
    lambda log: plots.lines(X, CURVES, "k", "error", log),
    lambda log: plots.trade_off({"net": [(1, 5, "")]}, "k", "error", log),
])  # fmt: skip
def test_only_the_axes_that_were_asked_for_are_logarithmic(draw, log):
    (ax,) = draw(log).axes
    scales = {name: "log" if name in log else "linear" for name in "xy"}
    assert {"x": ax.get_xscale(), "y": ax.get_yscale()} == scales


def test_a_logarithmic_x_axis_has_a_tick_at_every_value_and_no_other():
    (ax,) = plots.lines(X, CURVES, "k", "error", log="x").axes
    assert ax.get_xticks().tolist() == X and not len(ax.get_xticks(minor=True))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "4"]


def test_every_function_has_a_style_of_its_own():
    x = torch.linspace(0, 1, 5)
    functions = {"square": x**2, "line": x}
    (ax,) = plots.curves(x, functions, "x", "y", y_limits=(0, 2)).axes
    assert [line.get_label() for line in ax.lines] == list(functions)
    for line, y in zip(ax.lines, functions.values()):
        np.testing.assert_allclose(line.get_xydata(), torch.stack([x, y], 1))
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert ax.get_ylim() == (0, 2)


def test_a_value_is_marked_by_a_dotted_line_under_functions():
    (ax,) = plots.curves(torch.arange(5), {"f": random(5)}, "x", "y", mark=0.4).axes
    assert list(ax.lines[1].get_xdata()) == [0.4, 0.4] and ax.lines[1].get_linestyle() == ":"


def test_every_point_of_a_trade_off_has_its_note():
    (ax,) = plots.trade_off({"net": [(1, 5, "λ = 0"), (2, 3, "λ = 1")]}, "x", "y").axes
    assert ax.lines[0].get_xydata().tolist() == [[1, 5], [2, 3]]
    assert [text.get_text() for text in ax.texts] == ["λ = 0", "λ = 1"]
    assert [text.xy for text in ax.texts] == [(1, 5), (2, 3)]


# Histograms, matrices, spreads


def test_histograms_count_every_value_on_common_bins():
    values = {"a": random(7, 3), "b": random(50) + 1}
    axes = plots.histograms(values, "value", "how often", bins=10).axes
    assert [sum(patch.get_height() for patch in ax.patches) for ax in axes] == [21, 50]
    edges = [[patch.get_x() for patch in ax.patches] for ax in axes]
    assert edges[0] == edges[1] and len(edges[0]) == 10
    assert axes[0].get_xlim() == axes[1].get_xlim() and axes[0].get_ylim() == axes[1].get_ylim()
    assert [ax.get_title() for ax in axes] == ["a", "b"]


def test_a_value_is_marked_by_a_dashed_line_in_every_histogram():
    for ax in plots.histograms({"a": random(7), "b": random(9)}, "x", "y", mark=0.5).axes:
        assert list(ax.lines[0].get_xdata()) == [0.5, 0.5] and ax.lines[0].get_linestyle() == "--"


NUMBERS = torch.tensor([[24.0, 17.3, 14.6], [20.1, 18.6, 16.4]])


def test_a_matrix_shows_its_numbers_where_they_belong():
    (ax,) = plots.matrix(NUMBERS, ["a", "b"], ["x", "y", "z"], "trained", "tested").axes
    np.testing.assert_allclose(ax.images[0].get_array(), NUMBERS)
    for text in ax.texts:
        column, row = (round(place) for place in text.get_position())
        assert text.get_text() == f"{NUMBERS[row, column]:.1f}"
    assert len(ax.texts) == NUMBERS.numel()
    assert [t.get_text() for t in ax.get_xticklabels()] == ["x", "y", "z"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("tested", "trained")


def test_the_numbers_of_a_matrix_stand_out_from_every_grey():
    greys = torch.linspace(0, 1, 101)[None]
    (ax,) = plots.matrix(greys, "a", ["x"] * 101, "trained", "tested").axes
    for text, grey in zip(ax.texts, greys[0].tolist()):
        assert contrast(text.get_color(), (grey, grey, grey)) >= 4.5, grey


def test_a_name_keeps_its_style_in_every_panel():
    first = ("error", "probe", {"PCA": (1, 0.1, 2, 0.2), "VAE": (3, 0.1, 4, 0.2)})
    second = ("error", "gain", {"VAE": (3, 0.1, 1, 0.2)})
    figure = plots.spread_panels([first, second], log=["error"])
    (_, vae), (again,) = ([bar[0] for bar in ax.containers] for ax in figure.axes)
    assert vae.get_marker() == again.get_marker() and vae.get_color() == again.get_color()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["PCA", "VAE"]
    assert [ax.get_ylabel() for ax in figure.axes] == ["probe", "gain"]
    assert [ax.get_xscale() for ax in figure.axes] == ["log", "log"]


def test_a_point_of_a_panel_has_its_spread_in_both_directions():
    (ax,) = plots.spread_panels([("s", "gain", {"VAE": (3, 0.5, 1, 0.25)})]).axes
    bars = [bar.get_segments()[0].tolist() for bar in ax.collections]
    assert sorted(bars) == [[[2.5, 1], [3.5, 1]], [[3, 0.75], [3, 1.25]]]


def test_eight_names_have_eight_markers():
    points = {str(i): (i, 0.1, i, 0.1) for i in range(8)}
    (ax,) = plots.spread_panels([("x", "y", points)]).axes
    assert len({bar[0].get_marker() for bar in ax.containers}) == 8


def test_intervals_stand_in_the_order_given_from_the_top():
    (ax,) = plots.intervals({"PCA": (0.8, 0.9, 0.95), "AE": (0.7, 0.75, 0.8)}, "AUROC").axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["PCA", "AE"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert ax.lines[0].get_xydata().tolist() == [[0.8, 0], [0.95, 0]]
    assert ax.lines[1].get_xydata().tolist() == [[0.9, 0]]


def test_bars_stand_side_by_side_with_their_spread():
    bars = {"training": ([1.0, 2.0], [0.1, 0.2]), "validation": ([3.0, 4.0], [0.3, 0.4])}
    (ax,) = plots.spread_bars(["a", "b"], bars, "error").axes
    assert [patch.get_height() for patch in ax.patches] == [1, 2, 3, 4]
    assert [patch.get_x() for patch in ax.patches] == pytest.approx([-0.4, 0.6, 0.0, 1.0])
    spreads = [s[:, 1].tolist() for lines in ax.collections for s in lines.get_segments()]
    assert np.allclose(spreads, [[0.9, 1.1], [1.8, 2.2], [2.7, 3.3], [3.6, 4.4]])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(bars)
    assert len({patch.get_hatch() for patch in ax.patches}) == 2


def test_a_heat_map_has_a_row_for_each_image_and_one_scale_for_all_codes():
    figure = plots.heat_maps({"faint": NUMBERS / 10, "strong": NUMBERS}, limit=2.0)
    for ax, h in zip(figure.axes, (NUMBERS / 10, NUMBERS)):
        np.testing.assert_allclose(ax.images[0].get_array(), h)
        assert ax.images[0].get_clim() == (0, 2)
    assert [ax.get_title() for ax in figure.axes] == ["faint", "strong"]
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("unit", "image")
