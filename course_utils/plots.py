"""One function per kind of picture: takes numbers, returns a Figure, computes nothing.

One palette throughout (Okabe and Ito, 2008: told apart by colour-blind readers, ordered here by
lightness where grey matters); `show` puts a figure into the notebook with its alternative text.
"""

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets
import matplotlib
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

BLUE, ORANGE, GREEN, PURPLE, SKY, BLACK = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#222222",
)  # fmt: skip
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, SKY, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "x")
STYLE = {
    "font.size": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": matplotlib.cycler(color=PALETTE),
    "figure.constrained_layout.use": True,
}
DPI = 80


def show(figure: Figure, alt: str) -> None:
    """Display a figure as HTML, PNG and text at once, so that its alternative text is never lost.

    alt: what is to be seen, in words. JupyterLab and nbconvert read it from the HTML form only.
    """
    data = _bundle(figure, alt)
    display(data, metadata={"image/png": {"alt": alt}}, raw=True)


def explore(draw: Callable[..., Figure], alt: str, **sliders: widgets.Widget) -> None:
    """Show draw(**values) below its sliders, redrawn when one is moved.

    sliders: name of an argument of draw → an ipywidgets slider. alt: what is to be seen, for every
    position of the sliders. The saved notebook holds the first picture, so that nothing is missing
    where there is no kernel.
    """

    def picture() -> dict[str, str]:
        return _bundle(draw(**{name: slider.value for name, slider in sliders.items()}), alt)

    data = picture()
    view = widgets.HTML(data["text/html"])

    def redraw(_) -> None:
        view.value = picture()["text/html"]

    for slider in sliders.values():
        slider.observe(redraw, names="value")
    box = widgets.VBox([*sliders.values(), view])
    data["application/vnd.jupyter.widget-view+json"] = {
        "version_major": 2, "version_minor": 0, "model_id": box.model_id,
    }  # fmt: skip
    display(data, metadata={"image/png": {"alt": alt}}, raw=True)


def _bundle(figure: Figure, alt: str) -> dict[str, str]:
    """Return the figure as HTML with its alternative text, as PNG and as words."""
    if not isinstance(figure, Figure):
        raise TypeError(f"figure must be a matplotlib Figure, got {type(figure).__name__}")
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError("alt must say in words what is to be seen in the figure")
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer, pil_kwargs={"compress_level": 9})
    picture = base64.b64encode(buffer.getvalue()).decode()
    return {
        "text/html": f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{picture}">',
        "image/png": picture,
        "text/plain": f"Figure: {alt}",
    }


@matplotlib.rc_context(STYLE)
def new_figure(rows: int = 1, columns: int = 1, size: tuple[float, float] = (6, 4), **options):
    """Return an empty Figure in the style of the course and its array of Axes (rows, columns).

    size: width and height in inches. options go to `Figure.subplots`.
    """
    figure = Figure(figsize=size, dpi=DPI)
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


@matplotlib.rc_context(STYLE)
def image_rows(
    rows: Mapping[str, Tensor],
    titles: Sequence[str] | None = None,
    image_shape: tuple[int, int] = (28, 28),
    limits: tuple[float, float] = (0, 1),
) -> Figure:
    """Draw rows of images under each other: name of the row → tensor (n, height · width).

    titles: one above each column. limits: the values shown as black and as white; what lies
    outside is shown as the nearer of them.
    """
    if not rows:
        raise ValueError("rows must hold at least one row of images")
    n = max(len(images) for images in rows.values())
    if titles is not None and len(titles) > n:
        raise ValueError(f"titles must be at most one for each of {n} columns, got {len(titles)}")
    figure, axes = new_figure(len(rows), n, size=(1.6 + 0.8 * n, 0.84 * len(rows) + 0.2))
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for ax, image in zip(line, images.detach().numpy(), strict=False):
            ax.imshow(
                image.reshape(image_shape),
                cmap="gray",
                vmin=limits[0],
                vmax=limits[1],
                interpolation="nearest",
            )
        for ax in line:
            ax.set_axis_off()
        line[0].text(
            -0.15, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=12
        )
    for ax, title in zip(axes[0], titles or [], strict=False):
        ax.set_title(title, fontsize=12)
    return figure


