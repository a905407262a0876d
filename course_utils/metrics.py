"""What is measured on a trained model: plain numbers, nothing that training would need."""

import io
import math
from numbers import Real

import numpy as np
import torch
from PIL import Image
from scipy.linalg import subspace_angles
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn import functional as F

from course_utils.losses import contractive_penalty, squared_error


def reconstruction_error(model: nn.Module, x: Tensor) -> float:
    """Return the mean over the examples of ‖x − x′‖², x′ = model(x).x_hat, as a number.

    x: (n, features); the unit is that of x, squared. No gradients are recorded.
    """
    with torch.no_grad():
        return squared_error(model(x).x_hat, x).item()


def encode(model: nn.Module, x: Tensor) -> Tensor:
    """Return the codes (n, units) of x (n, features), without the record that training needs."""
    with torch.no_grad():
        return model.encode(x)


def largest_principal_angle(a: Tensor, b: Tensor) -> float:
    """Return the largest principal angle, in degrees, between the column spaces of a and b.

    a (n, p), b (n, q): 0° when one space contains the other, 90° when some direction of one is
    orthogonal to the other. By SciPy's `subspace_angles` (Knyazev and Argentati, 2002).
    """
    if a.dim() != 2 or b.dim() != 2 or len(a) != len(b):
        raise ValueError(
            f"a and b must be matrices with as many rows as each other, got {tuple(a.shape)} and "
            f"{tuple(b.shape)}"
        )
    angles = subspace_angles(a.detach().double().numpy(), b.detach().double().numpy())
    return math.degrees(angles.max())


def active_units(h: Tensor, threshold: float = 0.0) -> float:
    """Return how many units are active in an example, |hⱼ| > threshold, averaged over the examples.

    The L0 "norm" of a code. A ReLU unit is off when it is 0; for other units choose a threshold.
    Raises TypeError or ValueError when h is not (n, units) or threshold is negative.
    """
    return _active(h, threshold).sum(1).double().mean().item()


def alive_units(h: Tensor, threshold: float = 0.0) -> int:
    """Return how many units are active, |hⱼ| > threshold, in at least one of the examples.

    The others are dead: on these data they carry nothing. Arguments as in `active_units`.
    """
    return int(_active(h, threshold).any(0).sum())


def lifetime_sparseness(h: Tensor) -> Tensor:
    """Return, per unit (units,), how unevenly its activation is spread over the examples.

    S = (1 − ⟨|h|⟩² / ⟨h²⟩) / (1 − 1/n), means over the n examples: 0 when |h| is constant, 1 when a
    single example activates the unit; nan for a unit that is 0 on all of them. Raises ValueError
    for fewer than two examples. Sources: Treves and Rolls (1991); Vinje and Gallant (2000).
    """
    _check_codes(h)
    return _sparseness(h, dim=0)


def population_sparseness(h: Tensor) -> Tensor:
    """Return, per example (n,), how unevenly the activation is spread over the units.

    The same S as in `lifetime_sparseness`, with means over the units of one example: 0 when all
    units are equally active, 1 when one unit carries everything; nan for an example whose code is
    0. Sources: Treves and Rolls (1991); Willmore and Tolhurst (2001), who keep the two apart.
    """
    _check_codes(h)
    return _sparseness(h, dim=1)


def _sparseness(h: Tensor, dim: int) -> Tensor:
    n = h.shape[dim]
    if n < 2:
        what = "examples" if dim == 0 else "units"
        raise ValueError(f"h must hold at least two {what}, got shape {tuple(h.shape)}")
    h = h.detach().abs().double()
    h = h / h.amax(
        dim, keepdim=True
    )  # S does not depend on the scale; this keeps h² from underflow
    return (1 - h.mean(dim).square() / h.square().mean(dim)) / (1 - 1 / n)


def _active(h: Tensor, threshold: float) -> Tensor:
    _check_codes(h)
    if not threshold >= 0:
        raise ValueError(f"threshold must be at least 0, got {threshold}")
    return h.detach().abs() > threshold


