"""For each claim of notebook 04 a wrong model, under which the claim has to fail."""

import torch
from notebook_files import LESSONS, run_cells
from torch import nn

from course_utils.corruption import gaussian_noise
from course_utils.data import bent_curve, load_mnist
from course_utils.losses import squared_error
from course_utils.models import Autoencoder, Output

DATA = load_mnist(train_size=1000, validation_size=1, test_size=500)
CLEAN = DATA.test


class Copy(nn.Module):
    """Returns its input: the optimum of a noisy target."""

    def forward(self, x):
        return Output(x, x)


class Perfect(nn.Module):
    """Returns the first features of its input, moved by nothing, or the clean images."""

    def forward(self, x):
        return Output(CLEAN, x)


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("04"))
    return run_cells(lesson, ["imports", *ids], values)


def tuned(sigma_02, sigma_50, sigma_75):
    names = ("linear posterior mean", "denoising autoencoder")
    return {
        "decibels": {
            s: dict(zip(names, pair))
            for s, pair in zip((0.1, 0.5, 0.75), (sigma_02, sigma_50, sigma_75))
        }
    }


def noisy_target():
    damaged = gaussian_noise(CLEAN, 0.5)
    return {
        "copier": Copy(), "wide": Copy(), "damaged": damaged, "x_test": CLEAN,
        "damage": squared_error(damaged, CLEAN),
    }  # fmt: skip


def both_denoise():
    return noisy_target() | {"copier": Perfect(), "wide": Perfect()}


def no_lead():
    return tuned((26, 24), (17.6, 17.9), (15.5, 16.5))


def after_five_epochs(squeezed, network, linear):
    """Images too grey by the given amounts, from three of the four suspects."""

    def grey(size):
        return CLEAN + size * (1 - 2 * CLEAN)

    return {
        "clean": CLEAN,
        "suspects": {
            "formula": grey(0.04), "squeezed": grey(squeezed),
            "network": grey(network), "linear": grey(linear),
        },
    }  # fmt: skip


def twin_that_reaches_the_formula():
    """All that is missing is missing through the nonlinearity."""
    return after_five_epochs(squeezed=0.04, network=0.06, linear=0.04)


def twin_that_stays_with_the_network():
    """The nonlinearity costs nothing."""
    return after_five_epochs(squeezed=0.04, network=0.06, linear=0.06)


def costs(squared_errors, decibels):
    """What too little and too much noise in training cost, at the places of the matrix."""
    names = {}
    for name, (little, much) in {"more": squared_errors, "less": decibels}.items():
        names[name] = torch.zeros(3, 3)
        names[name][0, 2], names[name][2, 0] = little, much
    return names


def mistakes_that_cost_alike_in_squared_error():
    return costs((10, 10), (4.0, 6.0))


def mistakes_that_cost_alike_in_decibels():
    return costs((50, 10), (5.0, 5.0))


def enlarged(network, linear, bicubic):
    """Images too grey by the given amounts, each from 14 and from 7."""
    errors = {"network": network, "linear": linear, "bicubic": bicubic}
    return {
        "clean": CLEAN,
        "upscaled": {
            f"{name} from {side}": CLEAN + size * (1 - 2 * CLEAN)
            for name, sizes in errors.items()
            for side, size in zip((14, 7), sizes)
        },
    }


def same_as_linear():
    return enlarged((0.10, 0.15), (0.10, 0.15), (0.2, 0.3))


def far_ahead_of_linear_at_both():
    return enlarged((0.10, 0.10), (0.15, 0.15), (0.2, 0.3))


def untrained_gaussian():
    torch.manual_seed(0)
    mixing = torch.randn(8, 8) / 2
    names = cells("gaussian-exact", mixing=mixing, centre=torch.arange(8.0) / 4)
    return names | {"net": Autoencoder((8, 64, 32))}


def copies_the_gaussian():
    return untrained_gaussian() | {"net": Copy()}


def exact_error(v, a, b):
    return ((a**2 / (v + a**2)) ** 2 * v + (v / (v + a**2)) ** 2 * b**2).sum().item()


