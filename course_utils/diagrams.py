"""Draw the diagrams of figures/: `python -m course_utils.diagrams`.

Each diagram is SVG text put together here, with every number rounded, so that the files are the
same bytes on every machine. Sizes are in the units of the picture's own coordinate system.
"""

import math
import sys
from pathlib import Path

from course_utils.plots import BLACK, BLUE, GREEN, ORANGE

FIGURES = Path(__file__).parent.parent / "figures"
GREY = "#999999"


def text(x: float, y: float, content: str, size: int = 16, color: str = BLACK) -> str:
    """Write a line of text, centred on x, its baseline at y."""
    style = f'font-size="{size}" fill="{color}" text-anchor="middle"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{content}</text>'


def box(x: float, y: float, width: float, height: float, color: str) -> str:
    """Draw a filled box with rounded corners; (x, y) is its top left corner."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} rx="5" fill="{color}" fill-opacity="0.85"/>'


def arrow(x1: float, y1: float, x2: float, y2: float, color: str = BLACK) -> str:
    """Draw a straight arrow from (x1, y1) to (x2, y2)."""
    place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {place} stroke="{color}" stroke-width="2" marker-end="url(#head)"/>'


def path(points: list[tuple[float, float]], color: str, width: float = 3) -> str:
    """Draw a line through points."""
    steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    style = f'fill="none" stroke="{color}" stroke-width="{width}"'
    return f'<polyline points="{steps}" {style}/>'


def dots(points: list[tuple[float, float]], color: str) -> str:
    """Draw a dot at every point."""
    return "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>' for x, y in points)


def document(width: int, height: int, title: str, *parts: str) -> str:
    """Put the parts of a picture onto a white ground; the title is read aloud by screen readers."""
    head = (
        '<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0,0 L10,5 L0,10 z" fill="{BLACK}"/></marker>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="Helvetica, Arial, sans-serif" role="img">\n'
        f"<title>{title}</title>\n<defs>{head}</defs>\n"
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def architecture() -> str:
    """Input, encoder, bottleneck, decoder, reconstruction, with the symbols of the course."""
    heights, names = (220, 130, 40, 130, 220), ("x", "", "h = f(x)", "", "x′ = g(h)")
    colors = (GREY, BLUE, ORANGE, GREEN, GREY)
    parts = []
    for i, (height, name, color) in enumerate(zip(heights, names, colors, strict=True)):
        x = 90 + 130 * i
        parts.append(box(x - 16, 160 - height / 2, 32, height, color))
        if name:
            parts.append(text(x, 160 + height / 2 + 26, name, 18))
        if i:
            parts.append(arrow(x - 108, 160, x - 24, 160))
    parts += [
        text(90, 36, "input"), text(350, 100, "code"), text(350, 122, "(bottleneck)", 13),
        text(610, 36, "reconstruction"), text(220, 72, "encoder f", 18, BLUE),
        text(480, 72, "decoder g", 18, GREEN),
        text(350, 330, "train f and g so that x′ is close to x: small ‖x − x′‖²", 16),
    ]  # fmt: skip
    return document(700, 350, "An autoencoder: input, encoder, code, decoder, output", *parts)


def manifold() -> str:
    """The same bent cloud of points twice: with PCA's straight line, and with a curve."""
    positions = [i / 15 - 1 for i in range(31)]
    parts = []
    for left, title in ((0, "PCA: a hyperplane"), (350, "autoencoder: a manifold")):

        def place(t, height, left=left):
            return left + 175 + 125 * t, 215 - 130 * height

        cloud = [place(t, t * t + 0.09 * math.sin(37 * t * t + 11 * t)) for t in positions]
        parts += [dots(cloud, GREY), text(left + 175, 36, title, 18)]
        if left:
            parts.append(path([place(t, t * t) for t in positions], GREEN))
        else:
            parts.append(path([place(-1.15, 1 / 3), place(1.15, 1 / 3)], BLUE))
    parts.append(text(175, 268, "one number: the place on a line"))
    parts.append(text(525, 268, "one number: the place on a curve"))
    return document(700, 290, "A straight line and a curve through the same points", *parts)


def jacobian() -> str:
    """A small circle of inputs around x, and the ellipse of codes around h that J makes of it."""
    turn, long, short, radius = 0.6, 110.0, 30.0, 62.0  # of the ellipse: angle and half axes
    angles = [2 * math.pi * i / 72 for i in range(73)]

    def around(x, y, a, b, tilt):
        """The point of an ellipse at each angle; y grows downwards."""
        c, s = math.cos(tilt), math.sin(tilt)
        points = [(a * math.cos(t), b * math.sin(t)) for t in angles]
        return [(x + c * u - s * v, y - s * u - c * v) for u, v in points]

    parts = [text(165, 36, "space of inputs", 18), text(525, 36, "space of codes", 18)]
    for x, a, b, tilt, color in ((165, radius, radius, 0.3, BLUE), (525, long, short, turn, GREEN)):
        ring = around(x, 165, a, b, tilt)
        parts += [path(ring, color), dots([(x, 165)], BLACK)]
        parts += [arrow(x, 165, *ring[i]) for i in (0, 18)]
    parts += [
        text(240, 146, "v₁"), text(140, 92, "v₂"), text(154, 186, "x"), text(650, 94, "σ₁u₁"),
        text(492, 132, "σ₂u₂"), text(534, 188, "h"), arrow(270, 165, 395, 165, ORANGE),
        text(332, 150, "encoder f", 18, ORANGE), text(332, 190, "δ → Jδ", 16),
        text(350, 290, "‖J‖² = σ₁² + σ₂² + …: how far a small change of x moves the code h", 16),
    ]  # fmt: skip
    return document(700, 310, "The Jacobian makes an ellipse of a small circle", *parts)


DIAGRAMS = {"architecture.svg": architecture, "jacobian.svg": jacobian, "manifold.svg": manifold}


def main(folder: Path = FIGURES) -> int:
    """Write every diagram into the folder."""
    for name, draw in DIAGRAMS.items():
        (folder / name).write_text(draw(), encoding="utf-8", newline="\n")
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