def _check_codes(h: Tensor, name: str = "h") -> None:
    if not isinstance(h, Tensor) or not h.is_floating_point():
        kind = h.dtype if isinstance(h, Tensor) else type(h).__name__
        raise TypeError(f"{name} must be a tensor of floating-point numbers, got {kind}")
    if h.dim() != 2 or h.numel() == 0:
        raise ValueError(f"{name} must have the shape (n, columns), got {tuple(h.shape)}")
    if torch.isnan(h).any():
        raise ValueError(f"{name} holds nan")


def _check_encoder(model: nn.Module, x: Tensor) -> None:
    if not callable(getattr(model, "encode", None)):
        raise TypeError(f"model must have a method encode, got {type(model).__name__}")
    _check_codes(x, "x")


def psnr(x_hat: Tensor, x: Tensor) -> float:
    """Return the peak signal-to-noise ratio in dB, 10 log₁₀(1 / MSE) per image, then averaged.

    x_hat, x: images (n, features) with values in [0, 1]. By scikit-image. Infinite when an image is
    restored exactly. Raises ValueError for other shapes or values.
    """
    pairs = _image_pairs(x_hat, x)
    return sum(peak_signal_noise_ratio(b, a, data_range=1.0) for a, b in pairs) / len(x)


def ssim(x_hat: Tensor, x: Tensor, image_shape: tuple[int, int] = (28, 28)) -> float:
    """Return the structural similarity, per image, then averaged: 1 for equal images.

    x_hat, x: images (n, height · width) with values in [0, 1]. By scikit-image, with its window of
    7 × 7 (about half a millisecond an image). Source: Wang and others (2004).
    """
    pairs = _image_pairs(x_hat, x)
    values = [
        structural_similarity(b.reshape(image_shape), a.reshape(image_shape), data_range=1.0)
        for a, b in pairs
    ]
    return sum(values) / len(values)


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Return ‖m − n‖² + tr(A + B − 2(AB)^½), with means m, n and covariances A, B of the rows.

    The squared Fréchet distance between the Gaussians fitted to two samples (Dowson and Landau,
    1982); on features of a classifier, a distance between sets of images (Heusel and others, 2017).
    a (n, features), b (m, features). It shrinks with sample size: compare at equal sizes only.
    """
    if a.dim() != 2 or b.dim() != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(
            "a and b must be (n, features) with as many features as each other, got "
            f"{tuple(a.shape)} and {tuple(b.shape)}"
        )
    a, b = a.detach().double(), b.detach().double()
    for name, value in (("a", a), ("b", b)):
        if not value.isfinite().all():
            raise ValueError(f"{name} holds nan or infinity")
    cov_a, cov_b = (torch.cov(value.T).reshape(2 * value.shape[1:]) for value in (a, b))
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp_min(0).sqrt() @ vectors.T
    trace = torch.linalg.eigvalsh(root @ cov_b @ root).clamp_min(0).sqrt().sum()
    gap = (a.mean(0) - b.mean(0)).square().sum()
    return max(0.0, (gap + cov_a.trace() + cov_b.trace() - 2 * trace).item())  # 0 but for rounding


def log_importance_weights(model: nn.Module, x: Tensor, samples: int) -> Tensor:
    """Return log p(x|z) + log p(z) − log q(z|x) for `samples` codes z ~ q(z|x) per example.

    model: a VAE. x: (n, features) in [0, 1]; as a likelihood only for binary x. Returns (n,
    samples), drawn from torch's global generator. No gradients are recorded.
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    with torch.no_grad():
        mu, log_var = model.posterior(x)
        columns = []
        for _ in range(samples):
            noise = torch.randn_like(mu)
            z = mu + (0.5 * log_var).exp() * noise
            logits = model.decoder(z)
            nll = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
            # log p(z) − log q(z|x); the two terms ½ log 2π cancel
            columns.append(0.5 * (noise.square() - z.square() + log_var).sum(1) - nll)
    return torch.stack(columns, dim=1)


