"""The colours and markers of the course, named for what they stand for; change them here.

A plot takes PALETTE in its order. Its colours are told apart in grey (by at least 10 of the 100
steps of CIE lightness, the first three by 20) and by colour-blind readers (CIEDE2000 at least 12).
All stand out from white paper by a contrast of 3, and those that words are written in by 4.5, as
WCAG 2.2 asks. Tests hold them to this.
"""

PALETTE = (
    "#002574",  # blue
    "#E07A00",  # orange; too light for words
    "#006C18",  # green
    "#8A0046",  # plum
    "#0E7DB4",  # light blue
    "#000000",
)
# Parts of a network; ADDED is what a family adds to the plain one: damage, a penalty.
ENCODER, CODE, DECODER, ADDED, LOSS, INK = PALETTE
# Plots of one kind of thing: what it is, and where to look.
VALUES, MARK = PALETTE[:2]
DATA = "#666666"  # the input and the output
LEVEL = DATA  # a line to compare with
FAINT = "#BBBBBB"  # what lies behind
PAPER = "#FFFFFF"

# For the digits 0 … 9, which are drawn as such: digits that look alike have colours far apart.
DIGITS = (*PALETTE, "#C00020", "#DD63C0", "#8C8C8C", "#6AA000")

MARKERS = ("o", "s", "^", "D", "v", "X", "P", "*")
DASHES = ("-", "--", "-.", ":")
HATCHES = ("", "//", "..", "xx")
