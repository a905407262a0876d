"""Checkers of lesson 06: contractive autoencoders."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.exercises.checking import as_numbers, check, measured


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
        draw=lambda: (torch.randn(5, 4), torch.randn(3, 4), torch.randn(3)),
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

    def loss(penalty=None, weight=lambda lam: lam, error=1.0, decode=linear, power=1.0):
        """The loss with another penalty(h, W, V), per example, weight of it, or reconstruction."""
        penalty = penalty or (lambda h, w, v: (h * (1 - h)).square() @ w.square().sum(1))

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
            "this is the mean over the entries of J; the formula sums them": loss(
                lambda h, w, v: (h * (1 - h)).square() @ w.square().sum(1) / w.numel()
            ),
            "this is the slope of tanh, 1 − h²; the code is a sigmoid": (
                loss(lambda h, w, v: (1 - h**2).square() @ w.square().sum(1))
            ),
            "this is ‖J‖_F, the norm; the formula has its square": (
                loss(lambda h, w, v: ((h * (1 - h)).square() @ w.square().sum(1)).sqrt())
            ),
            "this is the root of the mean penalty; the formula has ‖J‖² itself": (
                loss(lambda h, w, v: ((h * (1 - h)).square() @ w.square().sum(1)).mean().sqrt())
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
        draw=lambda: (
            torch.rand(5, 4), torch.randn(3, 4), torch.randn(3), torch.randn(4, 3),
            torch.randn(4), 0.5 + 2 * float(torch.rand(())),
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

    def draw():
        h = 0.02 + 0.96 * torch.rand(6, dtype=torch.float64)
        lengths = 0.5 + 2 * torch.rand(6, dtype=torch.float64)
        h[5], lengths[5] = h[0], lengths[0]  # one value occurs twice
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
    """Check answer(pull_back, code, draws): Hutchinson's estimate of ‖J‖²_F, from Jᵀv alone."""

    def finding(message):
        return lambda *_: torch.tensor(float(_ESTIMATE_MISTAKES.index(message)))

    check(
        measured(answer, _estimate_mistake),
        solution=finding("none"),
        wrong={message: finding(message) for message in _ESTIMATE_MISTAKES[1:]},
        draw=lambda: (torch.randn(16, 9, dtype=torch.float64), 16, 300),
        in_words=lambda found: _ESTIMATE_MISTAKES[int(found)],
        praise="right on average, whatever J is, at the price of one backward pass per draw. "
        "Training is content with a single one.",
        seed=seed,
    )


_ESTIMATE_MISTAKES = (
    "none",
    "this is one number per draw; average them",
    "return one number, the mean over the draws",
    "pull_back is never called: it is the only way to J",
    "this pulls back every unit vector: exact, but with one backward pass per code unit. Use "
    "random vectors, `draws` of them",
    "v is the same vector of one sign in every draw: this is ‖Jᵀ1‖², up to a factor; draw v anew",
    "all entries of v have one sign: this is ‖Jᵀ1‖² again; draw a sign for each code unit",
    "v is drawn once and used in every draw, so that nothing is averaged",
    "use `draws` backward passes, not more and not fewer",
    "the mean of v is not 0 (uniform numbers?), so E vvᵀ is not I; random signs are −1 or 1",
    "v is 0 or 1, whose mean is not 0; random signs are −1 or 1",
    "v has length 1: then E vvᵀ = I / code, and the estimate is too small by the code size",
    "the mean of vⱼ² has to be 1, or E vvᵀ is not I",
    "this takes the norm ‖Jᵀv‖; square it before you average",
    "this is the mean of the squares of Jᵀv; sum them over the inputs",
    "the entries of Jᵀv are added before they are squared: square each, then add",
    "the draws are summed; average them",
    "Jᵀv is averaged over the draws before it is squared: the signs cancel",
    "this is the root of the estimate; the square ‖J‖²_F is asked",
    "the vectors are fine, but the number is not the mean of ‖Jᵀv‖² over the draws",
    "some entries of v have the same sign in every draw, so E vvᵀ is not I; draw each by itself",
    "every call draws the same vectors: a seed inside the function? Leave the generator alone",
)


def _estimate_mistake(function: Callable, jacobian: Tensor, code: int, draws: int) -> Tensor:
    """Call an estimator and return the place of its mistake in the list; 0 for none."""
    calls: list[list[Tensor]] = [[]]

    def pull_back(v):
        try:
            v = torch.from_numpy(torch.as_tensor(v).detach().double().numpy().copy())
        except RuntimeError:
            raise TypeError("pull_back takes one vector a call; it does not go with vmap") from None
        if v.shape != (code,):
            raise ValueError(f"pull_back takes v of shape ({code},), got {tuple(v.shape)}")
        calls[-1].append(v)
        return jacobian.T @ v

    result = function(pull_back, code, draws)
    if result is None or result is ...:
        return result
    if isinstance(result, (list, tuple)):
        return torch.tensor(1.0 if len(result) == draws else 2.0)
    (value,) = as_numbers(result, [torch.zeros(())])
    if value.dim():
        return torch.tensor(1.0 if value.shape == (draws,) else 2.0)
    if not calls[-1]:
        return torch.tensor(3.0)
    v = torch.stack(calls[-1])
    mistake = _vector_mistake(v, draws) or _number_mistake(value, v @ jacobian)
    if mistake in (0, 10, 11, 12):
        calls.append([])
        again = torch.as_tensor(function(pull_back, code, draws)).detach().double()
        u = torch.stack(calls[-1])
        # A constant beside the mean may bring E vvᵀ to I: code for vectors of length 1.
        scale, other = (
            x / (w @ jacobian).square().sum(1).mean() for x, w in ((value, v), (again, u))
        )
        if mistake and scale > 0 and (scale / other - 1).abs() < 1e-4:
            mistake = mistake if _vector_mistake(v * scale.sqrt(), draws, True) else 0
        mistake = mistake or (21 if torch.equal(u, v) else 0)
    return torch.tensor(float(mistake))


def _vector_mistake(v: Tensor, draws: int, any_mean: bool = False) -> int:
    """Look at the vectors (calls, code) that were pulled back; 0 when they are as they should."""
    calls, code = v.shape
    fresh, one_sign = bool((v != v[0]).any()), bool((v == v[:, :1]).all())
    size, spread = float(v.mean()), float(v.square().mean())
    binary = bool(((v == 0) | (v == 1)).all())
    findings = {
        4: calls == code != draws and torch.equal(v.T @ v, torch.eye(code, dtype=v.dtype)),
        5: one_sign and not fresh,
        6: one_sign,
        7: not fresh and calls > 1,
        8: calls != draws,
        11: abs(spread * code - 1) < 0.16,
        10: binary and not any_mean,
        9: abs(size) > 0.25 and not any_mean,
        12: abs(spread - 1) > 0.16,
        # By chance a pair reaches 0.3 in 300 draws of signs.
        20: bool((v.T @ v / calls).triu(1).abs().max() > 0.6),
    }
    return next((place for place, found in findings.items() if found), 0)


def _number_mistake(value: Tensor, g: Tensor) -> int:
    """Compare the number with what can be made of the Jᵀv (draws, in); 0 when it is right."""
    squares = g.square().sum(1)
    formulas = {
        0: squares.mean(), 13: squares.sqrt().mean(), 14: g.square().mean(),
        15: g.sum(1).square().mean(), 16: squares.sum(), 17: g.mean(0).square().sum(),
        18: squares.mean().sqrt(),
    }  # fmt: skip
    near = (place for place, f in formulas.items() if (value - f).abs() < 1e-4 * f.abs())
    return next(near, 19)
