"""The diagrams in figures/ are the ones that the code draws."""

import xml.etree.ElementTree as ElementTree

import pytest
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
