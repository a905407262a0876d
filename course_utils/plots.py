"""One function per kind of picture: takes numbers, returns a Figure, computes nothing.

`show` puts a figure into the notebook with its alternative text, `explore` one with sliders. The
colours stand in `palette`.
"""

import base64
import functools
import hashlib
import html
import inspect
import io
import math
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence

import ipywidgets as widgets
import matplotlib
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from course_utils import checks, palette

SHOWN = 80  # pixels for an inch, on the page
# All words have 12 points, 13 pixels on the page: slides enlarge pictures by a quarter and more, to
# 16. Pictures are stored with twice the pixels, so that they stay sharp there.
STYLE = {
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.formatter.min_exponent": 5,  # 0.001 instead of a power with a small exponent
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": matplotlib.cycler(color=palette.PALETTE),
    "legend.frameon": False,
    "image.cmap": "gray",
    "image.interpolation": "nearest",
    "figure.constrained_layout.use": True,
    "figure.dpi": 2 * SHOWN,
}


_POINTS = checks.finite("n 2")
_AXES = checks.one_of("", "x", "y", "xy")


def show(figure: Figure, alt: str) -> None:
    """Display a figure with its alternative text, as an HTML image and in words.

    alt: what is to be seen, in words. The picture is stored once, in the HTML: JupyterLab and
    nbconvert read the alternative text from there only.
    """
    display(_bundle(figure, alt), metadata=_drawn(figure), raw=True)


# A slider's handle has no name for those who hear the page: it gets that of the label beside it.
NAME_SLIDERS = """
const name = () => document.querySelectorAll(".widget-slider").forEach((slider) =>
  slider.querySelectorAll("[role=slider]").forEach((handle) =>
    handle.setAttribute("aria-label", slider.querySelector(".widget-label").textContent)));
new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
name();
"""


def explore(draw: Callable[..., Figure], alt: str, **sliders: widgets.Widget) -> None:
    """Show draw(**values) below its sliders, redrawn when one is moved.

    sliders: name of an argument of draw → an ipywidgets slider. alt: what is to be seen, for every
    position of the sliders. The saved notebook holds the first picture, so that nothing is missing
    where there is no kernel.
    """

    def picture() -> Figure:
        return draw(**{name: slider.value for name, slider in sliders.items()})

    figure = picture()
    data = _bundle(figure, alt)
    view = widgets.HTML(data["text/html"])

    def redraw(_) -> None:
        view.value = _bundle(picture(), alt)["text/html"]

    for slider in sliders.values():
        slider.observe(redraw, names="value")
    box = widgets.VBox([*sliders.values(), view])
    data["application/vnd.jupyter.widget-view+json"] = {
        "version_major": 2, "version_minor": 0, "model_id": box.model_id,
    }  # fmt: skip
    display(data, metadata=_drawn(figure), raw=True)
    script = {"application/javascript": NAME_SLIDERS, "text/plain": ""}
    display(script, metadata={}, raw=True)


