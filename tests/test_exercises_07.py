"""The checkers of notebook 07: right answers pass, each wrong one is told what is wrong with it."""

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told_apart, verdict
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score

from course_utils.exercises import (
    check_auroc,
    check_detect,
    check_model_choice,
    check_protocol_flaws,
)
from course_utils.metrics import false_alarm_threshold

CHOICES = {
    check_model_choice: {
        "a": "PCA", "b": "denoising", "c": "VAE", "d": "L1 sparse", "e": "none",
    },
    check_protocol_flaws: {
        "a": "chosen on test", "b": "leak", "c": "one seed", "d": "unequal budget",
        "e": "unequal samples", "f": "none",
    },
}  # fmt: skip


def above(scores, threshold):
    return float(np.mean(np.asarray(scores) > float(threshold)))


def test_detect_right_answer_by_numpy_passes(capsys):
    def detect(train, validation, normal, anomalies, rate):
        threshold = np.quantile(validation.numpy(), 1 - rate)
        return threshold, above(normal, threshold), above(anomalies, threshold)

    assert_right(check_detect, detect, capsys)


@pytest.mark.parametrize(
    "threshold",
    [
        false_alarm_threshold,
        lambda v, r: v.quantile(1 - r, interpolation="higher"),
        lambda v, r: v.quantile(1 - r, interpolation="lower"),
        lambda v, r: np.quantile(v.numpy(), 1 - r, method="inverted_cdf"),
        lambda v, r: np.quantile(v.numpy(), 1 - r, method="median_unbiased"),
        lambda v, r: np.quantile(v.numpy(), 1 - r, method="interpolated_inverted_cdf"),
        lambda v, r: sorted(v.tolist())[int(len(v) * (1 - r))],
    ],
)
def test_detect_takes_every_definition_of_the_quantile(threshold, capsys):
    def detect(train, validation, normal, anomalies, rate):
        t = threshold(validation, rate)
        return t, above(normal, t), above(anomalies, t)

    assert_right(check_detect, detect, capsys)


def test_detect_wrong_answers_are_told_apart(capsys):
    def at(choose):
        def answer(train, validation, normal, anomalies, rate):
            t = choose(train, validation, normal, anomalies, rate)
            return t, above(normal, t), above(anomalies, t)

        return answer

    def q(scores, share):
        return np.quantile(scores.numpy(), share)

    def after(change):
        def answer(t, v, n, a, r):
            threshold = q(v, 1 - r)
            return change(threshold, above(n, threshold), above(a, threshold), v, n, a)

        return answer

    wrong = {
        "threshold on test": at(lambda t, v, n, a, r: q(n, 1 - r)),
        "threshold on train": at(lambda t, v, n, a, r: q(t, 1 - r)),
        "on all test examples": at(lambda t, v, n, a, r: q(torch.cat((a, n)), 1 - r)),
        "on the anomalies": at(lambda t, v, n, a, r: q(a, 1 - r)),
        "rate for 1 − rate": at(lambda t, v, n, a, r: q(v, r)),
        "largest": at(lambda t, v, n, a, r: max(v)),
        "two sigma": at(lambda t, v, n, a, r: v.mean() + 2 * v.std()),
        "turned": after(lambda t, f, d, v, n, a: (t, above(-n, -t), above(-a, -t))),
        "false alarms on validation": after(lambda t, f, d, v, n, a: (t, above(v, t), d)),
        "missed": after(lambda t, f, d, v, n, a: (t, f, above(-a, -t))),
        "order": after(lambda t, f, d, v, n, a: (t, d, f)),
        "counts": after(lambda t, f, d, v, n, a: (t, int((n > t).sum()), int((a > t).sum()))),
        "per cent": after(lambda t, f, d, v, n, a: (t, f * 100, d * 100)),
        "of all": after(lambda t, f, d, v, n, a: (t, f * 310 / 440, d * 130 / 440)),
    }
    assert_told_apart(check_detect, wrong, capsys)


def test_auroc_right_answers_by_two_libraries_pass(capsys):
    assert_right(
        check_auroc,
        lambda n, a: roc_auc_score([0] * len(n) + [1] * len(a), torch.cat([n, a]).numpy()),
        capsys,
    )
    assert_right(check_auroc, lambda n, a: mannwhitneyu(a, n).statistic / (len(n) * len(a)), capsys)


