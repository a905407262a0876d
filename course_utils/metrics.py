"""What is measured on a trained model: plain numbers, nothing that training would need.

In the order of the lessons. All raise TypeError or ValueError, naming the argument, for tensors of
the wrong kind or shape and for nan or infinity.
"""

import io
import math
from bisect import bisect_left

import numpy as np
import torch
from PIL import Image
from scipy.linalg import subspace_angles
from scipy.optimize import linear_sum_assignment
from scipy.stats import bootstrap, mannwhitneyu
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn import functional as F

from course_utils import checks
from course_utils.losses import contractive_penalty, squared_error

# 01: reconstruction, and the space that a code spans


@checks.arguments(model=checks.function, x=checks.finite("n features…"))
def reconstruction_error(model: nn.Module, x: Tensor) -> float:
    """Return the mean over the examples of ‖x − x′‖², x′ = model(x).x_hat, as a number.

    x: (n, features…); the unit is that of x, squared. No gradients are recorded. In parts of 1,000
    examples, so that memory stays small.
    """
    with torch.no_grad():
        errors = [squared_error(model(part).x_hat, part) * len(part) for part in x.split(1000)]
    return sum(errors).item() / len(x)


@checks.arguments(model=checks.has("encode"), x=checks.finite("n features…"))
def encode(model: nn.Module, x: Tensor) -> Tensor:
    """Return the codes (n, units…) of x (n, features…), without the record that training needs.

    In parts of 1,000 examples, so that memory stays small.
    """
    with torch.no_grad():
        return torch.cat([model.encode(part) for part in x.split(1000)])


@checks.arguments(a=checks.finite("n p"), b=checks.finite("n q"))
def largest_principal_angle(a: Tensor, b: Tensor) -> float:
    """Return the largest principal angle, in degrees, between the column spaces of a and b.

    a (n, p), b (n, q): 0° when one space contains the other, 90° when some direction of one is
    orthogonal to the other. By SciPy's `subspace_angles` (Knyazev and Argentati, 2002).
    """
    checks.same_rows(a=a, b=b)
    return math.degrees(subspace_angles(_array(a), _array(b)).max())


# 02: active and dead units


@checks.arguments(h=checks.finite("n units"), threshold=checks.number("[0, inf)"))
def active_units(h: Tensor, threshold: float = 0.0) -> float:
    """Return how many units are active in an example, |hⱼ| > threshold, averaged over the examples.

    The L0 "norm" of a code h (n, units). A ReLU unit is off when it is 0; for other units choose a
    threshold, at least 0.
    """
    return _active(h, threshold).sum(1).double().mean().item()


@checks.arguments(h=checks.finite("n units"), threshold=checks.number("[0, inf)"))
def alive_units(h: Tensor, threshold: float = 0.0) -> int:
    """Return how many units are active, |hⱼ| > threshold, in at least one of the examples.

    The others are dead: on these data they carry nothing. Arguments as in `active_units`.
    """
    return int(_active(h, threshold).any(0).sum())


def _active(h: Tensor, threshold: float) -> Tensor:
    return h.detach().abs() > threshold


# 03: sparse over the images, sparse over the units


@checks.arguments(h=checks.finite("n units", rows=2))
def lifetime_sparseness(h: Tensor) -> Tensor:
    """Return, per unit (units,), how unevenly its activation is spread over the examples.

    S = (1 − ⟨|h|⟩² / ⟨h²⟩) / (1 − 1/n), means over the n ≥ 2 examples of h (n, units): 0 when |h|
    is constant, 1 when a single example activates the unit; nan for a unit that is 0 on all of
    them. Sources: Treves and Rolls (1991); Vinje and Gallant (2000).
    """
    return _sparseness(h, dim=0)


@checks.arguments(h=checks.finite("n units", columns=2))
def population_sparseness(h: Tensor) -> Tensor:
    """Return, per example (n,), how unevenly the activation is spread over the units.

    The same S as in `lifetime_sparseness`, with means over the two or more units of one example: 0
    when all units are equally active, 1 when one unit carries everything; nan for an example whose
    code is 0. Sources: Treves and Rolls (1991); Willmore and Tolhurst (2001), who keep the two
    apart.
    """
    return _sparseness(h, dim=1)


def _sparseness(h: Tensor, dim: int) -> Tensor:
    h = h.detach().abs().double()
    h = h / h.amax(dim, keepdim=True)  # S does not depend on the scale: keeps h² from underflow
    return (1 - h.mean(dim).square() / h.square().mean(dim)) / (1 - 1 / h.shape[dim])


# 04: restored images