def importance_weighted_bound(log_weights: Tensor, k: int) -> Tensor:
    """Return, per example (n,), the mean over groups of k weights of log(mean of the weights).

    log_weights (n, samples), k a divisor of samples; k = 1 is the ELBO, and every estimate uses all
    the samples. In expectation a lower bound of log p(x) that does not fall with k. Source: Burda,
    Grosse and Salakhutdinov (2016).
    """
    if log_weights.dim() != 2 or k < 1 or log_weights.shape[1] % k:
        raise ValueError(
            f"log_weights must be (n, samples), k a divisor of samples; got "
            f"{tuple(log_weights.shape)} and {k}"
        )
    groups = log_weights.double().unflatten(1, (-1, k))
    return (groups.logsumexp(2) - math.log(k)).mean(1)


def _image_pairs(x_hat: Tensor, x: Tensor) -> list[tuple]:
    """Return the images as pairs of NumPy rows; refuse other shapes and values outside [0, 1]."""
    if x.dim() != 2 or x_hat.shape != x.shape or len(x) == 0:
        raise ValueError(
            f"x_hat and x must have one shape (n, features), got {tuple(x_hat.shape)} and "
            f"{tuple(x.shape)}"
        )
    _check_grey("x_hat", x_hat)
    _check_grey("x", x)
    both = (value.detach().cpu().double().numpy() for value in (x_hat, x))
    return list(zip(*both, strict=True))


def _check_grey(name: str, value: Tensor) -> None:
    low, high = torch.aminmax(value.detach())
    if not (low >= 0 and high <= 1):
        raise ValueError(f"{name} must be in [0, 1], got {low:.6g} to {high:.6g}; clamp it")


def sensitivity(model: nn.Module, x: Tensor) -> float:
    """Return s = E‖J‖²_F / tr Cov(h): the squared Jacobian per variance of the code.

    J: the Jacobian of model.encode, h = encode(x); both means are over the examples x (n,
    features), n at least 2. It does not change when h is multiplied by a number, shifted or
    rotated. In units of 1 / x². Costs one backward pass per code unit; a few hundred examples are
    enough. Raises ValueError when the code is the same for all examples.
    """
    _check_encoder(model, x)
    total = _code_variance(encode(model, x))
    with torch.no_grad():
        return contractive_penalty(model, x).item() / total


def noise_sensitivity(model: nn.Module, x: Tensor, sigma: float) -> float:
    """Return E‖f(x + σε) − f(x)‖² / tr Cov(h), ε ~ N(0, I): how far noise moves the code.

    0 when it does not move; 2 when the codes of x and of its noisy copy are unrelated. About σ² s
    for small σ, s = `sensitivity`. One draw per example, from torch's global generator. x (n,
    features), n at least 2; sigma in units of x. Raises ValueError as `sensitivity`, and for a
    sigma that is not a finite number above 0.
    """
    _check_encoder(model, x)
    if not isinstance(sigma, Real):
        raise TypeError(f"sigma must be a number, got {type(sigma).__name__}")
    if not (math.isfinite(sigma) and sigma > 0):
        raise ValueError(f"sigma must be a finite number above 0, got {sigma}")
    h = encode(model, x)
    moved = encode(model, x + sigma * torch.randn_like(x))
    return squared_error(moved, h).item() / _code_variance(h)


def label_probe(
    h: Tensor, labels: Tensor, h_test: Tensor, labels_test: Tensor, standardise: bool = True
) -> float:
    """Return the accuracy on the test codes of logistic regression trained on labelled codes.

    h (n, code), labels (n,), h_test (m, code), labels_test (m,). Every unit is standardised by the
    training codes first, so that the scale of the code does not matter to the regression's L2
    penalty (C = 1); standardise=False reads the codes as they are. By scikit-learn; deterministic.
    Returns a share of 1. Raises TypeError or ValueError when codes and labels do not fit together.
    """
    for end, codes, given in (("", h, labels), ("_test", h_test, labels_test)):
        name = f"labels{end}"
        _check_codes(codes, f"h{end}")
        if not isinstance(given, Tensor):
            raise TypeError(f"{name} must be a tensor of labels, got {type(given).__name__}")
        if given.shape != (len(codes),):
            raise ValueError(f"{name} must be {len(codes)} labels, got shape {tuple(given.shape)}")
    if h.shape[1] != h_test.shape[1]:
        raise ValueError(f"h_test must have {h.shape[1]} columns, got {h_test.shape[1]}")
    regression = LogisticRegression(max_iter=2000)
    probe = make_pipeline(StandardScaler(), regression) if standardise else regression
    probe.fit(h.detach().cpu().double().numpy(), labels.cpu().numpy())
    return probe.score(h_test.detach().cpu().double().numpy(), labels_test.cpu().numpy())


