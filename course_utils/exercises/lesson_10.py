"""Checkers of lesson 10: dictionaries, and how many units may speak."""

from collections.abc import Callable

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional as F

from course_utils.exercises.checking import check


def check_signed_step(answer: Callable, seed: int = 0) -> None:
    """Check answer(h, x, columns, lam): one ISTA step for a code of any sign."""

    def largest(D):
        return torch.linalg.matrix_norm(D, 2).item()

    def moved(h, x, D, size=None, by=2):
        return h - (size or 0.5 / largest(D) ** 2) * by * (h @ D.T - x) @ D

    def soft(v, threshold):
        return v.sign() * (v.abs() - threshold).relu()

    def step(h, x, D, lam, size=None, by=2):
        size = size or 0.5 / largest(D) ** 2
        return soft(moved(h, x, D, size, by), size * lam)

    def two_sided(h, x, D, lam):
        v, t = moved(h, x, D), 0.5 / largest(D) ** 2 * lam
        return (v - t).relu() + (v + t).relu()

    check(
        answer,
        solution=step,
        wrong={
            "negative entries are cut off: that is the step for h ≥ 0. Here the threshold works on "
            "both sides of 0": (
                lambda h, x, D, lam: (moved(h, x, D) - 0.5 / largest(D) ** 2 * lam).relu()
            ),
            "the threshold is λ; a step of length η lowers |h| by η λ": (
                lambda h, x, D, lam: soft(moved(h, x, D), lam)
            ),
            "the threshold is λ/2, that of the finished code for one column; a single step lowers "
            "|h| by η λ": lambda h, x, D, lam: soft(moved(h, x, D), lam / 2),
            "the threshold is η λ/2, so the ½ counts twice: η = 1 / (2 ℓ) has it already. A step "
            "lowers |h| by η λ": lambda h, x, D, lam: step(h, x, D, lam / 2),
            "(v − t)₊ + (v + t)₊ with t = η λ is no threshold: between −t and t it gives v + t, "
            "not 0. Negative v need −(−v − t)₊": two_sided,
            "the step starts at 0; it has to start at h": (
                lambda h, x, D, lam: step(torch.zeros_like(h), x, D, lam)
            ),
            "the step is twice as long as asked for: η = 1 / (2 ℓ)": (
                lambda h, x, D, lam: step(h, x, D, lam, size=1 / largest(D) ** 2)
            ),
            "the step size has the largest singular value itself; it needs the square": (
                lambda h, x, D, lam: step(h, x, D, lam, size=0.5 / largest(D))
            ),
            "the step size has the sum of all squared entries of D; ℓ is the largest squared "
            "singular value alone": (
                lambda h, x, D, lam: step(h, x, D, lam, size=0.5 / D.square().sum().item())
            ),
            "the gradient lacks its factor 2: our error has no ½": (
                lambda h, x, D, lam: step(h, x, D, lam, by=1)
            ),
            "this is the gradient step of the error alone; the threshold is missing": (
                lambda h, x, D, lam: moved(h, x, D)
            ),
            "λ sign(h) is put into the gradient: such a step does not stop at 0, and no entry gets "
            "exactly 0": (
                lambda h, x, D, lam: moved(h, x, D) - 0.5 / largest(D) ** 2 * lam * h.sign()
            ),
            "what lies above the threshold is left as it is (a hard threshold); a price moves it "
            "towards 0, too": (
                lambda h, x, D, lam: (
                    moved(h, x, D) * (moved(h, x, D).abs() > 0.5 / largest(D) ** 2 * lam)
                )
            ),
            "the step goes uphill: subtract the gradient": (
                lambda h, x, D, lam: step(h, x, D, lam, by=-2)
            ),
        },
        draw=lambda n: (
            torch.randn(n, 5) * (torch.rand(n, 5) > 0.4), torch.randn(n, 7), torch.randn(7, 5),
            1 + torch.rand(()).item(),
        ),
        praise="downhill, then towards 0 by η λ and no further. Repeated, it finds the best code.",
        seed=seed,
    )  # fmt: skip