@checks.arguments(
    x_hat=checks.finite(interval="[0, 1]"), x=checks.finite(interval="[0, 1]"), alike=("x_hat", "x")
)
def psnr(x_hat: Tensor, x: Tensor) -> float:
    """Return the peak signal-to-noise ratio in dB, 10 log₁₀(1 / MSE) per image, then averaged.

    x_hat, x: images (n, features) with values in [0, 1]. By scikit-image. Infinite when an image is
    restored exactly.
    """
    pairs = _image_pairs(x_hat, x)
    with np.errstate(divide="ignore"):  # an image without error
        return sum(peak_signal_noise_ratio(b, a, data_range=1.0) for a, b in pairs) / len(x)


@checks.arguments(
    x_hat=checks.square_images("[0, 1]"), x=checks.square_images("[0, 1]"), alike=("x_hat", "x")
)
def ssim(x_hat: Tensor, x: Tensor) -> float:
    """Return the structural similarity, per image, then averaged: 1 for equal images.

    x_hat, x: square images (n, side²) with values in [0, 1]. By scikit-image, with its window of
    7 × 7 (about half a millisecond an image). Source: Wang and others (2004).
    """
    side = math.isqrt(x.shape[1])
    pairs = [(a.reshape(side, side), b.reshape(side, side)) for a, b in _image_pairs(x_hat, x)]
    return sum(structural_similarity(b, a, data_range=1.0) for a, b in pairs) / len(x)


def _image_pairs(x_hat: Tensor, x: Tensor) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the images as pairs of NumPy rows."""
    return list(zip(_array(x_hat), _array(x), strict=True))


def _array(x: Tensor) -> np.ndarray:
    return x.detach().cpu().double().numpy()


# 05: samples, and the likelihood


@checks.arguments(a=checks.finite(rows=2), b=checks.finite("m features", rows=2))
def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Return ‖m − n‖² + tr(A + B − 2(AB)^½), with means m, n and covariances A, B of the rows.

    The squared Fréchet distance between the Gaussians fitted to two samples (Dowson and Landau,
    1982); on features of a classifier, a distance between sets of images (Heusel and others, 2017).
    a (n, features), b (m, features). It shrinks with sample size: compare at equal sizes only.
    """
    checks.same_columns(a=a, b=b)
    a, b = a.detach().double(), b.detach().double()
    cov_a, cov_b = (torch.cov(value.T).reshape(2 * value.shape[1:]) for value in (a, b))
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp_min(0).sqrt() @ vectors.T
    trace = torch.linalg.eigvalsh(root @ cov_b @ root).clamp_min(0).sqrt().sum()
    gap = (a.mean(0) - b.mean(0)).square().sum()
    return max(0.0, (gap + cov_a.trace() + cov_b.trace() - 2 * trace).item())  # 0 but for rounding


@checks.arguments(
    model=checks.has("posterior"), x=checks.finite(interval="[0, 1]"), samples=checks.whole()
)
def log_importance_weights(model: nn.Module, x: Tensor, samples: int) -> Tensor:
    """Return log p(x|z) + log p(z) − log q(z|x) for `samples` codes z ~ q(z|x) per example.

    model: a VAE. x: (n, features) in [0, 1]; as a likelihood only for binary x. Returns (n,
    samples), drawn from torch's global generator. No gradients are recorded.
    """
    with torch.no_grad():
        mu, log_var = model.posterior(x)
        return torch.stack([_log_weight(model, x, mu, log_var) for _ in range(samples)], dim=1)


