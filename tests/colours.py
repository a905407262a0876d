"""How the tests look at colours: contrast as in WCAG 2.2, distance as the CIE defines it."""

import numpy as np
from matplotlib.colors import to_rgb
from skimage.color import deltaE_ciede2000, rgb2lab

# What is left of red, green and blue light without one kind of cone: Machado, Oliveira and
# Fernandes (2009), A physiologically-based model for simulation of color vision deficiency.
SIGHTS = {
    "all cones": np.eye(3),
    "no red": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "no green": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9690]],
    "no blue": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


def light(colour):
    """The red, green and blue light of a colour of sRGB."""
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    """The contrast of two colours, 1 to 21."""
    low, high = sorted(light(c) @ [0.2126, 0.7152, 0.0722] for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def lab(colour, sight="all cones"):
    """The colour in CIE L*a*b* (L* is the lightness), as it looks to somebody."""
    c = np.clip(np.array(SIGHTS[sight]) @ light(colour), 0, 1)
    return rgb2lab(np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055))


def distance(a, b, sight="all cones"):
    """The CIEDE2000 distance of two colours; about 1 can just be seen."""
    return deltaE_ciede2000(lab(a, sight), lab(b, sight))