def matrix_of_errors(predict):
    """Rows as the lesson makes them, for Gaussian data on which the measured errors are exact."""
    v, sigmas = torch.tensor([3.0, 1.0, 0.1] + [0.01] * 20), (0.1, 0.5, 0.75)

    rows = []
    for a in sigmas:
        rows.append(["predicted", *(predict(v, a, b) for b in sigmas)])
        rows.append(["measured", *(exact_error(v, a, b) for b in sigmas)])
        rows.append(["network", *(exact_error(v, a, b) for b in sigmas)])
    return {"rows": rows}


def error_at_its_own_noise_everywhere():
    return matrix_of_errors(lambda v, a, b: (v * a**2 / (v + a**2)).sum().item())


def noise_that_passes_alone():
    return matrix_of_errors(lambda v, a, b: ((v / (v + a**2)) ** 2).sum().item() * b**2)


def gain_that_forgets_the_square():
    """σ for σ² in the gain."""
    return matrix_of_errors(
        lambda v, a, b: (((a / (v + a)) ** 2 * v) + (v / (v + a)) ** 2 * b**2).sum().item()
    )


def scores_of(mixture):
    """Decibels of the mixture beside those of the network of the lesson."""
    network = (24.6, 18.4, 16.7)
    return {
        "decibels": {
            s: {"mixture of 20 Gaussians": m, "denoising autoencoder": n}
            for s, m, n in zip((0.1, 0.5, 0.75), mixture, network)
        }
    }


def one_gaussian_only():
    """Without the switch: the linear method."""
    return scores_of((26.2, 17.6, 16.0))


def groups_that_are_drawn_blindly():
    """The share of a group in the place of P(group | x̃)."""
    return scores_of((15.0, 14.0, 13.5))


def plane(**changes):
    """What the claim of Tweedie's formula needs, right but for the changes."""
    torch.manual_seed(0)
    points, _ = bent_curve(500, noise=0.02)
    names = cells("tweedie-code") | {
        "points": points, "equal": torch.zeros(len(points)),
        "start": gaussian_noise(points, 0.2),
    }  # fmt: skip
    right = {"way": ExactWay(names)}
    return names | right | changes


class ExactWay(nn.Module):
    """The formula itself in the place of the network."""

    def __init__(self, names):
        super().__init__()
        self.names = names

    def forward(self, x):
        with torch.enable_grad():
            moved = self.names["climb"](x, self.names["points"], self.names["equal"], 0.2)
        return Output(x + moved, x)


def network_that_stays():
    return plane(way=Copy())


def gradient_without_the_square_of_sigma():
    names = plane()
    y, values, log_weights = names["y"], names["values"], names["log_weights"]
    return names | {"by_gradient": y + names["climb"](y, values, log_weights, 0.4) / 0.4}


def curve_distance(points):
    t = torch.linspace(-1, 1, 400)
    curve = torch.stack([t, t**2 - 1 / 3], dim=1)
    return torch.cdist(points, curve).min(dim=1).values.mean().item()


def walked(last, single):
    path = [2 * torch.randn(300, 2), last]
    return {"path": path, "single": single, "distance": curve_distance}


def walk_that_stands_still():
    return walked(2 * torch.randn(300, 2), torch.zeros(300, 2))


def walk_into_one_point():
    on_curve, _ = bent_curve(1, noise=0.0)
    return walked(on_curve.repeat(300, 1), 0.1 * torch.randn(300, 2))


def single_step_that_does_as_well():
    on_curve, _ = bent_curve(300, noise=0.0)
    return walked(on_curve, on_curve)


def sounds(network, linear):
    """A tone with noise of the given strengths left by the two methods."""
    torch.manual_seed(0)
    sentence = torch.sin(torch.linspace(0, 3000, 16_384))
    noise = torch.randn_like(sentence)
    return {
        "sentence": sentence, "noisy_sentence": sentence + noise,
        "heard": sentence + network * noise, "by_linear": sentence + linear * noise,
    }  # fmt: skip


def unheard():
    return sounds(1.0, 1.5)


