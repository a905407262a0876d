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
    return tuned((26, 24), (17.6, 17.9), (15.5, 15.8))


def at_little_noise(network, **changes):
    """The linear method hardly miscopies clean images; the network does little else."""
    return tuned((26, network), (17, 18), (15, 16)) | {
        "clean": CLEAN, "noisy": {0.1: gaussian_noise(CLEAN, 0.1)},
        "posterior_mean": lambda x, sigma: CLEAN + 0.1 * (x - CLEAN) + 0.005,
        "project": lambda x, k: x, "denoisers": {0.1: Blurred()},
    } | changes  # fmt: skip


class Blurred(nn.Module):
    """Miscopies clean images, as a network trained for too short a time does."""

    def forward(self, x):
        return Output(0.5 * x, x)


def network_ahead_at_little_noise():
    return at_little_noise(27)


def exact_on_clean_images():
    """Behind by enough, but its error on clean images is 0."""
    return at_little_noise(24, denoisers={0.1: Copy()})


def linear_method_that_miscopies_as_much():
    return at_little_noise(24, posterior_mean=lambda x, sigma: (CLEAN + 0.001).clamp(0, 1))


def guilty_bottleneck():
    """Squeezed through 512 numbers, the linear method is no better than the network."""
    return at_little_noise(24, project=lambda x, k: 0 * x)


def one_network_for_all():
    return {"scores": torch.tensor([[24.0, 17, 14]] * 3)}


def mistakes_that_cost_alike():
    """Too much noise in training costs no more dB than too little."""
    return {"scores": torch.tensor([[24.8, 15.2, 10], [20.4, 18.5, 16.7], [18.7, 17.9, 16.8]])}


def best_at_its_own_noise():
    return {"scores": torch.tensor([[24.8, 15.2, 12], [20.4, 18.5, 16.7], [16.0, 16.5, 16.8]])}


def only_its_own_noise_will_do():
    """At 0.75 the network of 0.5 is as bad as any other."""
    return {"scores": torch.tensor([[24.8, 15.2, 12], [20.4, 18.5, 15.9], [18.7, 17.9, 16.8]])}


def too_little_noise_that_does_no_harm():
    return {"scores": torch.tensor([[24.8, 17.9, 17.0], [20.4, 18.5, 16.7], [18.7, 17.9, 16.8]])}


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


def same_as_bicubic():
    return enlarged((0.10, 0.10), (0.10, 0.15), (0.10, 0.10))


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


def copies_the_points():
    return {"way": Copy()}


def exact_error(v, a, b):
    return ((a**2 / (v + a**2)) ** 2 * v + (v / (v + a**2)) ** 2 * b**2).sum().item()


def matrix_of_errors(predict=exact_error, small=20, network=0.8, alone=1.3):
    """Rows as the lesson makes them, for Gaussian data on which the measured errors are exact.

    small: directions of small variance; with them too little noise in training costs most. The
    network's errors are those of the linear method, times `network`, at (0.1, 0.1) times `alone`.
    """
    v, sigmas = torch.tensor([3.0, 1.0, 0.1] + [0.01] * small), (0.1, 0.5, 0.75)

    rows = []
    for a in sigmas:
        rows.append(["predicted", *(predict(v, a, b) for b in sigmas)])
        rows.append(["measured", *(exact_error(v, a, b) for b in sigmas)])
        share = {b: alone if a == b == 0.1 else network for b in sigmas}
        rows.append(["network", *(share[b] * exact_error(v, a, b) for b in sigmas)])
    return {"rows": rows}


def error_at_its_own_noise_everywhere():
    return matrix_of_errors(lambda v, a, b: (v * a**2 / (v + a**2)).sum().item())


def noise_that_passes_alone():
    return matrix_of_errors(lambda v, a, b: ((v / (v + a**2)) ** 2).sum().item() * b**2)


def network_behind_everywhere():
    return matrix_of_errors(network=1.3)


def network_ahead_everywhere():
    return matrix_of_errors(alone=0.8)


def mistakes_that_cost_alike_in_squared_error():
    return matrix_of_errors(small=0)


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


def walk_that_stands_still():
    start = 2 * torch.randn(300, 2)
    return {"path": [start, start], "distance": curve_distance}


def walk_into_one_point():
    on_curve, _ = bent_curve(1, noise=0.0)
    return {
        "path": [2 * torch.randn(300, 2), on_curve.repeat(300, 1)], "distance": curve_distance,
    }  # fmt: skip


def walk_that_starts_on_the_curve():
    on_curve, _ = bent_curve(300, noise=0.0)
    return {"path": [on_curve, on_curve], "distance": curve_distance}


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


def same_noise_twice():
    """A second copy whose noise is that of the first."""

    def same_noise(x, sigma):
        torch.manual_seed(0)
        return gaussian_noise(x, sigma)

    names = cells("blind-code")
    return names | {"x_test": CLEAN, "denoisers": {0.5: Shrinks()}, "gaussian_noise": same_noise}


def risk_without_divergence():
    return {
        "x_test": CLEAN, "denoisers": {0.5: Shrinks()},
        "sure": lambda r, x, sigma: squared_error(r(x), x) - x.shape[1] * sigma**2,
    }  # fmt: skip


class MeanImage(nn.Module):
    """Returns the same image, whatever it is given."""

    def forward(self, x):
        return Output(CLEAN.mean(dim=0) + 0 * x, x)


def network_that_ignores_the_noise():
    """Without a look at the noise even the same copy is a fair judge."""
    return cells("blind-code") | {"x_test": CLEAN, "denoisers": {0.5: MeanImage()}}


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


WRONG_MODELS = {
    "claim-copy": [noisy_target, both_denoise],
    "claim-best": [no_lead],
    "claim-small": [
        network_ahead_at_little_noise,
        exact_on_clean_images,
        linear_method_that_miscopies_as_much,
        guilty_bottleneck,
    ],
    "claim-matrix": [
        one_network_for_all,
        mistakes_that_cost_alike,
        best_at_its_own_noise,
        only_its_own_noise_will_do,
        too_little_noise_that_does_no_harm,
    ],
    "claim-resolution": [same_as_bicubic, same_as_linear, far_ahead_of_linear_at_both],
    "claim-gaussian": [untrained_gaussian, copies_the_gaussian],
    "claim-row": [
        error_at_its_own_noise_everywhere,
        noise_that_passes_alone,
        network_behind_everywhere,
        network_ahead_everywhere,
        mistakes_that_cost_alike_in_squared_error,
    ],
    "claim-curve": [copies_the_points],
    "claim-tweedie": [network_that_stays, gradient_without_the_square_of_sigma],
    "claim-walk": [
        walk_that_stands_still,
        walk_into_one_point,
        walk_that_starts_on_the_curve,
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
    "claim-columns": [gain_with_sigma_instead_of_its_square],
}
