"""Checkers of lesson 07: applications."""

import math
from collections.abc import Callable

import torch

from course_utils.exercises.checking import check, check_choices


def check_detect(answer: Callable, seed: int = 0) -> None:
    """Check answer(train, validation, normal, anomalies, rate): threshold, false alarms, found.

    The order statistics around the quantile are equal in every draw: whichever definition of the
    quantile is used, and `false_alarm_threshold` too, the threshold is the same.
    """

    def detect(scores, normal, anomalies, rate):
        threshold = scores.quantile(1 - rate)
        return threshold, share(normal > threshold), share(anomalies > threshold)

    def share(yes):
        return yes.double().mean()

    def at(choose):
        def wrong(train, validation, normal, anomalies, rate):
            threshold = choose(train, validation, normal, anomalies, rate)
            return threshold, share(normal > threshold), share(anomalies > threshold)

        return wrong

    def after(change):
        return lambda t, v, n, a, r: change(*detect(v, n, a, r), v, n, a)

    def draw(n):
        normal = 1 + torch.randn(300 + n).abs()
        validation = (1 + torch.randn(170).abs()).sort().values
        train = 0.7 * (1 + torch.randn(230).abs())
        anomalies = 1.6 + 1.5 * torch.randn(130).abs()
        rate = 0.07 + 0.1 * float(torch.rand(()))
        around = slice(int(169 * (1 - rate)) - 1, math.ceil(171 * (1 - rate)) + 1)
        validation[around] = validation[around.start].item()
        return train, validation[torch.randperm(170)], normal, anomalies, rate

    check(
        answer,
        solution=lambda t, v, n, a, r: detect(v, n, a, r),
        wrong={
            "the threshold is chosen on the test data: then the false-alarm rate is right on them "
            "by construction, and says nothing about the next example. Choose on validation": (
                at(lambda t, v, n, a, r: n.quantile(1 - r))
            ),
            "the threshold is chosen on the training scores: the model has fitted these examples, "
            "their errors are smaller, and new ones give more false alarms": (
                at(lambda t, v, n, a, r: t.quantile(1 - r))
            ),
            "the threshold is chosen on normal test examples and anomalies together: in use you do "
            "not know the anomalies": at(lambda t, v, n, a, r: torch.cat([n, a]).quantile(1 - r)),
            "the threshold is chosen on the anomalies; a false-alarm rate is about normal "
            "examples": at(lambda t, v, n, a, r: a.quantile(1 - r)),
            "the threshold is chosen on training and validation scores together: the model has "
            "fitted the training examples, their errors are smaller. Choose on validation alone": (
                at(lambda t, v, n, a, r: torch.cat([t, v]).quantile(1 - r))
            ),
            "this quantile leaves the share `rate` below the threshold; it should be above": (
                at(lambda t, v, n, a, r: v.quantile(r))
            ),
            "the threshold is the largest validation score: that asks for no false alarm at all": (
                at(lambda t, v, n, a, r: v.max())
            ),
            "mean plus two standard deviations assumes a normal law, and ignores `rate`": (
                at(lambda t, v, n, a, r: v.mean() + 2 * v.std())
            ),
            "the comparison is turned: large scores are the strange ones": (
                after(lambda t, f, d, v, n, a: (t, 1 - f, 1 - d))
            ),
            "the false alarms are measured on the validation scores that chose the threshold; "
            "measure them on the normal test examples": (
                after(lambda t, f, d, v, n, a: (t, share(v > t), d))
            ),
            "the second number is the rate that was wanted; return the share of false alarms that "
            "the threshold gives on the normal test examples": (
                lambda t, v, n, a, r: (detect(v, n, a, r)[0], r, detect(v, n, a, r)[2])
            ),
            "the last number is the share of anomalies missed; return the share found": (
                after(lambda t, f, d, v, n, a: (t, f, 1 - d))
            ),
            "the two shares are in the wrong order: first false alarms, then anomalies found": (
                after(lambda t, f, d, v, n, a: (t, d, f))
            ),
            "these are counts; divide by the number of examples": (
                after(lambda t, f, d, v, n, a: (t, f * len(n), d * len(a)))
            ),
            "these are percentages; return shares between 0 and 1": (
                after(lambda t, f, d, v, n, a: (t, 100 * f, 100 * d))
            ),
            "the shares are of all test examples together; take them within each group": after(
                lambda t, f, d, v, n, a: (
                    t, f * len(n) / (len(n) + len(a)), d * len(a) / (len(n) + len(a)),
                )
            ),
        },
        draw=draw,
        praise="chosen on normal validation examples, measured on test examples. The rate is a "
        "promise about the average; a single test set scatters around it.",
        seed=seed,
    )  # fmt: skip


