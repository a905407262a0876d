"""The checkers of notebook 08: right answers pass, each wrong one is told what is wrong with it."""

import itertools
import re

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, verdict, wrong_cases

from course_utils.exercises import check_fair_test, check_stop, check_table_faults

pytestmark = pytest.mark.slow  # every answer on twenty draws

SEEDS = (0, 1, 2)


# Early stopping


def stopped(curve, patience):
    """The first epoch whose last `patience` values are all no lower than the lowest before them."""
    values = np.asarray(curve)
    for last in range(patience + 1, len(values) + 1):
        before, waited = values[: last - patience], values[last - patience : last]
        if waited.min() >= before.min():
            return last, int(before.argmin()) + 1
    return len(values), int(values.argmin()) + 1


def by_loop(curve, patience, lower=lambda value, best, before: value < best, wait=0):
    best, best_epoch, waited, before = float("inf"), 0, 0, float("inf")
    for epoch, value in enumerate(curve.tolist(), start=1):
        waited = 0 if lower(value, best, before) else waited + 1
        if value < best:
            best, best_epoch = value, epoch
        if waited >= patience + wait:
            return epoch, best_epoch
        before = value
    return len(curve), best_epoch


def never_forgets(curve, patience):
    best, kept, waited = float("inf"), 0, 0
    for epoch, value in enumerate(curve.tolist(), start=1):
        if value < best:
            best, kept = value, epoch
        else:
            waited += 1
        if waited == patience:
            return epoch, kept
    return len(curve), kept


# A fair test


def trained(families, rows, seeds=SEEDS, most=3):
    """name → setting → the trainings of every seed, of the first settings of each family."""
    return {
        name: {s: [fit(s, rows, seed) for seed in seeds] for s in settings[:most]}
        for name, (fit, settings) in families.items()
    }


def by_mean(errors):
    return np.mean(errors)


def report(tests):
    return np.mean(tests), np.std(tests, ddof=1)


def compared(families, train, validation, test, *, rule=by_mean, say=report, choose_on=1, **how):
    data = (train, validation, test)
    answer = {}
    for name, settings in trained(families, train, **how).items():
        best = min(settings, key=lambda s: rule([e(data[choose_on]) for e in settings[s]]))
        answer[name] = say([error(test) for error in settings[best]])
    return answer


def with_options(**options):
    return lambda *arguments: compared(*arguments, **options)


def on_rows(rows):
    """Trained on other rows than train."""

    def answer(families, train, validation, test):
        return compared(families, rows(train, validation, test), validation, test)

    return answer


def nobody_is_chosen(families, train, validation, test):
    both = trained(families, train)
    return {n: report([e(test) for es in s.values() for e in es]) for n, s in both.items()}


def best_training(families, train, validation, test):
    both = trained(families, train)
    answer = {}
    for name, settings in both.items():
        best = min(settings, key=lambda s: np.mean([e(validation) for e in settings[s]]))
        answer[name] = settings[best][0](test), 0.0
    return answer


def never_tested(families, train, validation, test):
    both = trained(families, train)
    means = {n: [report([e(validation) for e in es]) for es in s.values()] for n, s in both.items()}
    return {name: min(pairs) for name, pairs in means.items()}


def one_family(families, train, validation, test):
    return compared({"ours": families["ours"]}, train, validation, test)


def more_seeds_for_ours(families, train, validation, test):
    ours = compared({"ours": families["ours"]}, train, validation, test, seeds=range(5))
    return ours | compared({"theirs": families["theirs"]}, train, validation, test)


def fewer_rows_for_theirs(families, train, validation, test):
    theirs = compared({"theirs": families["theirs"]}, train[:6], validation, test)
    return theirs | compared({"ours": families["ours"]}, train, validation, test)


def the_first_setting_is_taken(families, train, validation, test):
    both = trained(families, train)
    return {n: report([e(test) for e in next(iter(s.values()))]) for n, s in both.items()}


def the_last_setting_is_taken(families, train, validation, test):
    answer = {}
    for name, settings in trained(families, train).items():
        _ = [error(validation) for errors in settings.values() for error in errors]
        answer[name] = report([error(test) for error in list(settings.values())[-1]])
    return answer


def validation_is_reported(families, train, validation, test):
    answer = {}
    for name, settings in trained(families, train).items():
        best = min(settings.values(), key=lambda es: np.mean([e(validation) for e in es]))
        _ = [error(test) for error in best]
        answer[name] = report([error(validation) for error in best])
    return answer


