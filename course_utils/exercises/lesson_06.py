"""Checkers of lesson 06: contractive autoencoders."""

from collections.abc import Callable

import torch

from course_utils.exercises.checking import check


def check_layer_jacobian(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, W, b): the Jacobians (n, code, in) of h = sigmoid(x Wᵀ + b)."""

    def slopes(x, w, b, s=torch.sigmoid):
        h = s(x @ w.T + b)
        return h * (1 - h)

    def rows(slope, w):
        return slope[..., None] * w

    def tanh_slope(x, w, b):
        return 1 - torch.sigmoid(x @ w.T + b).square()

    check(
        answer,
        solution=lambda x, w, b: rows(slopes(x, w, b), w),
        wrong={
            "this is the slope of tanh, 1 − h²; that of the sigmoid is h(1 − h)": (
                lambda x, w, b: rows(tanh_slope(x, w, b), w)
            ),
            "the code is that of tanh, and so is its slope; the layer is a sigmoid": (
                lambda x, w, b: rows(1 - (x @ w.T + b).tanh().square(), w)
            ),
            "the slope of the sigmoid is missing: this is W, the Jacobian of a linear layer": (
                lambda x, w, b: w.expand(len(x), *w.shape)
            ),
            "this is h times W; the slope is h(1 − h)": (
                lambda x, w, b: rows(torch.sigmoid(x @ w.T + b), w)
            ),
            "this is (1 − h) times W; the slope is h(1 − h)": (
                lambda x, w, b: rows(1 - torch.sigmoid(x @ w.T + b), w)
            ),
            "the slope is squared; that belongs to the penalty, not to J": (
                lambda x, w, b: rows(slopes(x, w, b).square(), w)
            ),
            "the axes are turned: row j of J belongs to code unit j, shape (examples, code, in)": (
                lambda x, w, b: rows(slopes(x, w, b), w).mT
            ),
            "the bias is missing: the slope is taken at x Wᵀ + b": (
                lambda x, w, b: rows(slopes(x, w, 0 * b), w)
            ),
            "this is one Jacobian, averaged over the examples; each example has its own": (
                lambda x, w, b: rows(slopes(x, w, b), w).mean(0)
            ),
            "the slope a(1 − a) is taken of the sum a = x Wᵀ + b, before the sigmoid": (
                lambda x, w, b: rows(slopes(x, w, b, s=lambda a: a), w)
            ),
            "these are the squares of the entries of J": (
                lambda x, w, b: rows(slopes(x, w, b), w).square()
            ),
            "these are Σᵢ Jⱼᵢ, summed over the inputs; return the whole matrix": (
                lambda x, w, b: rows(slopes(x, w, b), w).sum(2)
            ),
        },
        draw=lambda n: (torch.randn(n, 4), torch.randn(3, 4), torch.randn(3)),
        praise="diag(h(1 − h)) W for each example. W is shared; an example chooses only how much "
        "of each row it sees.",
        seed=seed,
    )


def check_contractive_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, W, b, V, c, lam): mean of ‖x − x′‖² + lam ‖J‖²_F of a sigmoid encoder."""

    def code(x, w, b):
        return torch.sigmoid(x @ w.T + b)

    def linear(h, w, v, c):
        return h @ v.T + c

    def frobenius(h, w, v):
        return (h * (1 - h)).square() @ w.square().sum(1)

    def loss(penalty=frobenius, weight=lambda lam: lam, error=1.0, decode=linear, power=1.0):
        """The loss with another penalty(h, W, V), per example, weight of it, or reconstruction."""

        def function(x, w, b, v, c, lam):
            h = code(x, w, b)
            squared = error * (x - decode(h, w, v, c)).square().sum(1).pow(power).mean()
            return squared + weight(lam) * penalty(h, w, v).mean()

        return function

    def sum_of_both(x, w, b, v, c, lam):
        return len(x) * loss()(x, w, b, v, c, lam)

    def pixel_mean(x, w, b, v, c, lam):
        return loss(error=1 / x.shape[1])(x, w, b, v, c, lam)

    def summed_penalty(x, w, b, v, c, lam):
        return loss(weight=lambda l: l * len(x))(x, w, b, v, c, lam)

    check(
        answer,
        solution=loss(),
        wrong={
            "lam is forgotten: the penalty counts with weight 1": loss(weight=lambda lam: 1.0),
            "the penalty is missing: this is the squared error alone": (
                loss(weight=lambda lam: 0.0)
            ),
            "the error is missing: this is the penalty alone": loss(error=0.0),
            "the penalty is subtracted: training would make the code as sensitive as it can": (
                loss(weight=lambda lam: -lam)
            ),
            "h(1 − h) is not squared: J is squared entry by entry, slope and weight": (
                loss(lambda h, w, v: (h * (1 - h)) @ w.square().sum(1))
            ),
            "W² is summed over the wrong axis: Σᵢ runs over the inputs, one number per code unit": (
                loss(lambda h, w, v: (h * (1 - h)).square().sum(1) * w.square().sum(0).mean())
            ),
            "the slopes and the weights are summed apart; each unit's slope goes with its own "
            "weights": loss(lambda h, w, v: (h * (1 - h)).square().sum(1) * w.square().sum()),
            "this penalises the decoder's V; J is the Jacobian of the encoder": (
                loss(lambda h, w, v: (h * (1 - h)).square() @ v.square().sum(0))
            ),
            "this is ‖Jᵀ1‖²: the code units are added before they are squared, and cancel": (
                loss(lambda h, w, v: ((h * (1 - h)) @ w).square().sum(1))
            ),
            "this is ‖J1‖²: the inputs are added before they are squared, and cancel": (
                loss(lambda h, w, v: ((h * (1 - h)) * w.sum(1)).square().sum(1))
            ),
            "this is the mean over the entries of J; the formula sums them": (
                loss(lambda h, w, v: frobenius(h, w, v) / w.numel())
            ),
            "the penalty is the mean over the units, too; the formula sums them": (
                loss(lambda h, w, v: frobenius(h, w, v) / h.shape[1])
            ),
            "the entries of J are averaged before they are squared, and cancel; square each, then "
            "sum": loss(lambda h, w, v: ((h * (1 - h)) @ w).sum(1).div(w.numel()).square()),
            "all entries of all J are averaged before they are squared, and cancel; square each, "
            "then sum": loss(lambda h, w, v: ((h * (1 - h)) @ w).mean().div(len(w)).square()),
            "this is the slope of tanh, 1 − h²; the code is a sigmoid": (
                loss(lambda h, w, v: (1 - h**2).square() @ w.square().sum(1))
            ),
            "this is ‖J‖_F, the norm; the formula has its square": (
                loss(lambda h, w, v: frobenius(h, w, v).sqrt())
            ),
            "this is the root of the mean penalty; the formula has ‖J‖² itself": (
                loss(lambda h, w, v: frobenius(h, w, v).mean().sqrt())
            ),
            "the slopes are averaged over the examples before they are squared; each example has "
            "its own J: square first, average last": (
                loss(lambda h, w, v: (h * (1 - h)).mean(0).square() @ w.square().sum(1))
            ),
            "the slope is taken at the mean code; each example has its own": (
                loss(lambda h, w, v: (h.mean(0) * (1 - h.mean(0))).square() @ w.square().sum(1))
            ),
            "the decoder is tied, x′ = h W + c; this network has a matrix V of its own": (
                loss(decode=lambda h, w, v, c: h @ w + c)
            ),
            "the reconstruction goes through a sigmoid; here x′ = h Vᵀ + c is linear": (
                loss(decode=lambda h, w, v, c: linear(h, w, v, c).sigmoid())
            ),
            "the error is the norm ‖x − x′‖; the formula has its square": loss(power=0.5),
            "the slope is missing: this is weight decay, λ‖W‖²": (
                loss(lambda h, w, v: w.square().sum().expand(len(h)))
            ),
            "this is the sum over the batch; average error and penalty over the examples": (
                sum_of_both
            ),
            "the penalty is summed over the batch; average it over the examples": summed_penalty,
            "the error is the mean over the features (MSE); sum over them, or λ changes its "
            "meaning": pixel_mean,
        },
        draw=lambda n: (
            torch.randn(n, 4), 0.5 + torch.randn(3, 4), torch.randn(3), torch.randn(4, 3),
            torch.randn(4), 5 + 20 * torch.rand(()).item(),
        ),
        praise="two means over the examples, so λ weighs the same at every batch size. The "
        "penalty sees the encoder only: that is why untied weights leave a loophole.",
        seed=seed,
        trained=(1, 2, 3, 4),
    )  # fmt: skip


