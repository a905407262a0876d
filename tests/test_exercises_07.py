"""The checkers of notebook 07: right answers pass, each wrong one is told what is wrong with it."""

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, verdict, wrong_cases
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score

from course_utils.exercises import check_auroc, check_detect, check_model_choice
from course_utils.metrics import false_alarm_threshold

pytestmark = pytest.mark.slow  # every answer on twenty draws

CHOICES = {
    check_model_choice: {
        "a": "PCA", "b": "denoising", "c": "VAE", "d": "L1 sparse", "e": "none",
    },
}  # fmt: skip


def above(scores, threshold):
    return float(np.mean(np.asarray(scores) > float(threshold)))


def quantile(scores, share):
    return np.quantile(scores.numpy(), share)


def at(choose):
    """Detect with another threshold."""

    def answer(train, validation, normal, anomalies, rate):
        t = choose(train, validation, normal, anomalies, rate)
        return t, above(normal, t), above(anomalies, t)

    return answer


def after(change):
    """Detect with the right threshold, then change what is returned."""

    def answer(t, v, n, a, r):
        threshold = quantile(v, 1 - r)
        return change(threshold, above(n, threshold), above(a, threshold), v, n, a, r)

    return answer


THRESHOLDS = [
    quantile,
    lambda v, q: false_alarm_threshold(v, 1 - q),
    lambda v, q: v.quantile(q, interpolation="higher"),
    lambda v, q: v.quantile(q, interpolation="lower"),
    lambda v, q: np.quantile(v.numpy(), q, method="inverted_cdf"),
    lambda v, q: np.quantile(v.numpy(), q, method="median_unbiased"),
    lambda v, q: np.quantile(v.numpy(), q, method="interpolated_inverted_cdf"),
    lambda v, q: sorted(v.tolist())[int(len(v) * q)],
]


def counted(n, a, test):
    """The sum of test(a, b) over all pairs: every anomaly beside every normal example."""
    return float(test(np.asarray(a)[:, None], np.asarray(n)[None, :]).sum())


def mean(n, a, test):
    return counted(n, a, test) / (len(n) * len(a))


def half(p, q):
    return 0.5 * (p > q) + 0.5 * (p >= q)


def side_by_side(n, a, test):
    pairs = np.array(list(zip(a.tolist(), n.tolist())))
    return test(pairs[:, 0], pairs[:, 1]).mean()


RIGHT = {
    check_detect: [
        at(lambda t, v, n, a, r, choose=choose: choose(v, 1 - r)) for choose in THRESHOLDS
    ],
    check_auroc: [
        lambda n, a: roc_auc_score([0] * len(n) + [1] * len(a), torch.cat([n, a]).numpy()),
        lambda n, a: mannwhitneyu(a, n).statistic / (len(n) * len(a)),
        lambda n, a: mean(n, a, half),
    ],
    check_model_choice: [lambda: dict(CHOICES[check_model_choice])],
}

