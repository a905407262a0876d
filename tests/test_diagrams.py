"""The diagrams in figures/ are the ones that the code draws."""

import inspect
import re
import xml.etree.ElementTree as ElementTree

import pytest
from colours import contrast
from notebook_files import ROOT

from course_utils.tools import diagrams


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_the_saved_diagram_is_current(name):
    assert (ROOT / "figures" / name).read_bytes().decode() == diagrams.DIAGRAMS[name]()


def test_no_diagram_is_left_over():
    assert {path.name for path in (ROOT / "figures").iterdir()} == set(diagrams.DIAGRAMS)


def test_the_command_writes_the_same_bytes_every_time(tmp_path):
    contents = []
    for run in ("a", "b"):
        (tmp_path / run).mkdir()
        diagrams.main(tmp_path / run)
        contents.append([(tmp_path / run / name).read_bytes() for name in diagrams.DIAGRAMS])
    assert contents[0] == contents[1]


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_every_diagram_is_well_formed_and_has_a_title(name):
    root = ElementTree.fromstring(diagrams.DIAGRAMS[name]())
    assert root.find("{http://www.w3.org/2000/svg}title").text


# Colours

SVG = "{http://www.w3.org/2000/svg}"


def covers(shape, x, y):
    """Whether a rectangle or a circle holds a point."""
    if shape.tag == SVG + "circle":
        cx, cy, r = (float(shape.get(name)) for name in ("cx", "cy", "r"))
        return (x - cx) ** 2 + (y - cy) ** 2 <= r**2
    left, top, width, height = (float(shape.get(name, 0)) for name in ("x", "y", "width", "height"))
    return left <= x <= left + width and top <= y <= top + height


def texts_on_their_ground(source):
    """Every text of a diagram with its colour and that of the last shape drawn behind it."""
    shapes = []
    for element in ElementTree.fromstring(source):
        if element.tag in (SVG + "rect", SVG + "circle"):
            shapes.append(element)
        if element.tag == SVG + "text":
            x, y, size = (float(element.get(name)) for name in ("x", "y", "font-size"))
            behind = [shape for shape in shapes if covers(shape, x, y - 0.3 * size)]
            yield element.text, element.get("fill"), behind[-1].get("fill")


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_every_text_stands_out_from_what_lies_behind_it(name):
    for text, color, ground in texts_on_their_ground(diagrams.DIAGRAMS[name]()):
        assert contrast(color, ground) >= 4.5, f"{text}: {color} on {ground}"


def test_a_text_on_a_box_is_seen_against_the_box_and_not_the_page():
    found = {t: ground for t, _, ground in texts_on_their_ground(diagrams.reparameterisation())}
    assert found["loss"] == diagrams.LOSS and found["z"] == diagrams.CODE
    assert found["random"] == diagrams.PAPER


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_nothing_in_a_diagram_is_seen_through(name):
    assert "opacity" not in diagrams.DIAGRAMS[name]()


def test_no_colour_stands_in_the_code_of_the_diagrams():
    source = inspect.getsource(diagrams)
    assert not re.findall(r'#[0-9A-Fa-f]{6}|"(?:white|black|grey)"', source)
