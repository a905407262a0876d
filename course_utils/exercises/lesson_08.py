"""Checkers of lesson 08: limitations, and comparisons."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import mean, median, pstdev, stdev

import torch
from torch import Tensor

from course_utils.exercises.checking import check, check_conduct


def check_stop(answer: Callable, seed: int = 0) -> None:
    """Check answer(curve, patience): the last epoch that is run and the one that is kept."""

    def walk(curve, patience, new=lambda value, best, before: value < best, late=0):
        """Epochs (last, kept); `new` decides whether the waiting begins again."""
        kept, waited = 1, 0
        for epoch in range(2, len(curve) + 1):
            value, best, before = curve[epoch - 1], curve[kept - 1], curve[epoch - 2]
            waited = 0 if new(value, best, before) else waited + 1
            kept = epoch if value < best else kept
            if waited >= patience + late:
                return epoch, kept
        return len(curve), kept

    def lowest(curve):
        return int(curve.argmin()) + 1

    def after(change):
        return lambda curve, patience: change(*walk(curve, patience), curve)

    def draw(n):
        """Down with bumps, a tie while it waits, and lower values that training never sees.

        In every third draw the curve ends before the patience does.
        """
        patience = 4 + n % 3
        low = 5 + torch.rand(()).item()
        down = [low + 4, low + 5, low + 2, low + 3, low + 1, low]
        up = [low + 0.4 + 0.1 * (i % 2) for i in range(patience + 2)]
        if n == 6:
            return torch.tensor(down + up[: patience - 2]), patience
        tie = [*up[: patience - 2], low, *up[patience - 1 :]]
        slope = [low + i for i in range(patience + 2)]
        curve = [*down, *tie, low - 2, *up, low - 3, *slope, low - 4]
        return torch.tensor(curve), patience

    check(
        answer,
        solution=lambda c, p: walk(c, p),
        wrong={
            "this is the lowest epoch of the whole curve; training ended before it could be seen": (
                lambda c, p: (walk(c, p)[0], lowest(c))
            ),
            "this looks back at the whole curve; the rule stops earlier": (
                lambda c, p: (len(c), lowest(c))
            ),
            "the last weights are kept; keep those of the lowest epoch": (
                after(lambda last, kept, c: (last, last))
            ),
            "the two epochs are in the wrong order: first the last that is run": (
                after(lambda last, kept, c: (kept, last))
            ),
            "these are places counted from 0; epochs count from 1": (
                after(lambda last, kept, c: (last - 1, kept - 1))
            ),
            "this stops at the first epoch that is not lower: it does not wait for `patience`": (
                lambda c, p: walk(c, 1)
            ),
            "this waits one epoch too long: stop as soon as `patience` epochs have passed": (
                lambda c, p: walk(c, p, late=1)
            ),
            "this stops one epoch too early: `patience` epochs have to pass": (
                lambda c, p: walk(c, p, late=-1)
            ),
            "an equal value counts as a new lowest one; only a lower value does": (
                lambda c, p: walk(c, p, new=lambda value, best, before: value <= best)
            ),
            "each epoch is compared with the one before; compare it with the lowest so far": (
                lambda c, p: walk(c, p, new=lambda value, best, before: value < before)
            ),
            "the epochs without a new lowest value are counted in all; count those in a row": (
                lambda c, p: in_all(c, p)
            ),
            "these are validation errors; return epochs": (
                after(lambda last, kept, c: (c[last - 1], c[kept - 1]))
            ),
        },
        draw=draw,
        praise="the weights of the lowest epoch, at the price of `patience` epochs. The curve has "
        "chosen the epoch: its lowest value is a little too good to be reported.",
        seed=seed,
    )


def in_all(curve: Tensor, patience: int) -> tuple[int, int]:
    """Return (last, kept) when epochs without a new lowest value are never forgotten."""
    kept, waited = 1, 0
    for epoch in range(2, len(curve) + 1):
        if curve[epoch - 1] < curve[kept - 1]:
            kept = epoch
        else:
            waited += 1
        if waited >= patience:
            return epoch, kept
    return len(curve), kept


# Two toy families that remember what is done with them

TRAIN, VALIDATION, TEST, OTHER = "training", "validation", "test", "other"


@dataclass
class Training:
    """One call of fit: what it was trained on, and the errors that were asked for."""

    name: str
    setting: float
    seed: int
    parts: set[str]
    rows: int
    asked: dict[str, float] = field(default_factory=dict)


def _played() -> tuple[tuple, list[Training]]:
    """Draw the arguments of a comparison, and the record of what is done with them."""
    record: list[Training] = []
    sizes = {TRAIN: 12, VALIDATION: 8, TEST: 10}
    data = {part: torch.randn(size, 3) for part, size in sizes.items()}
    salt = int(torch.randint(10**6, ()))

    def parts_of(rows):
        found = {tuple(row) for row in torch.as_tensor(rows).tolist()}
        known = {part: {tuple(row) for row in x.tolist()} for part, x in data.items()}
        parts = {part for part, x in known.items() if found & x}
        return parts | ({OTHER} if found - set().union(*known.values()) else set())

    def error_at(name, setting, settings, seed, part):
        """Worst on test where validation is best, and lucky once in three seeds."""
        luck = torch.Generator().manual_seed(abs(salt + 7919 * seed + int(1e6 * setting)))
        place = settings.index(setting)
        noise = 0.5 * torch.randn(3, generator=luck)[list(sizes).index(part)].item()
        if part == TRAIN:
            return 5 + noise
        if part == TEST:
            return 30 - 2 * place + 3 * (name == "ours") + noise
        lucky = (-6 if seed % 3 == 0 else 4) if place % 2 else 0
        return 20 + 2 * place + lucky + noise

    def family(name, settings):
        def fit(setting, rows, seed):
            if setting not in settings:
                raise ValueError(f"{setting} is no setting of {name}")
            training = Training(name, setting, int(seed), parts_of(rows), len(rows))
            record.append(training)

            def error(rows):
                parts = parts_of(rows)
                if len(parts) != 1 or OTHER in parts:
                    raise ValueError("error(rows) takes rows of train, of validation or of test")
                (part,) = parts
                value = error_at(name, setting, settings, int(seed), part)
                training.asked[part] = value
                return value

            return error

        return fit, settings

    grid = [round(x, 4) for x in (0.1 + torch.rand(5).cumsum(0)).tolist()]
    families = {"ours": family("ours", grid), "theirs": family("theirs", grid[1:4])}
    return (families, *data.values()), record


def check_fair_test(answer: Callable, seed: int = 0) -> None:
    """Check answer(families, train, validation, test) by what it trains on, looks at and reports.

    Two toy families, one with more settings than the other; a setting that is best on test is not
    so on validation; some trainings are lucky.
    """
    check_conduct(
        answer, _played, _unfair,
        praise="nothing of the test in training or choice, the same trouble taken for both, and "
        "every training of the chosen setting reported. Now compare your plan with it.",
        seed=seed,
    )  # fmt: skip


def _unfair(result, record: list[Training]) -> str | None:
    """Say what is unfair first of all, or what is wrong with the report."""
    tried = {name: {} for name in ("ours", "theirs")}
    for training in record:
        tried[training.name].setdefault(training.setting, []).append(training)
    text = _unfair_training(record, tried)
    if text:
        return text
    for settings in tried.values():
        text = _unfair_choice(settings)
        if text:
            return text
    if not isinstance(result, dict) or set(result) != set(tried):
        return "return a dict: the name of each family → (mean, standard deviation)"
    for name, settings in tried.items():
        (trainings,) = (t for t in settings.values() if TEST in t[0].asked)
        text = _wrong_report(result[name], trainings)
        if text:
            return text
    return None


def _unfair_training(record: list[Training], tried: dict) -> str | None:
    parts = set().union(*(training.parts for training in record))
    seeds = [{t.seed for t in ts} for settings in tried.values() for ts in settings.values()]
    ours, theirs = (list(map(len, settings.values())) for settings in tried.values())
    if TEST in parts:
        return (
            "test rows were trained on: a leak. They are no longer new, whatever is measured on "
            "them"
        )
    if VALIDATION in parts:
        return (
            "validation rows were trained on: what they choose is then the training that fits them "
            "best"
        )
    if OTHER in parts:
        return "some rows that were trained on are none of `train`; leave the rows as they are"
    if not ours or not theirs:
        return "one of the two families was not trained at all"
    if len({training.rows for training in record}) > 1:
        return "not every training got the same number of rows"
    if min(map(len, seeds)) < 3:
        return (
            "some setting was trained from fewer than three seeds: one training may be lucky. "
            "Train every setting from three seeds or more"
        )
    if len(ours) != len(theirs):
        return (
            f"{len(ours)} settings of one family were tried and {len(theirs)} of the other: the "
            "best of many is better by luck alone. Try the same number for both"
        )
    if sum(ours) != sum(theirs):
        return f"{sum(ours)} trainings for one family, {sum(theirs)} for the other"
    return None


def _unfair_choice(settings: dict[float, list[Training]]) -> str | None:
    """Judge how one family's setting was chosen, by what was asked on validation and on test."""
    tested = [s for s, ts in settings.items() if any(TEST in t.asked for t in ts)]
    everywhere = all(VALIDATION in t.asked for ts in settings.values() for t in ts)
    if len(tested) > 1:
        return (
            "test errors were looked at for several settings of a family: then the test has a say "
            "in the choice. Test the chosen setting only"
        )
    if not tested:
        return "a family has no test error: nothing was measured on `test`"
    if not everywhere and len(settings) > 1:
        return (
            "some training was not measured on validation: choose among the settings by the "
            "validation errors of all their trainings"
        )
    (chosen,) = tested
    if any(TEST not in t.asked for t in settings[chosen]):
        return (
            "only some trainings of the chosen setting were tested: report all of them, not the "
            "best"
        )
    if len(settings) == 1:
        return None
    errors = {s: [t.asked[VALIDATION] for t in ts] for s, ts in settings.items()}
    if chosen in {min(errors, key=lambda s: rule(errors[s])) for rule in (mean, median)}:
        return None
    if chosen == min(errors, key=lambda s: min(errors[s])):
        return (
            "the setting with the luckiest training was chosen; choose by the mean validation "
            "error of its trainings"
        )
    return "the chosen setting is not the one with the lowest mean validation error"