def check_layer_spectrum(answer: Callable, seed: int = 0) -> None:
    """Check answer(h, lengths): singular values h(1 − h)·length, sorted, for orthogonal rows."""

    def descending(values):
        return values.sort(descending=True).values

    def slope(h):
        return h * (1 - h)

    def draw(n):
        h = 0.02 + 0.96 * torch.rand(n, dtype=torch.float64)
        lengths = 0.5 + 2 * torch.rand(n, dtype=torch.float64)
        h[4], lengths[4] = h[0], lengths[0]  # one value occurs twice
        return h, lengths

    check(
        answer,
        solution=lambda h, l: descending(slope(h) * l),
        wrong={
            "these are the squares: the eigenvalues of JJᵀ. Singular values are their roots": (
                lambda h, l: descending((slope(h) * l).square())
            ),
            "the slopes are squared, the lengths are not": (
                lambda h, l: descending(slope(h).square() * l)
            ),
            "these are the values of each unit, in the order of the units; sort them, largest "
            "first": lambda h, l: slope(h) * l,
            "the order is turned: largest first": lambda h, l: (slope(h) * l).sort().values,
            "slopes and lengths are sorted apart; the product belongs to a unit": (
                lambda h, l: descending(slope(h)) * descending(l)
            ),
            "the slope is missing: these are the singular values of W": (
                lambda h, l: descending(l)
            ),
            "the lengths are missing: these are the slopes alone": (
                lambda h, l: descending(slope(h))
            ),
            "this is the slope of tanh, 1 − h²; that of the sigmoid is h(1 − h)": (
                lambda h, l: descending((1 - h**2) * l)
            ),
            "this is h times the length; the slope is h(1 − h)": lambda h, l: descending(h * l),
            "the lengths are squared, the slopes are not": (
                lambda h, l: descending(slope(h) * l.square())
            ),
            "this is ‖J‖_F, one number; its square is the sum of the squares of what is asked": (
                lambda h, l: (slope(h) * l).square().sum().sqrt()
            ),
        },
        draw=draw,
        praise="a unit that is nearly off or nearly on contributes a direction that is nearly "
        "dead. Real rows are not orthogonal; then only the sum of the squares stays.",
        seed=seed,
    )