WRONG = {
    check_detect: {
        "on the test data": at(lambda t, v, n, a, r: quantile(n, 1 - r)),
        "on the training scores": at(lambda t, v, n, a, r: quantile(t, 1 - r)),
        "examples and anomalies together": at(
            lambda t, v, n, a, r: quantile(torch.cat((a, n)), 1 - r)
        ),
        "on the anomalies": at(lambda t, v, n, a, r: quantile(a, 1 - r)),
        "training and validation scores together": at(
            lambda t, v, n, a, r: quantile(torch.cat((v, t)), 1 - r)
        ),
        "leaves the share `rate` below": at(lambda t, v, n, a, r: quantile(v, r)),
        "largest validation score": at(lambda t, v, n, a, r: max(v)),
        "two standard deviations": at(lambda t, v, n, a, r: v.mean() + 2 * v.std()),
        "comparison is turned": after(
            lambda t, f, d, v, n, a, r: (t, above(-n, -t), above(-a, -t))
        ),
        "that chose the threshold": after(lambda t, f, d, v, n, a, r: (t, above(v, t), d)),
        "rate that was wanted": after(lambda t, f, d, v, n, a, r: (t, r, d)),
        "anomalies missed": after(lambda t, f, d, v, n, a, r: (t, f, above(-a, -t))),
        "wrong order": after(lambda t, f, d, v, n, a, r: (t, d, f)),
        "counts": after(lambda t, f, d, v, n, a, r: (t, int((n > t).sum()), int((a > t).sum()))),
        "percentages": after(lambda t, f, d, v, n, a, r: (t, f * 100, d * 100)),
        "all test examples together": after(
            lambda t, f, d, v, n, a, r: (
                t,
                *(np.array([(n > t).sum(), (a > t).sum()]) / len([*n, *a])),
            )
        ),
    },
    check_auroc: {
        "read upside down": lambda n, a: mean(a, n, half),
        "A and 1 − A": lambda n, a: max(mean(n, a, half), mean(a, n, half)),
        "not counted; each counts": lambda n, a: mean(n, a, lambda p, q: p > q),
        "count in full": lambda n, a: mean(n, a, lambda p, q: p >= q),
        "turned, and pairs": lambda n, a: mean(n, a, lambda p, q: p < q),
        "counts 1½": lambda n, a: mean(n, a, lambda p, q: (p > q) + 0.5 * (p >= q)),
        "normal example only; compare": lambda n, a: side_by_side(n, a, half),
        "and equal scores are": lambda n, a: side_by_side(n, a, lambda p, q: p > q),
        "number of pairs": lambda n, a: counted(n, a, half),
        "number of anomalies only": lambda n, a: counted(n, a, half) / len(a),
        "number of normal ones only": lambda n, a: counted(n, a, half) / len(n),
        "compares means": lambda n, a: float(a.mean() - n.mean()),
        "above *all*": lambda n, a: above(a, n.max()),
        "above the mean": lambda n, a: above(a, n.mean()),
        "number per anomaly": lambda n, a: [mean(n, [p], half) for p in a],
        "number per normal example": lambda n, a: [mean([p], a, half) for p in n],
        "Gini": lambda n, a: 2 * mean(n, a, half) - 1,
    },
}


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)


# The choices: every single wrong option of every problem.

CHECKER_IDS = {"ids": lambda checker: checker.__name__}


def wrong_choices(checker):
    options = {*CHOICES[checker].values(), "undercomplete", "KL sparse", "contractive"}
    return [
        {**CHOICES[checker], problem: option}
        for problem, right in CHOICES[checker].items()
        for option in sorted(options - {right})
    ]


@pytest.mark.parametrize("checker", CHOICES, **CHECKER_IDS)
def test_every_single_wrong_choice_gets_its_own_message(checker, capsys):
    told = [verdict(checker, lambda a=answer: a, capsys) for answer in wrong_choices(checker)]
    assert len(set(told)) == len(told) >= 25
    for message in told:
        assert message.startswith("✗ Not yet: (")
        assert message[-1] in ".?" and message[-2] not in ".?", message


@pytest.mark.parametrize("checker", CHOICES, **CHECKER_IDS)
def test_choices_that_are_none_of_the_options_or_incomplete_are_refused(checker, capsys):
    right = CHOICES[checker]
    assert "is none of" in verdict(checker, lambda: right | {"a": "ICA"}, capsys)
    assert "is none of" in verdict(checker, lambda: right | {"b": ["PCA"]}, capsys)
    assert "(b) is not chosen yet" in verdict(checker, lambda: right | {"b": ...}, capsys)
    assert "return a dict" in verdict(checker, lambda: {"a": "PCA"}, capsys)
    assert "return a dict" in verdict(checker, lambda: "PCA", capsys)
    assert "without calling" in verdict(checker, dict(right), capsys)
    assert "ZeroDivisionError" in verdict(checker, lambda: 1 / 0, capsys)


@pytest.mark.parametrize("checker", CHOICES, **CHECKER_IDS)
def test_open_choices_are_not_attempted(checker, capsys):
    open_answer = dict.fromkeys(CHOICES[checker], ...)
    assert verdict(checker, lambda: open_answer, capsys).startswith("○ Not attempted yet")
    assert verdict(checker, lambda: ..., capsys).startswith("○ Not attempted yet")
    assert verdict(checker, lambda: None, capsys).startswith("○ Not attempted yet")