def _log_weight(model: nn.Module, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Draw one code per example, and return its log weight (n,)."""
    noise = torch.randn_like(mu)
    z = mu + (0.5 * log_var).exp() * noise
    nll = F.binary_cross_entropy_with_logits(model.decoder(z), x, reduction="none").sum(1)
    # log p(z) − log q(z|x); the two terms ½ log 2π cancel
    return 0.5 * (noise.square() - z.square() + log_var).sum(1) - nll


@checks.arguments(log_weights=checks.finite("n samples"), k=checks.whole())
def importance_weighted_bound(log_weights: Tensor, k: int) -> Tensor:
    """Return, per example (n,), the mean over groups of k weights of log(mean of the weights).

    log_weights (n, samples), k a divisor of samples; k = 1 is the ELBO, and every estimate uses all
    the samples. In expectation a lower bound of log p(x) that does not fall with k. Source: Burda,
    Grosse and Salakhutdinov (2016).
    """
    checks.divisor("k", k, log_weights.shape[1])
    groups = log_weights.double().unflatten(1, (-1, k))
    return (groups.logsumexp(2) - math.log(k)).mean(1)


# 06: sensitivity, and what labels can read in a code


def sensitivity(model: nn.Module, x: Tensor) -> float:
    """Return s = E‖J‖²_F / tr Cov(h): the squared Jacobian per variance of the code.

    J: the Jacobian of model.encode, h = encode(x); both means are over the examples x (n,
    features…), n at least 2. It does not change when h is multiplied by a number, shifted or
    rotated. In units of 1 / x². Costs one backward pass per code unit; a few hundred examples are
    enough. Raises ValueError when the code is the same for all examples.
    """
    total = _code_variance(encode(model, x))
    with torch.no_grad():
        return contractive_penalty(model, x).item() / total


@checks.arguments(sigma=checks.number("(0, inf)"))
def noise_sensitivity(model: nn.Module, x: Tensor, sigma: float) -> float:
    """Return E‖f(x + σε) − f(x)‖² / tr Cov(h), ε ~ N(0, I): how far noise moves the code.

    0 when it does not move; 2 when the codes of x and of its noisy copy are unrelated. About σ² s
    for small σ, s = `sensitivity`. One draw per example, from torch's global generator. x (n,
    features…), n at least 2; sigma above 0, in units of x. Raises ValueError as `sensitivity`.
    """
    h = encode(model, x)
    moved = encode(model, x + sigma * torch.randn_like(x))
    return squared_error(moved, h).item() / _code_variance(h)


def _code_variance(h: Tensor) -> float:
    """Return tr Cov(h), with n − 1 in the denominator."""
    checks.floats("n code…", rows=2)("model.encode(x)", h)
    total = h.double().var(0).sum().item()
    if total == 0:
        raise ValueError("the code is the same for all examples: its variance is 0")
    return total


@checks.arguments(
    h=checks.finite("n code"),
    labels=checks.labels,
    h_test=checks.finite("m code"),
    labels_test=checks.labels,
)
def label_probe(
    h: Tensor, labels: Tensor, h_test: Tensor, labels_test: Tensor, standardise: bool = True
) -> float:
    """Return the accuracy on the test codes of logistic regression trained on labelled codes.

    h (n, code), labels (n,), h_test (m, code), labels_test (m,). Every unit is standardised by the
    training codes first, so that the scale of the code does not matter to the regression's L2
    penalty (C = 1); standardise=False reads the codes as they are. By scikit-learn; deterministic.
    Returns a share of 1.
    """
    checks.same_columns(h=h, h_test=h_test)
    checks.same_rows(h=h, labels=labels)
    checks.same_rows(h_test=h_test, labels_test=labels_test)
    regression = LogisticRegression(max_iter=2000)
    probe = make_pipeline(StandardScaler(), regression) if standardise else regression
    probe.fit(_array(h), labels.cpu().numpy())
    return probe.score(_array(h_test), labels_test.cpu().numpy())


# 07 and 08: anomalies, compression, and the units that count


@checks.arguments(normal=checks.finite("n"), anomalies=checks.finite("m"))
def auroc(normal: Tensor, anomalies: Tensor) -> float:
    """Return P(a > b) + ½ P(a = b), a the score of an anomaly, b that of a normal example.

    The area under the ROC curve, by scikit-learn: ½ for scores that know nothing, 1 when every
    anomaly scores above every normal example, 0 when the sign is turned. normal (n,), anomalies
    (m,): larger means stranger.
    """
    truth = np.repeat([0, 1], [len(normal), len(anomalies)])
    return float(roc_auc_score(truth, np.concatenate([_array(normal), _array(anomalies)])))


@checks.arguments(
    normal=checks.finite("n", rows=2),
    anomalies=checks.finite("m", rows=2),
    draws=checks.whole(),
    level=checks.number("(0, 1)"),
)
def auroc_interval(
    normal: Tensor, anomalies: Tensor, draws: int = 1000, level: float = 0.95
) -> tuple[float, float]:
    """Return the bootstrap interval of the AUROC: both groups drawn again, with replacement.

    normal (n,), anomalies (m,), two scores each at least. The ends are the (1 ± level)/2 quantiles
    of the AUROCs of `draws` resamples. It holds the chance of the *test* examples only; training
    again adds more. By SciPy, with a seed from torch's global generator. Source: Efron (1979).
    """

    def area(a, b, axis=-1):
        """The AUROC, as the share of pairs that Mann and Whitney's U counts."""
        wins = mannwhitneyu(a, b, axis=axis, method="asymptotic").statistic
        return wins / (a.shape[axis] * b.shape[axis])

    result = bootstrap(
        (_array(anomalies), _array(normal)), area, n_resamples=draws, confidence_level=level,
        method="percentile", rng=np.random.default_rng(torch.randint(2**31, ()).item()),
    )  # fmt: skip
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