def check_norm_estimate(answer: Callable, seed: int = 0) -> None:
    """Check answer(pull_back, signs): Hutchinson's estimate of ‖J‖²_F from Jᵀε, ε each row of ±1.

    pull_back takes one ε at a time, as a backward pass does.
    """

    def pulled(pull_back, signs):
        return torch.stack([pull_back(v) for v in signs])

    def unit_vectors(pull_back, signs):
        return pulled(pull_back, torch.eye(signs.shape[1]))

    def draw(n):
        jacobian = torch.randn(4, 3)

        def pull_back(v):
            if v.shape != (4,):
                raise ValueError(f"ε is one row of signs, of shape (4,), not {tuple(v.shape)}")
            return v.to(jacobian.dtype) @ jacobian

        return pull_back, torch.randint(0, 2, (n, 4)) * 2.0 - 1

    check(
        answer,
        solution=lambda p, s: pulled(p, s).square().sum(1).mean(),
        wrong={
            "this is one number per draw; average them": lambda p, s: pulled(p, s).square().sum(1),
            "these are the squares, not yet summed over the inputs and averaged over the draws": (
                lambda p, s: pulled(p, s).square()
            ),
            "this is one number per input; sum them": lambda p, s: pulled(p, s).square().mean(0),
            "pull_back is never called: this is the mean of ‖ε‖², whatever J is": (
                lambda p, s: s.square().sum(1).mean()
            ),
            "this pulls back every unit vector: exact, but with one backward pass per code unit, "
            "and without the random signs": lambda p, s: unit_vectors(p, s).square().sum(),
            "this pulls back unit vectors and averages over them; the estimate takes the random "
            "signs": lambda p, s: unit_vectors(p, s).square().sum(1).mean(),
            "ε is all ones in every draw: this is ‖Jᵀ1‖²; take the signs": (
                lambda p, s: p(torch.ones(s.shape[1])).square().sum()
            ),
            "only the first row of signs is used; average over all of them": (
                lambda p, s: p(s[0]).square().sum()
            ),
            "the norm is not squared: this is the mean of ‖Jᵀε‖": (
                lambda p, s: pulled(p, s).norm(dim=1).mean()
            ),
            "this is the mean over the inputs, too; ‖Jᵀε‖² sums over them": (
                lambda p, s: pulled(p, s).square().mean()
            ),
            "the entries of Jᵀε are added before they are squared, and cancel": (
                lambda p, s: pulled(p, s).sum(1).square().mean()
            ),
            "this is the sum over the draws; average them": (
                lambda p, s: pulled(p, s).square().sum()
            ),
            "Jᵀε is averaged over the draws before it is squared: the signs cancel, and nearly "
            "nothing is left": lambda p, s: pulled(p, s).mean(0).square().sum(),
            "the signs of all draws are added, and pulled back once; each row has its own backward "
            "pass": lambda p, s: p(s.sum(0)).square().sum(),
            "the signs of all draws are added, pulled back once and divided by the number of draws;"
            " each row has its own backward pass": (
                lambda p, s: p(s.sum(0)).square().sum() / len(s)
            ),
            "this is the root of the estimate: ‖J‖, not ‖J‖²": (
                lambda p, s: pulled(p, s).square().sum(1).mean().sqrt()
            ),
            "this is divided by the code size; E εεᵀ is I for random signs, so that nothing is left"
            " to divide by": lambda p, s: pulled(p, s).square().sum(1).mean() / s.shape[1],
            "this is multiplied by the code size, as for ε of length 1; E εεᵀ is I for random "
            "signs": lambda p, s: pulled(p, s).square().sum(1).mean() * s.shape[1],
        },
        draw=draw,
        praise="right on average, whatever J is, at the price of one backward pass per draw.",
        seed=seed,
    )


