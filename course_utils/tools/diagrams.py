"""Draw the diagrams of figures/: `python -m course_utils.tools.diagrams`.

Each diagram is SVG text put together here, with every number rounded, so that the files are the
same bytes on every machine. Sizes are in the units of the picture's own coordinate system.
"""

import math
import sys
from pathlib import Path

from course_utils.palette import (
    ADDED,
    CODE,
    DATA,
    DECODER,
    ENCODER,
    INK,
    LOSS,
    PALETTE,
    PAPER,
)

FIGURES = Path(__file__).parents[2] / "figures"


def text(x: float, y: float, content: str, size: int = 16, color: str = INK) -> str:
    """Write a line of text, centred on x, its baseline at y."""
    style = f'font-size="{size}" fill="{color}" text-anchor="middle"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{content}</text>'


def box(x: float, y: float, width: float, height: float, color: str) -> str:
    """Draw a filled box with rounded corners; (x, y) is its top left corner."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} rx="5" fill="{color}"/>'


def arrow(x1: float, y1: float, x2: float, y2: float, color: str = INK) -> str:
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


def ring(x: float, y: float, radius: float) -> str:
    """Draw a circle that is not filled."""
    style = f'fill="none" stroke="{ADDED}" stroke-width="2.5"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {style}/>'


def document(width: int, height: int, title: str, *parts: str) -> str:
    """Put the parts of a picture onto a white ground; the title is read aloud by screen readers."""
    head = (
        '<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0,0 L10,5 L0,10 z" fill="{INK}"/></marker>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="Helvetica, Arial, sans-serif" role="img">\n'
        f"<title>{title}</title>\n<defs>{head}</defs>\n"
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def architecture() -> str:
    """Input, encoder, bottleneck, decoder, reconstruction, with the symbols of the course."""
    heights, names = (220, 130, 40, 130, 220), ("x", "", "h = f(x)", "", "x′ = g(h)")
    colors = (DATA, ENCODER, CODE, DECODER, DATA)
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
        text(610, 36, "reconstruction"), text(220, 72, "encoder f", 18, ENCODER),
        text(480, 72, "decoder g", 18, DECODER),
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
        parts += [dots(cloud, DATA), text(left + 175, 36, title, 18)]
        if left:
            parts.append(path([place(t, t * t) for t in positions], DECODER))
        else:
            parts.append(path([place(-1.15, 1 / 3), place(1.15, 1 / 3)], DECODER))
    parts.append(text(175, 268, "one number: the place on a line"))
    parts.append(text(525, 268, "one number: the place on a curve"))
    return document(700, 290, "A straight line and a curve through the same points", *parts)


def bernoulli_kl_curve() -> str:
    """D(ρ‖ρ̂) against ρ̂ for three ρ: zero at ρ̂ = ρ, infinite at both ends."""
    parts = [arrow(60, 290, 640, 290), arrow(60, 290, 60, 30)]
    parts += [text(630, 315, "ρ̂", 18), text(34, 45, "D", 18)]
    parts += [text(60, 315, "0", 14), text(600, 315, "1", 14), text(46, 294, "0", 14)]
    for rho, color, y in zip((0.05, 0.2, 0.5), PALETTE, (60, 85, 110), strict=False):
        grid = [0.002 + 0.996 * i / 400 for i in range(401)]
        heights = [
            rho * math.log(rho / q) + (1 - rho) * math.log((1 - rho) / (1 - q)) for q in grid
        ]
        points = [
            (60 + 540 * q, 290 - 170 * d) for q, d in zip(grid, heights, strict=True) if d < 1.45
        ]
        parts += [path(points, color), dots([(60 + 540 * rho, 290)], color)]
        parts += [path([(225, y - 5), (255, y - 5)], color), text(300, y, f"ρ = {rho:g}")]
    parts.append(text(350, 345, "the penalty of one unit: zero where its mean activation ρ̂ is ρ"))
    return document(700, 365, "The Bernoulli divergence D(ρ‖ρ̂) against ρ̂ for three ρ", *parts)


def families() -> str:
    """One small picture for each family: what it adds to the plain autoencoder."""
    panels = (
        ("undercomplete (01)", "a narrow code", 30, ""),
        ("sparse (02, 03)", "wide, few units on at once", 200, "+ λ Σ|h| or β Σ D(ρ‖ρ̂)"),
        ("denoising (04)", "damaged input, clean target", 60, "x̃ in, x asked for"),
        ("variational (05)", "a code drawn from q(z|x)", 30, "+ D(q‖N(0, I))"),
        ("contractive (06)", "a code that moves little", 60, "+ λ ‖∂h/∂x‖²"),
    )
    parts = []
    for i, (name, idea, code, extra) in enumerate(panels):
        x, y = 130 + 240 * (i % 3), 50 + 210 * (i // 3)
        if i > 2:
            x += 120
        parts += [text(x, y - 24, name, 18), text(x, y + 122, idea, 14)]
        parts.append(text(x, y + 143, extra or "nothing but the bottleneck", 14, ADDED))
        for j, (height, color) in enumerate(((84, DATA), (code * 0.57, CODE), (84, DATA))):
            parts.append(box(x - 84 + 72 * j, y + 48 - height / 2, 24, height, color))
        parts += [arrow(x - 56, y + 48, x - 16, y + 48), arrow(x + 16, y + 48, x + 56, y + 48)]
    parts += [box(358, y, 24, 8, INK) for y in (62, 90, 131)]  # the units that are on
    specks = [(530 + 17 * (0.755 * i % 1), 60 + 74 * (0.57 * i % 1)) for i in range(14)]
    parts.append(dots(specks, PAPER))  # damage
    cloud = [(math.sqrt(0.4 + 6 * i) * 3, 2.4 * i) for i in range(16)]  # a spiral, evenly filled
    parts.append(dots([(250 + r * math.cos(t), 308 + r * math.sin(t)) for r, t in cloud], CODE))
    parts += [ring(418, 308, 30), ring(490, 308, 16)]  # the same change, before and after
    return document(740, 425, "The families of this course, and what each adds", *parts)


def corruption_loop() -> str:
    """Clean image, damage, encoder and decoder, and the loss that goes back to the clean image."""
    heights = (150, 150, 70, 150)
    names = ("clean x", "damaged x̃", "h = f(x̃)", "restored r(x̃)")
    parts = []
    for i, (height, name, color) in enumerate(
        zip(heights, names, (DATA, DATA, CODE, DATA), strict=True)
    ):
        x = 90 + 180 * i
        parts.append(box(x - 18, 140 - height / 2, 36, height, color))
        parts.append(text(x, 140 - height / 2 - 14, name, 18))
        if i:
            parts.append(arrow(x - 156, 140, x - 26, 140))
    specks = [(257 + 26 * (0.755 * i % 1), 71 + 138 * (0.57 * i % 1)) for i in range(26)]
    parts += [
        dots(specks, PAPER),
        text(180, 128, "damage", 16, ADDED), text(180, 164, "a new draw", 13),
        text(180, 180, "every time", 13), text(360, 128, "encoder f", 16, ENCODER),
        text(540, 128, "decoder g", 16, DECODER),
        arrow(90, 222, 90, 276), arrow(630, 222, 630, 276),
        box(54, 280, 612, 44, LOSS),
        text(360, 308, "loss: ‖x − r(x̃)‖², against the clean x", 18, PAPER),
        text(150, 254, "the target"), text(562, 254, "the answer"),
    ]  # fmt: skip
    return document(720, 344, "A denoising autoencoder: damaged input, clean target", *parts)


def node(x: float, y: float, content: str, color: str) -> str:
    """Draw a circle with a symbol in it, centred on (x, y)."""
    circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="24" fill="{color}"/>'
    ink = INK if color == CODE else PAPER  # the colour of the code is too light for white
    return circle + text(x, y + 6, content, 18, ink)


def back(x1: float, y1: float, x2: float, y2: float) -> str:
    """Draw a dashed arrow from (x1, y1) to (x2, y2): the way of a gradient."""
    line = arrow(x1, y1, x2, y2, LOSS)
    return line.replace("<line ", '<line stroke-dasharray="6 4" ', 1)


def reparameterisation() -> str:
    """A code drawn inside the network, where gradients end, and one made from noise outside."""
    parts = [path([(350, 60), (350, 290)], DATA, 1)]
    for left, title in ((0, "drawn inside: z ~ N(μ, σ²)"), (350, "reparameterised: z = μ + σε")):
        z, loss = (left + 190, 190), (left + 290, 190)
        parts += [text(left + 175, 36, title, 18), box(loss[0] - 30, loss[1] - 18, 60, 36, LOSS)]
        parts += [
            text(loss[0], loss[1] + 6, "loss", 16, PAPER),
            arrow(z[0] + 26, 182, loss[0] - 32, 182),
            back(loss[0] - 32, 199, z[0] + 26, 199),
        ]
        for name, y, start, end in (("μ", 130, 136, 168), ("σ", 250, 230, 200)):
            parts.append(node(left + 60, y, name, ENCODER))
            parts.append(arrow(left + 84, start, left + 164, end))
            if left:
                parts.append(back(left + 162, end + 14, left + 84, start + 16))
        parts.append(node(*z, "z", CODE))
    parts += [
        node(540, 90, "ε", INK), arrow(540, 114, 540, 164), text(612, 96, "ε ~ N(0, 1)", 15),
        text(190, 152, "random", 14), text(175, 312, "the gradient ends at z", 16, LOSS),
        text(525, 312, "the gradient reaches μ and σ", 16, LOSS),
    ]  # fmt: skip
    return document(700, 330, "A random draw inside the network, and outside it", *parts)


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
    for x, a, b, tilt, color in ((165, radius, radius, 0.3, DATA), (525, long, short, turn, CODE)):
        ring = around(x, 165, a, b, tilt)
        parts += [path(ring, color), dots([(x, 165)], INK)]
        parts += [arrow(x, 165, *ring[i]) for i in (0, 18)]
    parts += [
        text(240, 146, "v₁"), text(140, 92, "v₂"), text(154, 186, "x"), text(650, 94, "σ₁u₁"),
        text(492, 132, "σ₂u₂"), text(534, 188, "h"), arrow(270, 165, 395, 165, ENCODER),
        text(332, 150, "encoder f", 18, ENCODER), text(332, 190, "δ → Jδ", 16),
        text(350, 290, "‖J‖² = σ₁² + σ₂² + …: how far small noise on x moves the code h", 16),
    ]  # fmt: skip
    return document(700, 310, "The Jacobian makes an ellipse of a small circle", *parts)


DIAGRAMS = {
    "architecture.svg": architecture,
    "bernoulli_kl.svg": bernoulli_kl_curve,
    "corruption_loop.svg": corruption_loop,
    "families.svg": families,
    "jacobian.svg": jacobian,
    "manifold.svg": manifold,
    "reparameterisation.svg": reparameterisation,
}


def main(folder: Path = FIGURES) -> int:
    """Write every diagram into the folder."""
    for name, draw in DIAGRAMS.items():
        (folder / name).write_text(draw(), encoding="utf-8", newline="\n")
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