def _wrong_report(pair, trainings: list[Training]) -> str | None:
    """Compare what is reported of one family with what was measured."""
    try:
        found, spread = map(float, pair)
    except (TypeError, ValueError):
        return "return two numbers for each family: (mean, standard deviation)"
    tests = [t.asked[TEST] for t in trainings]
    sd = stdev(tests)

    def near(a, *values):
        return any(math.isclose(a, value, rel_tol=1e-4) for value in values)

    if near(found, mean(tests)):
        if near(spread, sd, pstdev(tests)):
            return None
        if near(spread, sd / len(tests) ** 0.5, pstdev(tests) / len(tests) ** 0.5):
            return (
                "the second number is the standard error of the mean; the question is how far one "
                "training may be from another: the standard deviation"
            )
        return "the second number is not the standard deviation of the test errors over the seeds"
    if near(found, min(tests)):
        return "the best training is reported; report the mean over all trainings"
    if near(found, mean(t.asked.get(VALIDATION, math.inf) for t in trainings)):
        return "the mean validation error is reported: it has chosen, and is too good. Report test"
    return "the first number is not the mean test error of the chosen setting"


# Readers of a table: number → (whether the reader is right, what to think of again)

READERS = {
    1: (True, "where was the training stopped, by whose error"),
    2: (True, "compare two columns of the last row with those above it"),
    3: (True, "which measure grows with the number of units (section 6)"),
    4: (False, "five numbers have a standard deviation; it is rough, and says so itself"),
    5: (False, "PCA is solved, not trained: five times it would be the same matrix"),
    6: (True, "how many trainings are behind the small ± of the last row"),
    7: (True, "how far apart are the two in the probe, and how far do other labels move it"),
    8: (
        False,
        "training on normal examples only is what such a detector is for; the test has both",
    ),
    9: (True, "which columns ask for cell types at all, and does the error"),
    10: (False, "all errors are squared errors on the same test images, whatever was trained on"),
}
FAULTS = {number for number, (right, _) in READERS.items() if right}


def check_table_faults(answer: Callable, seed: int = 0) -> None:
    """Check answer(): the numbers of the readers who are right about the table, as a set."""
    check_conduct(
        answer, lambda: ((), None), lambda result, _: _misread(result),
        praise="six faults, and four remarks that sound like faults. Half of reading a table is to "
        "leave alone what is in order.",
        seed=seed,
    )  # fmt: skip


def _misread(result) -> str | None:
    """Ask about the first reader that was judged wrongly, without saying which one it is."""
    if not isinstance(result, (set, frozenset, list, tuple)) or not all(
        isinstance(number, int) and number in READERS for number in result
    ):
        return "return a set of numbers from 1 to 10, such as {1, 2}"
    named = set(result)
    extra, missing = sorted(named - FAULTS), sorted(FAULTS - named)
    if not named:
        return "nobody is right, you say; then the table would be in order. Begin with reader 1"
    if named == set(READERS):
        return "who agrees with every reader has not judged any: four of them are wrong"
    if not extra and not missing:
        return None
    number = (extra or missing)[0]  # neither number nor counts are told: they could be toggled
    return f"not all of them are judged rightly. Think again: {READERS[number][1]}"