def check_best_k_code(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, columns, k): the best code with k entries, for orthogonal columns."""

    def draw(n):
        columns = torch.linalg.qr(torch.randn(7, 6)).Q * torch.tensor([0.3, 0.6, 1, 1.5, 2.5, 4])
        x = torch.randn(n, 7)
        x[0] = -columns @ torch.rand(6)  # no positive match
        return x, columns, 3

    def parts(x, D):
        squares = D.square().sum(0)
        return x @ D, squares

    def keep(h, score, k, dim=1):
        places = score.topk(k, dim=dim).indices
        return torch.zeros_like(h).scatter(dim, places, h.gather(dim, places))

    def best(x, D, k):
        z, squares = parts(x, D)
        return keep(z / squares, z.square() / squares, k)

    def whole_batch(x, D, k):
        z, squares = parts(x, D)
        gain = z.square() / squares
        return z / squares * (gain >= gain.flatten().topk(k * len(x)).values[-1])

    def one_choice(x, D, k):
        z, squares = parts(x, D)
        return keep(z / squares, (z.square() / squares).mean(0).expand_as(z), k)

    def by(score: Callable, value: Callable = lambda z, squares: z / squares, dim: int = 1):
        def code(x, D, k):
            z, squares = parts(x, D)
            return keep(value(z, squares), score(z, squares), k, dim)

        return code

    def gain(z, squares):
        return z.square() / squares

    check(
        answer,
        solution=best,
        wrong={
            "the places go to the largest |z|; a long column has a large z, and needs only a small "
            "part of it": by(lambda z, squares: z.abs()),
            "this is the code for columns of length 1; ask twice where the length comes in, for "
            "the value and for the gain": by(lambda z, squares: z.abs(), lambda z, squares: z),
            "the places go to the largest |h|; a short column needs a large h and explains little "
            "by it. Ask by how much each unit lowers the error": (
                by(lambda z, squares: z.abs() / squares)
            ),
            "negative matches never get a place; a code of any sign may use them, and they lower "
            "the error as much": (
                by(lambda z, squares: z.relu() / squares.sqrt(), lambda z, s: z.relu() / s)
            ),
            "the places go to the largest values with their signs; −3 explains more than 2": (
                by(lambda z, squares: z / squares.sqrt())
            ),
            "the places are right, the values are those for columns of length 1: here ‖h d‖² is "
            "length² · h²": by(gain, lambda z, squares: z),
            "the places are right; the values are divided by the length, and the derivative "
            "−2z + 2 length² h asks for its square": (
                by(gain, lambda z, squares: z / squares.sqrt())
            ),
            "the places are right; the signs of the values are lost": (
                by(gain, lambda z, squares: z.abs() / squares)
            ),
            "no entry is set to 0: at most k may differ from it": (
                lambda x, D, k: parts(x, D)[0] / parts(x, D)[1]
            ),
            "the k places per example are given out over the whole batch together; each example "
            "has its own k": whole_batch,
            "the same k units are chosen for all examples, by a sum or a mean over them; each "
            "example has its own best units": one_choice,
            "the k largest are taken along the examples (dim=0), k examples for each unit": (
                by(gain, dim=0)
            ),
            "this keeps k + 1 entries": lambda x, D, k: best(x, D, k + 1),
        },
        draw=draw,
        praise="the value from the derivative, the place by the gain z²/‖d‖². For columns of "
        "length 1 and positive z it is the rule of top-k.",
        seed=seed,
    )  # fmt: skip


def check_topk_both_ways(answer: Callable, seed: int = 0) -> None:
    """Check answer(a, k, slope): output of the layer, and the gradient by a."""

    def kept(a, k, score=torch.clone, dim=1):
        places = score(a).topk(k, dim=dim).indices
        return torch.zeros_like(a).scatter(dim, places, 1)

    def mask(a, k):
        return kept(a, k) * (a > 0)

    def both(a, k, slope):
        return a * mask(a, k), slope * mask(a, k)

    def draw(n):
        """Where topk names units with a ≤ 0 it names all of them: it chooses among no equals."""
        units, k = (4, 4) if n == 6 else (7, 3)
        a = torch.randn(n, units)
        if k < units:
            a = a * a.sign().sum(1, keepdim=True).sign()  # more than half of a row are positive
        else:
            a[0], a[1] = a[0].abs(), -a[1].abs() - 0.1
        return a, k, torch.randn(n, units)

    check(
        answer,
        solution=both,
        wrong={
            "the gradient passes everywhere; a unit that was set to 0 does not change the output, "
            "so its slope is 0": lambda a, k, slope: (a * mask(a, k), slope),
            "the gradient is that of a ReLU: it also passes through units that were positive and "
            "not among the k largest": lambda a, k, slope: (a * mask(a, k), slope * (a > 0)),
            "the first result is right, the *second* is not: a unit that topk names although its "
            "a ≤ 0 did not reach the output, so its gradient is 0": (
                lambda a, k, slope: (a * mask(a, k), slope * kept(a, k))
            ),
            "negative entries are kept when fewer than k are positive; the layer keeps positive "
            "ones only": lambda a, k, slope: (a * kept(a, k), slope * kept(a, k)),
            "the k largest |a| are kept; a large negative pre-activation is a unit that is far "
            "from speaking": (
                lambda a, k, slope: (
                    a * kept(a, k, torch.abs), slope * kept(a, k, torch.abs),
                )
            ),
            "the k largest |a| are chosen, and the negative ones among them set to 0: take the "
            "largest positive ones": (
                lambda a, k, slope: (
                    a.relu() * kept(a, k, torch.abs), slope * kept(a, k, torch.abs) * (a > 0),
                )
            ),
            "the second result is the slope of the layer; the chain rule multiplies it by the "
            "slope of the loss": lambda a, k, slope: (a * mask(a, k), mask(a, k)),
            "the gradient is multiplied by the activation; what was kept went through unchanged": (
                lambda a, k, slope: (a * mask(a, k), slope * a * mask(a, k))
            ),
            "the gradient goes to the units that were *not* kept": (
                lambda a, k, slope: (a * mask(a, k), slope * (1 - mask(a, k)))
            ),
            "the two results are in the wrong order": lambda a, k, slope: both(a, k, slope)[::-1],
            "the k largest are taken along the examples (dim=0); a row is an example": (
                lambda a, k, slope: (
                    a * kept(a, k, dim=0) * (a > 0), slope * kept(a, k, dim=0) * (a > 0),
                )
            ),
            "the first result says who speaks; it should hold what they say, their activations": (
                lambda a, k, slope: (mask(a, k), slope * mask(a, k))
            ),
        },
        draw=draw,
        praise="one mask for both ways. Who is not among the k learns nothing from this example, "
        "and who never is stays dead: section 7.",
        seed=seed,
    )  # fmt: skip


def check_matched_score(answer: Callable, seed: int = 0) -> None:
    """Check answer(found, truth): the mean matched |cosine| over the true columns."""

    def cosines(found, truth, dim=0):
        return F.normalize(truth, dim=dim).T @ F.normalize(found, dim=dim)

    def paired(scores: Tensor, maximize: bool = True) -> Tensor:
        rows, columns = linear_sum_assignment(scores.numpy(), maximize=maximize)
        return scores[rows, columns]

    def draw(n):
        found, truth = torch.randn(n, 9 if n == 6 else 4), torch.randn(n, 7)
        if n == 8:  # against all true columns
            found[:, 0] = -torch.linalg.pinv(truth.T).sum(1)
        return found, truth

    def score(found, truth):
        return paired(cosines(found, truth).abs()).sum() / truth.shape[1]

    check(
        answer,
        solution=score,
        wrong={
            "each true column takes its best match, and one found column can serve many: pair them "
            "one to one": lambda found, truth: cosines(found, truth).abs().amax(1).mean(),
            "each found column takes its best match; pair them one to one, and average over the "
            "true ones": lambda found, truth: cosines(found, truth).abs().amax(0).mean(),
            "the sign counts; a direction and its opposite are the same direction": (
                lambda found, truth: paired(cosines(found, truth)).sum() / truth.shape[1]
            ),
            "the sign is dropped after the pairing; it has to go before, or an opposite direction "
            "is no partner": (
                lambda found, truth: (
                    paired(cosines(found, truth)).abs().sum() / truth.shape[1]
                )
            ),
            "these are inner products; for cosines the columns have to be of length 1": (
                lambda found, truth: paired((truth.T @ found).abs()).sum() / truth.shape[1]
            ),
            "the pairs have the *least* sum: linear_sum_assignment minimises, unless told "
            "maximize=True": (
                lambda found, truth: (
                    paired(cosines(found, truth).abs(), False).sum() / truth.shape[1]
                )
            ),
            "true columns without partner are left out of the mean; they count 0": (
                lambda found, truth: paired(cosines(found, truth).abs()).mean()
            ),
            "the mean is over the found columns; the question is how much of the truth was found": (
                lambda found, truth: (
                    paired(cosines(found, truth).abs()).sum() / found.shape[1]
                )
            ),
            "rows are brought to length 1; a direction is a column": (
                lambda found, truth: (
                    paired(cosines(found, truth, dim=1).abs()).sum() / truth.shape[1]
                )
            ),
            "this is the sum over the pairs; divide it by the number of true columns": (
                lambda found, truth: paired(cosines(found, truth).abs()).sum()
            ),
            "the cosines are squared": (
                lambda found, truth: (
                    paired(cosines(found, truth).abs()).square().sum() / truth.shape[1]
                )
            ),
        },
        draw=draw,
        praise="without pairs, a dictionary of one good column could claim many features.",
        seed=seed,
    )  # fmt: skip


def check_loss_recovered(answer: Callable, seed: int = 0) -> None:
    """Check answer(original, spliced, ablated, labels): the share of the loss recovered."""

    def by_image(o, s, a, labels):
        o, s, a = (F.cross_entropy(v, labels, reduction="none") for v in (o, s, a))
        return ((a - s) / (a - o)).mean()

    def correct(logits, labels):
        return (logits.argmax(1) == labels).double().mean()

    def share(o, s, a, labels, loss=F.cross_entropy):
        o, s, a = (loss(logits, labels) for logits in (o, s, a))
        return (a - s) / (a - o)

    def losses(*arguments):
        return [F.cross_entropy(logits, arguments[-1]) for logits in arguments[:-1]]

    def picked(logits, labels):
        return logits.softmax(1).gather(1, labels[:, None]).mean()

    def draw(n):
        labels = torch.randint(4, (n,))
        labels[:2] = torch.tensor([0, 3])
        right = F.one_hot(labels, 4).float()
        original = torch.randn(n, 4) + 4 * right
        better = n == 6  # than the layer itself
        spliced = original + 2 * right if better else 0.6 * original + 0.8 * torch.randn(n, 4)
        return original, spliced, torch.randn(1, 4).expand(n, 4), labels

    check(
        answer,
        solution=share,
        wrong={
            "this is the share that was *lost*; recovered is 1 minus it": (
                lambda *given: 1 - share(*given)
            ),
            "the fraction is upside down: reconstruction above, layer below": (
                lambda *given: 1 / share(*given)
            ),
            "the share is cut off at 0 and 1; it lies above 1 when the reconstruction does better "
            "than the layer, below 0 when it does worse than the mean": (
                lambda *given: share(*given).clamp(0, 1)
            ),
            "this is the mean of one quotient for each image; average the losses first, then "
            "divide": by_image,
            "the sign is wrong: the reconstruction has less loss than the mean, and that counts as "
            "recovered": lambda *given: -share(*given),
            "this compares the shares of correct images; the loss is the cross-entropy": (
                lambda *given: share(*given, loss=correct)
            ),
            "this is the quotient of two losses; both have to be compared with the loss under the "
            "mean": lambda *given: losses(*given)[0] / losses(*given)[1],
            "the difference is not divided by what there is to recover": (
                lambda *given: losses(*given)[2] - losses(*given)[1]
            ),
            "the difference is divided by the loss under the mean; there is less to recover, since "
            "the layer itself has a loss, too": (
                lambda *given: 1 - losses(*given)[1] / losses(*given)[2]
            ),
            "the softmax is taken twice: cross_entropy expects logits": (
                lambda o, s, a, labels: share(o.softmax(1), s.softmax(1), a.softmax(1), labels)
            ),
            "this compares mean probabilities; the loss is the mean of −log of the probability": (
                lambda *given: share(*given, loss=picked)
            ),
            "the mean of the label's logit is no loss: the softmax is missing": (
                lambda *given: share(
                    *given, loss=lambda v, labels: v.gather(1, labels[:, None]).mean()
                )
            ),
        },
        draw=draw,
        praise="1 for as good as the layer, 0 for as bad as its mean. How bad the mean is decides "
        "how good 0.98 looks.",
        seed=seed,
    )  # fmt: skip