def test_auroc_wrong_answers_are_told_apart(capsys):
    def counted(n, a, test):
        return sum(float(test(p, q)) for p in a for q in n)

    def mean(n, a, test):
        return counted(n, a, test) / (len(n) * len(a))

    def half(p, q):
        return 0.5 * ((p > q) + 0.0) + 0.5 * ((p >= q) + 0.0)

    wrong = {
        "sign turned": lambda n, a: mean(a, n, half),
        "ties lost": lambda n, a: mean(n, a, lambda p, q: p > q),
        "ties in full": lambda n, a: mean(n, a, lambda p, q: p >= q),
        "turned, ties lost": lambda n, a: mean(n, a, lambda p, q: p < q),
        "count": lambda n, a: counted(n, a, half),
        "per anomaly": lambda n, a: counted(n, a, half) / len(a),
        "means": lambda n, a: float(a.mean() - n.mean()),
        "above all": lambda n, a: above(a, n.max()),
        "above the mean": lambda n, a: above(a, n.mean()),
        "vector of anomalies": lambda n, a: [mean(n, [p], half) for p in a],
        "vector of normals": lambda n, a: [mean([p], a, half) for p in n],
        "per normal": lambda n, a: counted(n, a, half) / len(n),
        "never below a half": lambda n, a: max(mean(n, a, half), mean(a, n, half)),
        "gini": lambda n, a: 2 * mean(n, a, half) - 1,
    }
    assert_told_apart(check_auroc, wrong, capsys)


@pytest.mark.parametrize("checker", CHOICES, ids=lambda checker: checker.__name__)
def test_the_right_choices_pass(checker, capsys):
    assert_right(checker, lambda: dict(CHOICES[checker]), capsys)


@pytest.mark.parametrize("checker", CHOICES, ids=lambda checker: checker.__name__)
def test_every_single_wrong_choice_gets_its_own_message(checker, capsys):
    options = sorted({*CHOICES[check_model_choice].values(), "undercomplete", "KL sparse"})
    if checker is check_protocol_flaws:
        options = sorted(CHOICES[checker].values())
    wrong = {
        f"{problem}: {option}": (lambda p=problem, o=option: CHOICES[checker] | {p: o})
        for problem, right in CHOICES[checker].items()
        for option in options
        if option != right
    }
    assert len(wrong) >= 6
    assert_told_apart(checker, wrong, capsys)


@pytest.mark.parametrize("checker", CHOICES, ids=lambda checker: checker.__name__)
def test_choices_that_are_none_of_the_options_or_incomplete_are_refused(checker, capsys):
    right = CHOICES[checker]
    assert "is none of" in verdict(checker, lambda: right | {"a": "ICA"}, capsys)
    assert "is none of" in verdict(checker, lambda: right | {"b": ["PCA"]}, capsys)
    assert "(b) is not chosen yet" in verdict(checker, lambda: right | {"b": ...}, capsys)
    assert "return a dict" in verdict(checker, lambda: {"a": "PCA"}, capsys)
    assert "return a dict" in verdict(checker, lambda: "PCA", capsys)
    assert "without calling" in verdict(checker, dict(right), capsys)
    assert "ZeroDivisionError" in verdict(checker, lambda: 1 / 0, capsys)


@pytest.mark.parametrize("checker", CHOICES, ids=lambda checker: checker.__name__)
def test_a_message_ends_with_one_sign(checker, capsys):
    for problem, right in CHOICES[checker].items():
        for option in (*CHOICES[checker].values(), "none"):
            if option != right:
                answer = CHOICES[checker] | {problem: option}
                message = verdict(checker, lambda a=answer: a, capsys)
                assert message[-1] in ".?" and message[-2] not in ".?", message


@pytest.mark.parametrize("checker", CHOICES, ids=lambda checker: checker.__name__)
def test_open_choices_are_not_attempted(checker, capsys):
    open_answer = dict.fromkeys(CHOICES[checker], ...)
    assert verdict(checker, lambda: open_answer, capsys).startswith("○ Not attempted yet")
    assert verdict(checker, lambda: ..., capsys).startswith("○ Not attempted yet")
    assert verdict(checker, lambda: None, capsys).startswith("○ Not attempted yet")