def check_ratio_at_equal_error(answer: Callable, seed: int = 0) -> None:
    """Check answer(error, errors_a, values_a, errors_b, values_b): value of a ÷ that of b there.

    Straight lines between the settings; nan where a method has no setting on one side of error.
    """

    def line(error, errors, values, beyond=False):
        inside = bool(errors[0] <= error <= errors[-1])
        left = torch.searchsorted(errors, error).clamp(1, len(errors) - 1) - 1
        share = (error - errors[left]) / (errors[left + 1] - errors[left])
        value = values[left] + share * (values[left + 1] - values[left])
        return value if inside or beyond else torch.tensor(torch.nan)

    def held(error, errors, values):
        return line(error.clamp(errors[0], errors[-1]), errors, values)

    def nearest(error, errors, values):
        return values[(errors - error).abs().argmin()]

    def below(error, errors, values):
        return values[(errors <= error).sum().clamp(min=1) - 1]

    def logarithm(error, errors, values):
        return line(error, errors, values.log()).exp()

    def ratio(of_a, of_b=None):
        """The ratio when each method is read in a way of its own."""
        return lambda e, ea, va, eb, vb: of_a(e, ea, va) / (of_b or of_a)(e, eb, vb)

    def same_place(error, errors_a, values_a, errors_b, values_b):
        place = (errors_a - error).abs().argmin()
        return values_a[place] / values_b[place]

    def draw(n):
        gaps_a, gaps_b = (0.2 + torch.rand(m, dtype=torch.float64) for m in (n, n + 2))
        errors_a = 4 + gaps_a.cumsum(0)
        errors_b = 3.5 + gaps_b.cumsum(0) * gaps_a.sum() / gaps_b[1:].sum() - gaps_b[0]
        share = 0.7 if n % 2 else 0.3  # nearer to the next setting, or to the last
        error = errors_a[2] + share * (errors_a[3] - errors_a[2])
        if n == 6:  # b has no setting below
            errors_b = errors_b - errors_b[0] + error + 0.1
        values = [60 / e * (0.7 + 0.6 * torch.rand(len(e))) for e in (errors_a, errors_b)]
        return error, errors_a, values[0], errors_b, values[1]

    check(
        answer,
        solution=ratio(line),
        wrong={
            "the ratio is turned: it is the value of a divided by that of b": (
                lambda e, ea, va, eb, vb: line(e, eb, vb) / line(e, ea, va)
            ),
            "this is the difference; return the ratio": (
                lambda e, ea, va, eb, vb: line(e, ea, va) - line(e, eb, vb)
            ),
            "outside of its settings a method was not measured, and this holds its last value; "
            "return nan there": ratio(held),
            "outside of its settings a method was not measured, and this continues the line; "
            "return nan there": ratio(lambda e, x, y: line(e, x, y, beyond=True)),
            "this takes the setting whose error is nearest: the errors are still not equal. "
            "Draw a line between the two neighbours": ratio(nearest),
            "this takes the last setting below the error; draw a line to the next one": (
                ratio(below)
            ),
            "one method is read at its nearest setting; read both on their lines": (
                ratio(line, nearest)
            ),
            "this compares settings by their place in the list; λ and σ have nothing to do with "
            "each other, match the errors": same_place,
            "this is the ratio of the means over all settings; compare at the one error": (
                lambda e, ea, va, eb, vb: va.mean() / vb.mean()
            ),
            "the line is drawn through the logarithms; draw it through the values": (
                ratio(logarithm)
            ),
        },
        draw=draw,
        praise="the same error for both, and no answer where one of them was never measured. "
        "Settings cannot be compared, results can.",
        seed=seed,
    )