@checks.arguments(scores=checks.finite("n"), rate=checks.number("(0, 1)"))
def false_alarm_threshold(scores: Tensor, rate: float) -> float:
    """Return the score that the share `rate` of normal examples exceeds.

    scores (n,): of *normal validation* examples, larger means stranger. The ⌈(1 − rate)(n + 1)⌉-th
    smallest: a new normal example exceeds it with a probability of at most `rate`, on average over
    validation sets, when it comes from the same distribution (split conformal; Vovk, Gammerman and
    Shafer, 2005). rate: from 1 / (n + 1), which n scores can tell from 0, to below 1.
    """
    checks.number(f"[{1 / (len(scores) + 1)}, 1)")("rate", rate)
    rank = math.ceil((1 - rate) * (len(scores) + 1) - 1e-9)  # 0.3 · 10 is not 4, but for rounding
    return scores.detach().sort().values[max(1, rank) - 1].item()


@checks.arguments(
    model=checks.has("encode", "decode"), x=checks.finite(), allowed=checks.number("[0, inf)")
)
def effective_units(model: nn.Module, x: Tensor, allowed: float) -> int:
    """Return the fewest code units per image that add at most `allowed` to the squared error.

    For each image the units are ranked by how much its error grows when that unit alone is set to
    its mean over x; the m first are kept and all others set to their means. The result is the
    smallest m whose mean error is at most the error with all units + allowed, found by bisection.
    allowed: squared error per image, at least 0, the same for all models that are compared. The
    result does not depend on the scale of the code. x (n, features). Costs n · units decodings: a
    few hundred images are enough.
    """
    h = encode(model, x)
    mean, units = h.mean(0), h.shape[1]

    @torch.no_grad()
    def errors(code, target):
        return (model.decode(code) - target).square().sum(1)

    off = torch.eye(units, dtype=torch.bool, device=h.device)  # row j: unit j alone at its mean
    growth = torch.stack([errors(torch.where(off, mean, c), t) for c, t in zip(h, x, strict=True)])
    place = growth.argsort(1, descending=True).argsort(1)
    limit = errors(h, x).mean() + allowed

    def enough(m: int) -> bool:
        return bool(errors(torch.where(place < m, h, mean), x).mean() <= limit)

    return bisect_left(range(units), True, key=enough)


@checks.arguments(
    x=checks.square_images("[0, 1]"), kind=checks.one_of("PNG", "JPEG"), quality=checks.whole(1, 95)
)
def through_file(x: Tensor, kind: str, quality: int = 75) -> tuple[Tensor, float]:
    """Return images as they come back from a PNG or JPEG file, and its bits per pixel.

    All images stand in *one* file, each in a field padded with 0 to a multiple of 8 pixels (the
    blocks of JPEG), so that the header is paid once; only the pixels of the images are counted.
    x: square images (n, side²) in [0, 1], written with 8 bits. kind: "PNG" or "JPEG". quality: of
    the JPEG, from 1 to 95; a PNG has none. By Pillow.
    """
    side = math.isqrt(x.shape[1])
    field, columns = -(-side // 8) * 8, math.ceil(len(x) ** 0.5)
    rows = -(-len(x) // columns)
    sheet = torch.zeros(rows * columns, field, field)
    sheet[: len(x), :side, :side] = x.detach().reshape(-1, side, side)
    sheet = sheet.reshape(rows, columns, field, field).transpose(1, 2)
    pixels = (255 * sheet.reshape(rows * field, columns * field)).round().to(torch.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels.numpy()).save(file, kind, optimize=True, quality=quality)
    with Image.open(file) as image:
        back = torch.from_numpy(np.array(image)).float() / 255
    back = back.reshape(rows, field, columns, field).transpose(1, 2).flatten(0, 1)
    return back[: len(x), :side, :side].flatten(1), 8 * len(file.getvalue()) / x.numel()


# 10: columns against the true ones


@checks.arguments(columns=checks.finite("n p"), truth=checks.finite("n q"))
def matched_cosines(columns: Tensor, truth: Tensor) -> Tensor:
    """Return, for each column of truth (n, q), |cosine| with its partner in columns (n, p): (q,).

    The partners are the one-to-one assignment with the largest sum of |cosines|, by SciPy's
    `linear_sum_assignment`: a column found twice counts once. Where p < q, the true columns without
    partner have 0. Neither lengths nor signs count; a column of zeros has the cosine 0.
    """
    checks.same_rows(columns=columns, truth=truth)
    a, b = (F.normalize(matrix.detach().double(), dim=0) for matrix in (truth, columns))
    cosines = (a.T @ b).abs()
    true, found = linear_sum_assignment(cosines.cpu().numpy(), maximize=True)
    matched = cosines.new_zeros(truth.shape[1])
    matched[true] = cosines[true, found]
    return matched