def _drawing(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Make draw use the style of the course and leave its name in the figure."""

    @functools.wraps(draw)
    @matplotlib.rc_context(STYLE)
    def drawn(*arguments, **options) -> Figure:
        figure = draw(*arguments, **options)
        figure.set_label(draw.__name__)
        return figure

    return drawn


def _panels(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (6, 4), share: bool = False
) -> tuple[Figure, np.ndarray]:
    """Return an empty figure of a size in inches and its array of axes (rows, columns)."""
    figure = Figure(figsize=size)
    return figure, figure.subplots(rows, columns, squeeze=False, sharex=share, sharey=share)


def _planes(titles: Collection[str], width: float, height: float) -> tuple[Figure, np.ndarray]:
    """Return one plane for each title, side by side, with the same scale in both directions."""
    figure, (axes,) = _panels(1, len(titles), (width * len(titles), height), share=True)
    figure.set_layout_engine("compressed")  # for axes whose shape is fixed
    for ax, title in zip(axes, titles, strict=True):
        ax.set(title=title, xlabel="first coordinate", aspect="equal")
    axes[0].set_ylabel("second coordinate")
    return figure, axes


def _squares(images: Tensor) -> np.ndarray:
    """Turn images (n, side²) into an array (n, side, side)."""
    side = math.isqrt(images.shape[-1])
    return images.detach().reshape(-1, side, side).numpy()


def _scales(log: str) -> dict[str, str]:
    """Return the scales of the axes: log is "", "x", "y" or "xy"."""
    return {f"{axis}scale": "log" if axis in log else "linear" for axis in "xy"}


def _at_most(most: int, **given: Collection) -> None:
    """Refuse more things than there are columns, or ways to tell them apart."""
    for name, things in given.items():
        if len(things) > most:
            raise ValueError(f"{name} must be at most {most}, got {len(things)}")


@_drawing
@checks.arguments(rows=checks.named(checks.square_images()))
def image_rows(
    rows: Mapping[str, Tensor],
    titles: Sequence[str] = (),
    limits: tuple[float, float] = (0, 1),
) -> Figure:
    """Draw rows of square images under each other: name of the row → tensor (n, pixels).

    titles: one above each column. limits: the values shown as black and as white; what lies
    outside is shown as the nearer of them.
    """
    if not rows:
        raise ValueError("rows must hold at least one row of images")
    n = max(map(len, rows.values()))
    _at_most(n, titles=titles)
    figure, axes = _panels(len(rows), n, (1.6 + 0.75 * n, 0.7 * len(rows) + 0.2))
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        line[0].text(-0.15, 0.5, name, transform=line[0].transAxes, ha="right", va="center")
        for ax, image in zip(line, _squares(images), strict=False):
            ax.imshow(image, vmin=limits[0], vmax=limits[1])
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, title in zip(axes[0], titles, strict=False):
        ax.set_title(title)
    return figure


@_drawing
@checks.arguments(images=checks.square_images(), columns=checks.whole())
def signed_images(images: Tensor, columns: int = 8) -> Figure:
    """Draw signed images (n, pixels) as a grid: white positive, mid-grey 0, black negative.

    Each is scaled by its own largest absolute value, so that the shapes show, not the sizes.
    """
    rows = math.ceil(len(images) / columns)
    figure, axes = _panels(rows, columns, (0.85 * columns, 0.85 * rows))
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image in zip(axes.flat, _squares(images), strict=False):
        limit = max(abs(image).max(), 1e-12)
        ax.imshow(image, vmin=-limit, vmax=limit)
    return figure


@_drawing
@checks.arguments(images=checks.square_images())
def image_plane(images: Tensor, x_values: Sequence[float], y_values: Sequence[float]) -> Figure:
    """Draw images at their places in the plane of a two-dimensional code.

    images (len(y_values) · len(x_values), pixels): row by row, the first row at y_values[0]
    (below), the first column at x_values[0] (left).
    """
    rows, columns = len(y_values), len(x_values)
    squares = _squares(images)
    side = squares.shape[-1]
    mosaic = squares.reshape(rows, columns, side, side)[::-1].swapaxes(1, 2)
    figure, ((ax,),) = _panels(size=(0.42 * columns + 1, 0.42 * rows + 0.8))
    ax.imshow(mosaic.reshape(rows * side, columns * side), vmin=0, vmax=1)
    ax.set_xticks([(i + 0.5) * side for i in range(columns)], [f"{x:.1f}" for x in x_values])
    ax.set_yticks([(rows - i - 0.5) * side for i in range(rows)], [f"{y:.1f}" for y in y_values])
    ax.set(xlabel="code unit 1", ylabel="code unit 2")
    return figure


@_drawing
@checks.arguments(codes=checks.named(_POINTS), labels=checks.labels)
def code_planes(codes: Mapping[str, Tensor], labels: Tensor) -> Figure:
    """Draw two-dimensional codes side by side: title → codes (n, 2); each point is its digit.

    labels (n,): the digits 0 … 9, written as such, so that they can be read without the colours.
    """
    figure, (axes,) = _panels(1, len(codes), (5.2 * len(codes), 4.6))
    for ax, (title, points) in zip(axes, codes.items(), strict=True):
        for digit, color in enumerate(palette.DIGITS):
            chosen = points[labels == digit].detach()
            ax.scatter(*chosen.T, marker=f"${digit}$", s=34, color=color, linewidths=0.2)
        ax.set(title=title, xlabel="code unit 1", ylabel="code unit 2")
    return figure


@_drawing
@checks.arguments(log=_AXES)
def lines(
    x: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    x_label: str,
    y_label: str,
    log: str = "",
    levels: Mapping[str, float] | None = None,
    bars: Mapping[str, Sequence[float]] | None = None,
) -> Figure:
    """Draw one line per name over common x values, told apart by colour and by marker.

    log: "x", "y" or "xy" for logarithmic axes. levels: name → a horizontal dashed line. bars: name
    of a curve → half the length of the error bar at each x.
    """
    levels, bars, dashes = levels or {}, bars or {}, palette.DASHES[1:]
    _at_most(len(palette.PALETTE), curves=curves)
    _at_most(len(dashes), levels=levels)
    figure, ((ax,),) = _panels()
    for (name, y), marker in zip(curves.items(), palette.MARKERS, strict=False):
        (line,) = ax.plot(x, y, marker=marker if len(x) <= 30 else None, label=name)
        if name in bars:
            ax.errorbar(x, y, bars[name], fmt="none", ecolor=line.get_color(), capsize=5)
    for (name, level), dash in zip(levels.items(), dashes, strict=False):
        ax.axhline(level, color=palette.LEVEL, linestyle=dash, label=name)
    ax.set(xlabel=x_label, ylabel=y_label, **_scales(log))
    if "x" in log:
        ax.set_xticks(list(x), [f"{value:g}" for value in x])
        ax.xaxis.minorticks_off()
    ax.legend()
    return figure


@_drawing
@checks.arguments(functions=checks.named(checks.floats("n")))
def curves(
    x: Tensor,
    functions: Mapping[str, Tensor],
    x_label: str,
    y_label: str,
    mark: float | None = None,
    y_limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw functions sampled at x: name → values; all on one pair of axes, lines without markers.

    mark: a value of x where a dotted line stands. y_limits: the values shown.
    """
    _at_most(len(palette.DASHES), functions=functions)
    figure, ((ax,),) = _panels()
    for (name, y), dash in zip(functions.items(), palette.DASHES, strict=False):
        ax.plot(x, y.detach(), dash, linewidth=2, label=name)
    if mark is not None:
        ax.axvline(mark, color=palette.LEVEL, linestyle=":")
    ax.set(xlabel=x_label, ylabel=y_label, ylim=y_limits)
    ax.legend()
    return figure


@_drawing
@checks.arguments(log=_AXES)
def trade_off(
    points: Mapping[str, Sequence[tuple[float, float, str]]],
    x_label: str,
    y_label: str,
    log: str = "",
) -> Figure:
    """Draw one line per name through its points (x, y, note), each with its note beside it.

    log: "x", "y" or "xy" for logarithmic axes.
    """
    _at_most(len(palette.PALETTE), points=points)
    many = len(points) > 3  # names that would lie on the points stand beside them
    figure, ((ax,),) = _panels(size=(8.5, 4) if many else (6, 4))
    for (name, marks), marker in zip(points.items(), palette.MARKERS, strict=False):
        x, y, _ = zip(*marks, strict=True)
        ax.plot(x, y, marker=marker, label=name)
        for *at, note in marks:
            ax.annotate(note, at, xytext=(6, 4), textcoords="offset points")
    ax.set(xlabel=x_label, ylabel=y_label, **_scales(log))
    ax.margins(0.12)
    ax.legend(**{"loc": "upper left", "bbox_to_anchor": (1, 1)} if many else {})
    return figure


@_drawing
@checks.arguments(values=checks.named(checks.finite("n…")))
def histograms(
    values: Mapping[str, Tensor],
    x_label: str,
    y_label: str,
    bins: Sequence[float] | int = 40,
    log: bool = False,
    mark: float | None = None,
) -> Figure:
    """Draw one histogram per name, side by side on the same bins and axes.

    values: name → tensor of any shape. log: whether the counts are on a logarithmic axis. mark: a
    value of x where a dashed line stands.
    """
    flat = {name: value.detach().flatten().numpy() for name, value in values.items()}
    limits = min(v.min() for v in flat.values()), max(v.max() for v in flat.values())
    figure, (axes,) = _panels(1, len(flat), (1 + 3.4 * len(flat), 3.2), share=True)
    for ax, (name, value) in zip(axes, flat.items(), strict=True):
        ax.hist(value, bins, range=limits, color=palette.VALUES, log=log)
        if mark is not None:
            ax.axvline(mark, color=palette.MARK, linestyle="--")
        ax.set(title=name, xlabel=x_label)
    axes[0].set_ylabel(y_label)
    return figure


@_drawing
@checks.arguments(points=_POINTS, panels=checks.named(_POINTS))
def plane_reconstructions(points: Tensor, panels: Mapping[str, Tensor]) -> Figure:
    """Draw points (n, 2) and their reconstructions: title → x′ (n, 2), one panel each.

    A thin line joins each point with its reconstruction; its length squared is the point's error.
    """
    figure, axes = _planes(panels, 4.6, 4)
    for ax, x_hat in zip(axes, panels.values(), strict=True):
        for a, b in zip(points.tolist(), x_hat.tolist(), strict=True):
            ax.plot(*zip(a, b, strict=True), color=palette.FAINT, linewidth=0.8, zorder=1)
        ax.scatter(*points.T, s=14, color=palette.DATA, label="x")
        ax.scatter(*x_hat.detach().T, s=18, color=palette.MARK, marker="s", label="x′")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    return figure


@_drawing
@checks.arguments(background=checks.optional(_POINTS))
def arrow_panels(
    panels: Mapping[str, tuple[Tensor, Tensor]], background: Tensor | None = None
) -> Figure:
    """Draw arrows in the plane: title → (starts (n, 2), arrows (n, 2)), one panel each.

    background (m, 2): points drawn in grey behind the arrows. Arrows keep their true length.
    """
    figure, axes = _planes(panels, 4.8, 4.2)
    for ax, (starts, arrows) in zip(axes, panels.values(), strict=True):
        _background(ax, background)
        ax.quiver(
            *starts.detach().T, *arrows.detach().T, color=palette.VALUES,
            angles="xy", scale_units="xy", scale=1, width=0.005, headwidth=5,
        )  # fmt: skip
    return figure


@_drawing
@checks.arguments(panels=checks.named(_POINTS), background=checks.optional(_POINTS))
def point_panels(panels: Mapping[str, Tensor], background: Tensor | None = None) -> Figure:
    """Draw clouds of points side by side: title → (n, 2); background (m, 2) in grey in each.

    All panels share their axes, wide enough for every point.
    """
    figure, axes = _planes(panels, 3.2, 3.4)
    for ax, points in zip(axes, panels.values(), strict=True):
        _background(ax, background)
        ax.scatter(*points.detach().T, s=10, color=palette.VALUES)
    return figure


def _background(ax: Axes, points: Tensor | None) -> None:
    """Draw points (m, 2), where there are any, behind all else."""
    if points is not None:
        ax.scatter(*points.detach().T, s=6, color=palette.FAINT)


@_drawing
@checks.arguments(codes=checks.named(checks.finite("n units")))
def heat_maps(codes: Mapping[str, Tensor], limit: float) -> Figure:
    """Draw codes side by side, title → (images, units): a row for each image, a column for a unit.

    Black is 0, white is limit and more.
    """
    figure, (axes,) = _panels(1, len(codes), (0.6 + 3.2 * len(codes), 3.2), share=True)
    for ax, (title, h) in zip(axes, codes.items(), strict=True):
        ax.imshow(h.detach().numpy(), vmin=0, vmax=limit, aspect="auto")
        ax.set(title=title, xlabel="unit")
    axes[0].set_ylabel("image")
    return figure


@_drawing
@checks.arguments(values=checks.finite("rows columns"))
def matrix(
    values: Tensor, rows: Sequence[str], columns: Sequence[str], y_label: str, x_label: str
) -> Figure:
    """Draw a matrix as a grid of grey fields with its numbers, larger values lighter."""
    figure, ((ax,),) = _panels(size=(1.8 + 1.1 * len(columns), 1.2 + 0.7 * len(rows)))
    ax.imshow(values.detach().numpy(), aspect="auto")
    low, high = values.min(), values.max()
    for (i, j), value in np.ndenumerate(values.detach().numpy()):
        # At 46 % grey, black and white stand out equally.
        color = palette.INK if value > low + 0.46 * (high - low) else palette.PAPER
        ax.text(j, i, f"{value:.1f}", ha="center", va="center", color=color)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.set(xlabel=x_label, ylabel=y_label)
    return figure


@_drawing
def spread_panels(
    panels: Sequence[tuple[str, str, Mapping[str, tuple[float, float, float, float]]]],
    log: Collection[str] = (),
) -> Figure:
    """Draw named points with their spread in both directions, one panel for each pair of measures.

    panels: (x label, y label, name → (x, spread of x, y, spread of y)). Each name keeps its colour
    and marker in all panels; they stand in one legend beside them. log: the x labels whose axes are
    logarithmic.
    """
    names = list(dict.fromkeys(name for _, _, points in panels for name in points))
    _at_most(len(palette.MARKERS), names=names)
    figure, (axes,) = _panels(1, len(panels), (1.7 + 4.2 * len(panels), 3.9))
    handles = {}
    for ax, (x_label, y_label, points) in zip(axes, panels, strict=True):
        for name, (x, dx, y, dy) in points.items():
            n = names.index(name)
            color = palette.PALETTE[n % len(palette.PALETTE)]
            style = {"color": color, "marker": palette.MARKERS[n], "markersize": 8, "linestyle": ""}
            handles[name] = ax.errorbar(x, y, dy, dx, **style)[0]
        ax.set(xlabel=x_label, ylabel=y_label, xscale="log" if x_label in log else "linear")
        ax.margins(0.12)
    figure.legend([handles[name] for name in names], names, loc="outside right upper")
    return figure


@_drawing
def intervals(rows: Mapping[str, tuple[float, float, float]], x_label: str) -> Figure:
    """Draw name → (low, value, high): a point on a horizontal bar, the first name on top."""
    figure, ((ax,),) = _panels(size=(6.5, 0.9 + 0.42 * len(rows)))
    for place, (low, value, high) in enumerate(rows.values()):
        ax.plot(
            [low, high], [place, place], color=palette.VALUES, linewidth=3, solid_capstyle="butt"
        )
        ax.plot(value, place, marker="o", color=palette.INK)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel(x_label)
    return figure


@_drawing
def spread_bars(
    groups: Sequence[str], bars: Mapping[str, tuple[Sequence[float], Sequence[float]]], y_label: str
) -> Figure:
    """Draw bars side by side: name → (means, spreads), one of each per group, with error bars."""
    _at_most(len(palette.HATCHES), bars=bars)
    figure, ((ax,),) = _panels(size=(1.6 * len(groups) + 1.2, 4))
    width = 0.8 / len(bars)
    for i, (name, (means, spreads)) in enumerate(bars.items()):
        places = [place - 0.4 + (i + 0.5) * width for place in range(len(groups))]
        style = {
            "color": palette.PALETTE[i],
            "hatch": palette.HATCHES[i],
            "edgecolor": palette.PAPER,
        }
        ax.bar(places, means, width, yerr=spreads, capsize=4, label=name, **style)
    ax.set_xticks(range(len(groups)), groups)
    ax.set_ylabel(y_label)
    ax.legend()
    return figure


# How a picture is stored


def _bundle(figure: Figure, alt: str) -> dict:
    """Return the figure as HTML with its alternative text, and as words."""
    if not isinstance(figure, Figure):
        raise TypeError(f"figure must be a matplotlib Figure, got {type(figure).__name__}")
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError("alt must say in words what is to be seen in the figure")
    picture = base64.b64encode(_png(figure)).decode()
    width = round(figure.get_figwidth() * SHOWN)
    return {
        "text/html": f'<img alt="{html.escape(alt)}" width="{width}" '
        f'src="data:image/png;base64,{picture}">',
        "text/plain": f"Figure: {alt}",
    }


@matplotlib.rc_context(STYLE)
def _png(figure: Figure) -> bytes:
    """Encode a figure in at most 256 tones, with no word of what drew it."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    small = picture.convert("L")
    if small.convert("RGB").tobytes() != picture.tobytes():
        small = picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    file = io.BytesIO()
    small.save(file, "PNG", optimize=True)
    return file.getvalue()


def _drawn(figure: Figure) -> dict[str, str]:
    """Say which function drew the figure, and by which version of its code."""
    return {"drawing": figure.get_label(), "code": fingerprint(figure.get_label())}


@functools.cache
def fingerprint(drawing: str) -> str:
    """Return eight characters that change with the code or the colours behind a drawing.

    drawing: the name of a function of this module. A notebook holds them beside each picture, so
    that a test can tell the pictures that the code would no longer draw.
    """
    source = "\n\n\n".join(map(inspect.getsource, (palette, sys.modules[__name__])))
    parts = source.split("\n\n\n")  # one for each function, as ruff formats them
    used = [part for part in parts if "@_drawing" not in part or f"def {drawing}(" in part]
    bare = re.sub(r'""".*?"""|\s', "", "".join(used), flags=re.DOTALL)
    return hashlib.sha256(bare.encode()).hexdigest()[:8]
