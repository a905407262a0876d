from course_utils import plots


def test_spread_bars_stand_side_by_side_with_their_spread():
    bars = {"training": ([1.0, 2.0], [0.1, 0.2]), "validation": ([3.0, 4.0], [0.3, 0.4])}
    figure = plots.spread_bars(["a", "b"], bars, "error")
    (ax,) = figure.axes
    assert [patch.get_height() for patch in ax.patches] == [1, 2, 3, 4]
    lefts = [round(patch.get_x(), 6) for patch in ax.patches]
    assert lefts == [-0.4, 0.6, 0.0, 1.0]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(bars)


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


def test_eight_families_have_eight_markers():
    points = {str(i): (i, 0.1, i, 0.1) for i in range(8)}
    (ax,) = plots.spread_panels([("x", "y", points)]).axes
    assert len({bar[0].get_marker() for bar in ax.containers}) == 8


def test_intervals_stand_in_the_order_given_from_the_top():
    figure = plots.intervals({"PCA": (0.8, 0.9, 0.95), "AE": (0.7, 0.75, 0.8)}, "AUROC", mark=0.5)
    (ax,) = figure.axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["PCA", "AE"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert ax.lines[0].get_xydata().tolist() == [[0.8, 0], [0.95, 0]]
    assert ax.lines[1].get_xydata().tolist() == [[0.9, 0]]
    assert ax.lines[4].get_xdata() == [0.5, 0.5]