@matplotlib.rc_context(STYLE)
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
    for name, given, most in (("curves", curves, len(MARKERS)), ("levels", levels or {}, 3)):
        if len(given) > most:
            raise ValueError(f"{name} must be at most {most}, to be told apart, got {len(given)}")
    figure, ((ax,),) = new_figure()
    for (name, y), marker in zip(curves.items(), MARKERS, strict=False):
        (line,) = ax.plot(x, y, marker=marker if len(x) <= 30 else None, label=name)
        if name in (bars or {}):
            ax.errorbar(x, y, bars[name], fmt="none", ecolor=line.get_color(), capsize=5)
    for (name, level), style in zip((levels or {}).items(), ("--", ":", "-."), strict=False):
        ax.axhline(level, color="0.4", linestyle=style, label=name)
    if "x" in log:
        ax.set_xscale("log", base=2)
        ax.set_xticks(list(x), [f"{value:g}" for value in x])
        ax.minorticks_off()
    if "y" in log:
        ax.set_yscale("log")
    ax.set(xlabel=x_label, ylabel=y_label)
    ax.legend(frameon=False)
    return figure


@matplotlib.rc_context(STYLE)
def code_planes(codes: Mapping[str, Tensor], labels: Tensor) -> Figure:
    """Draw two-dimensional codes side by side: title → codes (n, 2); each point is its digit.

    labels (n,): the digits 0 … 9, written as such, so that they can be read without the colours.
    """
    figure, (axes,) = new_figure(1, len(codes), size=(5.2 * len(codes), 4.6))
    for ax, (title, points) in zip(axes, codes.items(), strict=True):
        for digit in range(10):
            chosen = points[labels == digit].detach()
            color = PALETTE[digit % len(PALETTE)]
            ax.scatter(*chosen.T, marker=f"${digit}$", s=34, color=color, linewidths=0.2)
        ax.set(title=title, xlabel="code unit 1", ylabel="code unit 2")
    return figure