def no_better_than_linear():
    return sounds(0.2, 0.2)


class Shrinks(nn.Module):
    """A poor denoiser, but one: it takes a part of everything."""

    def forward(self, x):
        return Output(0.4 * x, x)


def scored_without_clean(model, second=None, **changes):
    """What the claim on scoring needs; second: the second noisy copy."""
    torch.manual_seed(0)
    one = gaussian_noise(CLEAN, 0.5)
    if second is None:
        second = gaussian_noise(CLEAN, 0.5)
    names = cells("blind-code") | {"x": CLEAN, "one": one, "second": second}
    return names | {"denoisers": {0.5: model}} | changes


def same_noise_twice():
    """A second copy whose noise is that of the first."""
    torch.manual_seed(0)
    return scored_without_clean(Shrinks(), second=gaussian_noise(CLEAN, 0.5))


def risk_without_divergence():
    return scored_without_clean(
        Shrinks(), sure=lambda r, x, sigma: squared_error(r(x), x) - x.shape[1] * sigma**2
    )


class MeanImage(nn.Module):
    """Returns the same image, whatever it is given."""

    def forward(self, x):
        return Output(CLEAN.mean(dim=0) + 0 * x, x)


def network_that_ignores_the_noise():
    """Without a look at the noise even the same copy is a fair judge."""
    return scored_without_clean(MeanImage())


def mask_that_keeps_the_fraction():
    return {"mask": lambda x, u, p: (u < p) * x}


def clean_input():
    return {"noisy_to_clean": lambda r, x, c: squared_error(r(x), x), "x": CLEAN}


def one_logarithm():
    return {
        "data": DATA, "x": CLEAN,
        "mean_psnr": lambda a, b: -10 * (a - b).square().mean().log10(),
    }  # fmt: skip


def inverse_posterior():
    return {"denoise_gaussian": lambda x, mean, covariance, sigma: x}


def gain_with_sigma_instead_of_its_square():
    def row(v, a, b):
        g = v / (v + a)
        return ((1 - g) ** 2 * v).sum() + g.square().sum() * b**2

    return {"data": DATA, "predict_row": row}


def score_of_the_clean_data():
    """The variance of the noise is forgotten."""
    return {"score": lambda y, w, m, v, sigma: by_autograd(y, w, m, v)}


def by_autograd(y, w, m, v):
    y = y.clone().requires_grad_()
    logs = w.log() - v.log() / 2 - (y[:, None] - m) ** 2 / (2 * v)
    return torch.autograd.grad(logs.logsumexp(1).sum(), y)[0]


WRONG_MODELS = {
    "claim-copy": [noisy_target, both_denoise],
    "claim-best": [no_lead],
    "claim-small": [twin_that_reaches_the_formula, twin_that_stays_with_the_network],
    "claim-matrix": [
        mistakes_that_cost_alike_in_squared_error,
        mistakes_that_cost_alike_in_decibels,
    ],
    "claim-resolution": [same_as_linear, far_ahead_of_linear_at_both],
    "claim-mixture": [one_gaussian_only, groups_that_are_drawn_blindly],
    "claim-gaussian": [untrained_gaussian, copies_the_gaussian],
    "claim-row": [
        error_at_its_own_noise_everywhere,
        noise_that_passes_alone,
        gain_that_forgets_the_square,
    ],
    "claim-tweedie": [network_that_stays, gradient_without_the_square_of_sigma],
    "claim-walk": [
        walk_that_stands_still,
        walk_into_one_point,
        single_step_that_does_as_well,
    ],
    "claim-sound": [unheard, no_better_than_linear],
    "claim-blind": [
        same_noise_twice,
        risk_without_divergence,
        network_that_ignores_the_noise,
    ],
    "claim-mask": [mask_that_keeps_the_fraction],
    "claim-loss": [clean_input],
    "claim-psnr": [one_logarithm],
    "claim-posterior": [inverse_posterior],
    "claim-score": [score_of_the_clean_data],
    "claim-columns": [gain_with_sigma_instead_of_its_square],
}