def _code_variance(h: Tensor) -> float:
    """Return tr Cov(h), with n − 1 in the denominator."""
    _check_codes(h)
    if len(h) < 2:
        raise ValueError(f"x must hold at least two examples, got {len(h)}")
    total = h.double().var(0).sum().item()
    if total == 0:
        raise ValueError("the code is the same for all examples: its variance is 0")
    return total


def auroc(normal: Tensor, anomalies: Tensor) -> float:
    """Return P(a > b) + ½ P(a = b), a the score of an anomaly, b that of a normal example.

    The area under the ROC curve, by scikit-learn: ½ for scores that know nothing, 1 when every
    anomaly scores above every normal example, 0 when the sign is turned. normal (n,), anomalies
    (m,): larger means stranger. Raises TypeError for what is no tensor of floating-point scores,
    ValueError for empty scores, other shapes, nan or infinity.
    """
    _check_scores(normal=normal, anomalies=anomalies)
    truth = torch.cat([torch.zeros(len(normal)), torch.ones(len(anomalies))])
    scores = torch.cat([normal.detach().double(), anomalies.detach().double()])
    return float(roc_auc_score(truth.numpy(), scores.numpy()))


def auroc_interval(
    normal: Tensor, anomalies: Tensor, draws: int = 1000, level: float = 0.95
) -> tuple[float, float]:
    """Return the bootstrap interval of the AUROC: both groups drawn again, with replacement.

    normal (n,), anomalies (m,). The ends are the (1 ± level)/2 quantiles of the AUROCs of `draws`
    resamples. It holds the chance of the *test* examples only; training again adds more. Drawn
    from torch's global generator. Raises as `auroc` does, and TypeError or ValueError for other
    draws or level.
    Source: Efron (1979).
    """
    _check_scores(normal=normal, anomalies=anomalies)
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)):
        raise TypeError(f"draws must be a whole number, got {draws!r}")
    if draws < 1 or not (isinstance(level, Real) and 0 < level < 1):
        raise ValueError(f"draws must be at least 1, level in (0, 1); got {draws} and {level}")
    normal, anomalies = normal.detach().double(), anomalies.detach().double()
    wins = torch.heaviside(anomalies[:, None] - normal, torch.tensor(0.5).to(normal)).float()

    def weights(n):
        """How often each of n examples is drawn, per resample: (draws, n)."""
        drawn = torch.randint(n, (draws, n))
        return torch.zeros(draws, n).scatter_add_(1, drawn, torch.ones(draws, n)) / n

    areas = ((weights(len(anomalies)) @ wins) * weights(len(normal))).sum(1).clamp(0, 1)
    low, high = areas.quantile(torch.tensor([(1 - level) / 2, (1 + level) / 2])).tolist()
    return low, high


def false_alarm_threshold(scores: Tensor, rate: float) -> float:
    """Return the score that the share `rate` of normal examples exceeds.

    scores (n,): of *normal validation* examples, larger means stranger. The ⌈(1 − rate)(n + 1)⌉-th
    smallest: a new normal example exceeds it with a probability of at most `rate`, on average over
    validation sets, when it comes from the same distribution (split conformal; Vovk, Gammerman and
    Shafer, 2005). Raises ValueError when n is too small for the rate.
    """
    _check_scores(scores=scores)
    possible = isinstance(rate, Real) and 0 < rate < 1
    rank = max(1, math.ceil((1 - rate) * (len(scores) + 1) - 1e-9)) if possible else 0
    if not 1 <= rank <= len(scores):
        raise ValueError(
            f"rate must be in (0, 1) and at least 1 / (n + 1) for n = {len(scores)} scores: {rate}"
        )
    return scores.detach().sort().values[rank - 1].item()