@matplotlib.rc_context(STYLE)
def image_plane(
    images: Tensor, x_values: Sequence[float], y_values: Sequence[float], image_shape=(28, 28)
) -> Figure:
    """Draw images at their places in the plane of a two-dimensional code.

    images (len(y_values) · len(x_values), height · width): row by row, the first row at y_values[0]
    (below), the first column at x_values[0] (left).
    """
    rows, columns, (height, width) = len(y_values), len(x_values), image_shape
    mosaic = images.detach().reshape(rows, columns, height, width).flip(0)
    mosaic = mosaic.permute(0, 2, 1, 3).reshape(rows * height, columns * width).numpy()
    figure, ((ax,),) = new_figure(size=(0.5 * columns + 1, 0.5 * rows + 0.7))
    ax.imshow(mosaic, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set_xticks([(i + 0.5) * width for i in range(columns)], [f"{x:.1f}" for x in x_values])
    ax.set_yticks([(rows - i - 0.5) * height for i in range(rows)], [f"{y:.1f}" for y in y_values])
    ax.tick_params(labelsize=9)
    ax.set(xlabel="code unit 1", ylabel="code unit 2")
    return figure


@matplotlib.rc_context(STYLE)
def signed_images(
    images: Tensor, columns: int = 8, image_shape: tuple[int, int] = (28, 28)
) -> Figure:
    """Draw signed images (n, height · width) as a grid: white positive, mid-grey 0, black negative.

    Each is scaled by its own largest absolute value, so that the shapes show, not the sizes.
    """
    rows = -(-len(images) // columns)
    figure, axes = new_figure(rows, columns, size=(0.85 * columns, 0.85 * rows))
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image in zip(axes.flat, images.detach(), strict=False):
        limit = image.abs().max().clamp_min(1e-12).item()
        pixels = image.reshape(image_shape).numpy()
        ax.imshow(pixels, cmap="gray", vmin=-limit, vmax=limit, interpolation="nearest")
    return figure


@matplotlib.rc_context(STYLE)
def plane_reconstructions(points: Tensor, panels: Mapping[str, Tensor]) -> Figure:
    """Draw points (n, 2) and their reconstructions: title → x′ (n, 2), one panel each.

    A thin line joins each point with its reconstruction; its length squared is the point's error.
    """
    figure, (axes,) = new_figure(
        1, len(panels), size=(4.6 * len(panels), 4), sharex=True, sharey=True
    )
    for ax, (title, x_hat) in zip(axes, panels.items(), strict=True):
        for a, b in zip(points.tolist(), x_hat.tolist(), strict=True):
            ax.plot(*zip(a, b, strict=True), color="0.75", linewidth=0.8, zorder=1)
        ax.scatter(*points.T, s=14, color="0.35", label="x")
        ax.scatter(*x_hat.T, s=18, color=ORANGE, marker="s", label="x′")
        ax.set(title=title, xlabel="first coordinate", ylabel="second coordinate", aspect="equal")
    axes[0].legend(loc="upper center", frameon=False, ncols=2)
    return figure


@matplotlib.rc_context(STYLE)
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
    figure, (axes,) = new_figure(
        1, len(values), size=(1 + 3.4 * len(values), 3.2), sharex=True, sharey=True
    )
    flat = {name: value.detach().flatten() for name, value in values.items()}
    limits = (
        min(v.min().item() for v in flat.values()),
        max(v.max().item() for v in flat.values()),
    )
    for ax, (name, value) in zip(axes, flat.items(), strict=True):
        ax.hist(value.numpy(), bins, range=limits, color=BLUE, log=log)
        if mark is not None:
            ax.axvline(mark, color=ORANGE, linestyle="--")
        ax.set(title=name, xlabel=x_label)
    axes[0].set_ylabel(y_label)
    return figure


@matplotlib.rc_context(STYLE)
def trade_off(
    points: Mapping[str, Sequence[tuple[float, float, str]]],
    x_label: str,
    y_label: str,
    log: str = "",
) -> Figure:
    """Draw one line per name through its points (x, y, note), each with its note beside it.

    log: "x", "y" or "xy" for logarithmic axes.
    """
    figure, ((ax,),) = new_figure()
    for (name, marks), marker in zip(points.items(), MARKERS, strict=False):
        x, y, notes = zip(*marks, strict=True)
        (line,) = ax.plot(x, y, marker=marker, label=name)
        for at, note in zip(zip(x, y, strict=True), notes, strict=True):
            ax.annotate(note, at, xytext=(6, 4), textcoords="offset points", fontsize=11,
                        color=line.get_color())  # fmt: skip
    ax.set(xlabel=x_label, ylabel=y_label)
    ax.set(xscale="log" if "x" in log else "linear", yscale="log" if "y" in log else "linear")
    ax.margins(0.12)
    ax.legend(frameon=False)
    return figure


@matplotlib.rc_context(STYLE)
def curves(
    x: Tensor,
    functions: Mapping[str, Tensor],
    x_label: str,
    y_label: str,
    mark: float | None = None,
    y_limits: tuple[float, float] | None = None,
) -> Figure:
    """Draw functions sampled at x: name → values; all on one pair of axes, lines without markers.

    mark: a value of x where a dashed line stands. y_limits: the values shown.
    """
    figure, ((ax,),) = new_figure()
    for (name, y), style in zip(functions.items(), ("-", "--", "-.", ":"), strict=False):
        ax.plot(x, y.detach(), style, linewidth=2, label=name)
    if mark is not None:
        ax.axvline(mark, color="0.5", linestyle=":")
    ax.set(xlabel=x_label, ylabel=y_label, ylim=y_limits)
    ax.legend(frameon=False)
    return figure


@matplotlib.rc_context(STYLE)
def arrow_panels(
    panels: Mapping[str, tuple[Tensor, Tensor]], background: Tensor | None = None
) -> Figure:
    """Draw arrows in the plane: title → (starts (n, 2), arrows (n, 2)), one panel each.

    background (m, 2): points drawn in grey behind the arrows. Arrows keep their true length.
    """
    figure, (axes,) = new_figure(
        1, len(panels), size=(4.8 * len(panels), 4.2), sharex=True, sharey=True
    )
    for ax, (title, (starts, arrows)) in zip(axes, panels.items(), strict=True):
        if background is not None:
            ax.scatter(*background.T, s=6, color="0.7")
        ax.quiver(
            *starts.detach().T, *arrows.detach().T, color=BLUE,
            angles="xy", scale_units="xy", scale=1, width=0.005, headwidth=5,
        )  # fmt: skip
        ax.set(title=title, xlabel="first coordinate", ylabel="second coordinate", aspect="equal")
    return figure


@matplotlib.rc_context(STYLE)
def point_panels(panels: Mapping[str, Tensor], background: Tensor | None = None) -> Figure:
    """Draw clouds of points side by side: title → (n, 2); background (m, 2) in grey in each.

    All panels share their axes, wide enough for every point.
    """
    figure, (axes,) = new_figure(
        1, len(panels), size=(3.2 * len(panels), 3.4), sharex=True, sharey=True
    )
    for ax, (title, points) in zip(axes, panels.items(), strict=True):
        if background is not None:
            ax.scatter(*background.T, s=6, color="0.75")
        ax.scatter(*points.detach().T, s=10, color=ORANGE)
        ax.set(title=title, xlabel="first coordinate", aspect="equal")
    axes[0].set_ylabel("second coordinate")
    return figure


@matplotlib.rc_context(STYLE)
def matrix(
    values: Tensor, rows: Sequence[str], columns: Sequence[str], y_label: str, x_label: str
) -> Figure:
    """Draw a matrix as a grid of grey fields with its numbers, larger values lighter."""
    figure, ((ax,),) = new_figure(size=(1.8 + 1.1 * len(columns), 1.2 + 0.7 * len(rows)))
    ax.imshow(values.detach().numpy(), cmap="gray", aspect="auto")
    middle = (values.max() + values.min()) / 2
    for i, line in enumerate(values.tolist()):
        for j, value in enumerate(line):
            color = "black" if value > middle else "white"
            ax.text(j, i, f"{value:.1f}", ha="center", va="center", color=color)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.set(xlabel=x_label, ylabel=y_label)
    return figure


@matplotlib.rc_context(STYLE)
def spread_panels(
    panels: Sequence[tuple[str, str, Mapping[str, tuple[float, float, float, float]]]],
    log: Sequence[str] = (),
) -> Figure:
    """Draw named points with their spread in both directions, one panel for each pair of measures.

    panels: (x label, y label, name → (x, spread of x, y, spread of y)). Each name keeps its colour
    and marker in all panels; they stand in one legend beside them. log: the x labels whose axes are
    logarithmic.
    """
    figure, (axes,) = new_figure(1, len(panels), size=(1.7 + 4.2 * len(panels), 3.9))
    styles: dict[str, tuple] = {}
    for ax, (x_label, y_label, points) in zip(axes, panels, strict=True):
        for name, (x, dx, y, dy) in points.items():
            n = len(styles)
            style = styles.setdefault(
                name, (PALETTE[n % 6], ("o", "s", "^", "D", "v", "X", "P", "*")[n % 8])
            )
            ax.errorbar(x, y, dy, dx, color=style[0], marker=style[1], markersize=8, linestyle="")
        ax.set(xlabel=x_label, ylabel=y_label, xscale="log" if x_label in log else "linear")
        ax.margins(0.12)
    handles = [
        axes[0].plot([], [], color=color, marker=marker, linestyle="", label=name)[0]
        for name, (color, marker) in styles.items()
    ]
    figure.legend(handles=handles, loc="outside right upper", frameon=False)
    return figure


@matplotlib.rc_context(STYLE)
def intervals(
    rows: Mapping[str, tuple[float, float, float]], x_label: str, mark: float | None = None
) -> Figure:
    """Draw name → (low, value, high): a point on a horizontal bar for each name, the first on top.

    mark: a value of x where a dashed line stands.
    """
    figure, ((ax,),) = new_figure(size=(6.5, 0.9 + 0.42 * len(rows)))
    for place, (low, value, high) in enumerate(rows.values()):
        ax.plot([low, high], [place, place], color=BLUE, linewidth=3, solid_capstyle="butt")
        ax.plot(value, place, marker="o", color=BLACK)
    if mark is not None:
        ax.axvline(mark, color="0.4", linestyle="--")
    ax.set_yticks(range(len(rows)), rows)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel(x_label)
    return figure


@matplotlib.rc_context(STYLE)
def spread_bars(
    groups: Sequence[str], bars: Mapping[str, tuple[Sequence[float], Sequence[float]]], y_label: str
) -> Figure:
    """Draw bars side by side: name → (means, spreads), one of each per group, with error bars."""
    figure, ((ax,),) = new_figure(size=(1.6 * len(groups) + 1.2, 4))
    width = 0.8 / len(bars)
    for i, ((name, (means, spreads)), color) in enumerate(zip(bars.items(), PALETTE, strict=False)):
        places = [place - 0.4 + (i + 0.5) * width for place in range(len(groups))]
        hatch = ("", "//", "..", "xx")[i % 4]
        ax.bar(places, means, width, yerr=spreads, capsize=4, label=name, color=color, hatch=hatch,
               edgecolor="white")  # fmt: skip
    ax.set_xticks(range(len(groups)), groups)
    ax.set_ylabel(y_label)
    ax.legend(frameon=False)
    return figure