RIGHT = {
    check_stop: [stopped, by_loop],
    check_fair_test: [
        compared,
        with_options(seeds=range(5)),
        with_options(seeds=(7, 11, 42), most=2),
        with_options(most=1),
        with_options(rule=np.median),
        with_options(say=lambda tests: [np.mean(tests), np.std(tests)]),
    ],
    check_table_faults: [lambda: {1, 2, 3, 6, 7, 9}, lambda: [9, 7, 6, 3, 2, 1]],
}

WRONG = {
    check_stop: {
        "could be seen": lambda c, p: (stopped(c, p)[0], int(c.argmin()) + 1),
        "looks back": lambda c, p: (len(c), int(c.argmin()) + 1),
        "last weights": lambda c, p: (stopped(c, p)[0],) * 2,
        "wrong order": lambda c, p: stopped(c, p)[::-1],
        "counted from 0": lambda c, p: tuple(epoch - 1 for epoch in stopped(c, p)),
        "does not wait": lambda c, p: stopped(c, 1),
        "too long": lambda c, p: by_loop(c, p, wait=1),
        "too early": lambda c, p: by_loop(c, p, wait=-1),
        "equal value": lambda c, p: by_loop(c, p, lambda value, best, before: value <= best),
        "one before": lambda c, p: by_loop(c, p, lambda value, best, before: value < before),
        "in a row": never_forgets,
        "return epochs": lambda c, p: tuple(c[epoch - 1] for epoch in stopped(c, p)),
    },
    check_fair_test: {
        "a leak": on_rows(lambda train, validation, test: torch.cat((train, test))),
        "validation rows were": on_rows(lambda *data: torch.cat(data[:2])),
        "none of `train`": on_rows(lambda train, validation, test: train / train.std()),
        "not trained at all": one_family,
        "number of rows": fewer_rows_for_theirs,
        "fewer than three seeds": with_options(seeds=(0,), say=lambda tests: (tests[0], 0.0)),
        "settings of one family": with_options(most=9),
        "trainings for one family": more_seeds_for_ours,
        "a say in the choice": with_options(choose_on=2),
        "test errors were looked at": nobody_is_chosen,
        "no test error": never_tested,
        "not measured on validation": the_first_setting_is_taken,
        "only some trainings": best_training,
        "luckiest": with_options(rule=min),
        "not the one with the lowest": the_last_setting_is_taken,
        "name of each family": lambda *arguments: tuple(compared(*arguments).values()),
        "two numbers": with_options(say=np.mean),
        "best training is": with_options(say=lambda tests: (min(tests), np.std(tests))),
        "too good": validation_is_reported,
        "first number": with_options(say=lambda tests: (np.max(tests), np.std(tests))),
        "standard error": with_options(
            say=lambda tests: (np.mean(tests), np.std(tests, ddof=1) / len(tests) ** 0.5)
        ),
        "second number is not": with_options(say=lambda tests: (np.mean(tests), np.var(tests))),
    },
    check_table_faults: {
        "Begin with reader 1": set,
        "has not judged any": lambda: set(range(1, 11)),
        "numbers from 1 to 10": lambda: {"1", "2"},
        "such a detector is for": lambda: {1, 2, 3, 6, 7, 8, 9},
        "grows with the number of units": lambda: {1, 2, 6, 7, 9},
        "have a standard deviation": lambda: {1, 2, 4, 5, 9},
    },
}  # fmt: skip


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)


def test_of_all_sets_of_readers_one_is_right(capsys):
    sets = [set(s) for size in range(11) for s in itertools.combinations(range(1, 11), size)]
    told = {tuple(sorted(s)): verdict(check_table_faults, lambda s=s: s, capsys) for s in sets}
    assert [s for s, text in told.items() if text.startswith("✓")] == [(1, 2, 3, 6, 7, 9)]


def test_a_wrong_judgement_is_asked_about_without_its_number_or_a_count(capsys):
    right = {1, 2, 3, 6, 7, 9}
    told = [verdict(check_table_faults, lambda n=n: right ^ {n}, capsys) for n in range(1, 11)]
    assert len(set(told)) == 10
    assert not [text for text in told if re.search(r"reader|six|\d", text.split("again:")[0])]


def test_an_error_on_rows_of_two_kinds_is_refused(capsys):
    def mixed(families, train, validation, test):
        fit, settings = families["ours"]
        return fit(settings[0], train, 0)(torch.cat((validation, test)))

    assert "rows of train, of validation or of test" in verdict(check_fair_test, mixed, capsys)