def _check_scores(**scores: Tensor) -> None:
    for name, value in scores.items():
        if not isinstance(value, Tensor) or not value.is_floating_point():
            raise TypeError(f"{name} must be a tensor of floating-point scores")
        if value.dim() != 1 or len(value) == 0 or not value.isfinite().all():
            raise ValueError(
                f"{name} must be one score per example, none of them nan or infinite; got shape "
                f"{tuple(value.shape)}"
            )


def effective_units(model: nn.Module, x: Tensor, allowed: float) -> int:
    """Return the fewest code units per image that add at most `allowed` to the squared error.

    For each image the units are ranked by how much its error grows when that unit alone is set to
    its mean over x; the m first are kept and all others set to their means. The result is the
    smallest m whose mean error is at most the error with all units + allowed, found by bisection.
    allowed: squared error per image, the same for all models that are compared. The result does not
    depend on the scale of the code. x (n, features). Costs n · units decodings: a few hundred
    images are enough. Raises TypeError or ValueError for another model, x or allowance.
    """
    _check_encoder(model, x)
    if not (isinstance(allowed, Real) and allowed >= 0):
        raise ValueError(f"allowed must be a number of at least 0, got {allowed}")
    with torch.no_grad():
        h = model.encode(x)
        mean, units = h.mean(0), h.shape[1]

        def errors(code, target):
            return (model.decode(code) - target).square().sum(1)

        def without_each(code, target):
            """Errors (units,) with one unit after the other at its mean."""
            return errors(torch.where(torch.eye(units, dtype=torch.bool), mean, code), target)

        growth = torch.stack([without_each(c, t) for c, t in zip(h, x, strict=True)])
        place = growth.argsort(1, descending=True).argsort(1)
        limit = errors(h, x).mean() + allowed
        if errors(mean.expand_as(h), x).mean() <= limit:
            return 0
        low, high = 0, units  # the error is within the limit at high, not at low
        while high - low > 1:
            middle = (low + high) // 2
            kept = torch.where(place < middle, h, mean)
            low, high = (low, middle) if errors(kept, x).mean() <= limit else (middle, high)
    return high


def through_file(
    x: Tensor, kind: str, image_shape: tuple[int, int] = (28, 28), quality: int = 75
) -> tuple[Tensor, float]:
    """Return images as they come back from a PNG or JPEG file, and its bits per pixel.

    All images stand in *one* file, each in a field padded with 0 to a multiple of 8 pixels (the
    blocks of JPEG), so that the header is paid once; only the pixels of the images are counted.
    x: (n, height · width) in [0, 1], written with 8 bits. kind: "PNG" or "JPEG". quality: of the
    JPEG, from 1 to 95; a PNG has none. By Pillow. Raises TypeError or ValueError for other input.
    """
    height, width = image_shape
    _check_codes(x, "x")
    if x.shape[1] != height * width:
        raise ValueError(f"x must be (n, {height * width}), got {tuple(x.shape)}")
    _check_grey("x", x)
    if kind not in ("PNG", "JPEG"):
        raise ValueError(f'kind must be "PNG" or "JPEG", got {kind!r}')
    if isinstance(quality, bool) or not isinstance(quality, int) or not 1 <= quality <= 95:
        raise ValueError(f"quality must be a whole number from 1 to 95, got {quality!r}")
    tall, wide = (-(-side // 8) * 8 for side in image_shape)
    columns = math.ceil(len(x) ** 0.5)
    rows = -(-len(x) // columns)
    sheet = torch.zeros(rows * columns, tall, wide)
    sheet[: len(x), :height, :width] = x.detach().reshape(-1, height, width)
    sheet = sheet.reshape(rows, columns, tall, wide).transpose(1, 2)
    pixels = (255 * sheet.reshape(rows * tall, columns * wide)).round().to(torch.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels.numpy()).save(file, kind, optimize=True, quality=quality)
    with Image.open(file) as image:
        back = torch.from_numpy(np.array(image)).float() / 255
    back = back.reshape(rows, tall, columns, wide).transpose(1, 2).flatten(0, 1)
    return back[: len(x), :height, :width].flatten(1), 8 * len(file.getvalue()) / x.numel()
