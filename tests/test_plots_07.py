import pytest

from course_utils import plots


def test_spread_lines_draws_means_and_their_spread():
    figure = plots.spread_lines([2, 8], {"a": ([1.0, 3.0], [0.5, 0.25])}, "k", "error", log="xy")
    (ax,) = figure.axes
    (bars,) = ax.containers
    assert bars[0].get_xydata().tolist() == [[2, 1], [8, 3]]
    ends = [line.tolist() for line in bars[2][0].get_segments()]
    assert ends == [[[2, 0.5], [2, 1.5]], [[8, 2.75], [8, 3.25]]]
    assert ax.get_xscale() == ax.get_yscale() == "log"


def test_spread_lines_refuses_more_than_can_be_told_apart():
    with pytest.raises(ValueError, match="at most 6"):
        plots.spread_lines([1], {str(i): ([1], [0]) for i in range(7)}, "x", "y")


def test_spread_panels_keep_the_style_of_a_name_in_every_panel():
    first = ("error", "probe", {"PCA": (1, 0.1, 2, 0.2), "VAE": (3, 0.1, 4, 0.2)})
    second = ("error", "gain", {"VAE": (3, 0.1, 1, 0.2)})
    figure = plots.spread_panels([first, second])
    lines = [[bar[0] for bar in ax.containers] for ax in figure.axes]
    assert [line.get_marker() for line in lines[0]] == ["o", "s"]
    assert [line.get_marker() for line in lines[1]] == ["s"]
    assert lines[0][1].get_color() == lines[1][0].get_color()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["PCA", "VAE"]
    assert figure.axes[1].get_ylabel() == "gain"


def test_seven_families_have_seven_markers():
    points = {str(i): (i, 0.1, i, 0.1) for i in range(7)}
    (ax,) = plots.spread_panels([("x", "y", points)]).axes
    assert len({bar[0].get_marker() for bar in ax.containers}) == 7


def test_intervals_stand_in_the_order_given_from_the_top():
    figure = plots.intervals({"PCA": (0.8, 0.9, 0.95), "AE": (0.7, 0.75, 0.8)}, "AUROC", mark=0.5)
    (ax,) = figure.axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["PCA", "AE"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert ax.lines[0].get_xydata().tolist() == [[0.8, 0], [0.95, 0]]
    assert ax.lines[1].get_xydata().tolist() == [[0.9, 0]]
    assert ax.lines[4].get_xdata() == [0.5, 0.5]