def check_auroc(answer: Callable, seed: int = 0) -> None:
    """Check answer(normal, anomalies): P(a > b) + ½ P(a = b) over all pairs of scores."""

    def pairs(normal, anomalies, ties=0.5):
        difference = anomalies[:, None] - normal
        return (difference > 0).double() + ties * (difference == 0).double()

    def one_to_one(normal, anomalies, ties):
        many = min(len(normal), len(anomalies))
        return pairs(normal[:many], anomalies[:many], ties).diagonal().mean()

    def draw(n):
        low = torch.cat([torch.tensor([2.0, 7.0]), torch.randint(0, 8, (n + 8,)).float()])
        high = torch.cat([torch.tensor([2.0, 7.0, 9.0]), torch.randint(5, 12, (n + 3,)).float()])
        return (high, low) if n % 2 else (low, high)  # in half of the draws anomalies score low

    check(
        answer,
        solution=lambda n, a: pairs(n, a).mean(),
        wrong={
            "the sign of the score is turned: this is how often the *normal* example has the "
            "larger score. A detector with 0.1 on every kind of anomaly is a good one that is read "
            "upside down": (lambda n, a: 1 - pairs(n, a).mean()),
            "this is the larger of A and 1 − A: every detector looks better than a coin; to turn "
            "the sign you would have to know the anomalies": (
                lambda n, a: torch.maximum(pairs(n, a).mean(), 1 - pairs(n, a).mean())
            ),
            "pairs with equal scores are not counted; each counts one half": (
                lambda n, a: pairs(n, a, 0).mean()
            ),
            "pairs with equal scores count in full; each counts one half": (
                lambda n, a: pairs(n, a, 1).mean()
            ),
            "the sign of the score is turned, and pairs with equal scores are not counted": (
                lambda n, a: 1 - pairs(n, a, 1).mean()
            ),
            "a pair with a > b counts 1½: add ½ where the scores are equal (==), not where a ≥ b": (
                lambda n, a: (pairs(n, a, 0) + 0.5 * pairs(n, a, 1)).mean()
            ),
            "the i-th anomaly is compared with the i-th normal example only; compare every anomaly "
            "with every normal example: [:, None]": lambda n, a: one_to_one(n, a, 0.5),
            "the i-th anomaly is compared with the i-th normal example only, and equal scores are "
            "not counted; compare every anomaly with every normal example: [:, None]": (
                lambda n, a: one_to_one(n, a, 0)
            ),
            "this is the number of pairs; divide by how many pairs there are": (
                lambda n, a: pairs(n, a).sum()
            ),
            "this divides by the number of anomalies only; the pairs are anomalies × normal": (
                lambda n, a: pairs(n, a).sum() / len(a)
            ),
            "this divides by the number of normal ones only; the pairs are anomalies × normal": (
                lambda n, a: pairs(n, a).sum() / len(n)
            ),
            "this compares means: the difference of the mean scores changes with their scale": (
                lambda n, a: a.mean() - n.mean()
            ),
            "this is the share of anomalies above *all* normal examples: one threshold of many": (
                lambda n, a: (a > n.max()).double().mean()
            ),
            "this is the share of anomalies above the mean normal score: one threshold of many": (
                lambda n, a: (a > n.mean()).double().mean()
            ),
            "this is one number per anomaly; average them": lambda n, a: pairs(n, a).mean(1),
            "this is one number per normal example; average them": (
                lambda n, a: pairs(n, a).mean(0)
            ),
            "this is 2·AUROC − 1 (the Gini coefficient)": lambda n, a: 2 * pairs(n, a).mean() - 1,
        },
        draw=draw,
        praise="no threshold, no scale: how often an anomaly is the stranger of the two. A half "
        "knows nothing, and less than a half is worse than knowing nothing.",
        seed=seed,
    )


def check_model_choice(answer: Callable, seed: int = 0) -> None:
    """Check answer(): one model for each of the five described problems."""
    check_choices(
        answer,
        options=(
            "PCA", "undercomplete", "L1 sparse", "KL sparse", "denoising", "contractive", "VAE",
            "none",
        ),
        right={
            "a": "PCA", "b": "denoising", "c": "VAE", "d": "L1 sparse", "e": "none",
        },
        why={
            "a": "400 examples and ten numbers that somebody has to sign for: what fits with 400 "
            "examples, has no seed, and can be written down as one matrix",
            "b": "the damage is known and can be made at will, so that it can be trained against: "
            "which loss has a damaged input and a clean target",
            "c": "new examples are to be drawn, with no second model: which one is trained to say "
            "where codes come from",
            "d": "each example is to be explained by *few* of many units, the others exactly 0: "
            "which penalty and nonlinearity give exact zeros",
            "e": "there are labels for everything, and labels are what is asked for: which model "
            "is trained on the question itself",
        },
        because={
            ("a", "undercomplete"): "with 400 examples a network fits the examples (notebook 08, "
            "section 3); where it does not beat the linear method, take the one without a seed",
            ("a", "VAE"): "a VAE's codes are clouds, from a network with a seed; nobody asked for "
            "new examples",
            ("b", "PCA"): "PCA removes noise along directions of small variance only; here you "
            "can make as many damaged copies as you like, and learn to undo them",
            ("b", "undercomplete"): "trained on clean scans it has never seen the damage, and "
            "nothing in its loss asks to undo it",
            ("c", "undercomplete"): "its codes come from the images only: to draw new ones it "
            "needs a second model, a mixture over them (section 8); here one model has to do",
            ("c", "denoising"): "it restores what it is given; nothing says where to start",
            ("d", "KL sparse"): "a sigmoid is never exactly 0, and KL asks for even use, not for "
            "few units per example (notebook 03)",
            ("d", "PCA"): "every component takes part in every example",
            ("e", "undercomplete"): "its loss does not know the labels: what it throws away may be "
            "what you ask for. Train a classifier",
            ("e", "PCA"): "directions of large variance need not be those that tell classes apart. "
            "Train a classifier",
        },
        praise="the loss that asks for what you need, and no model where another loss asks for it "
        "better.",
    )  # fmt: skip
