"""For each claim of notebook 04 a wrong model, under which the claim has to fail."""

import torch
from torch import nn

from course_utils.corruption import gaussian_noise, low_resolution
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


def tuned(sigma_02, sigma_50, sigma_75):
    names = ("linear posterior mean", "denoising autoencoder")
    return {
        "decibels": {
            s: dict(zip(names, pair))
            for s, pair in zip((0.1, 0.5, 0.75), (sigma_02, sigma_50, sigma_75))
        }
    }


def no_damage():
    return {"x_test": CLEAN, "gaussian_noise": lambda x, sigma: x}


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


def network_ahead_at_little_noise():
    return tuned((26, 27), (17, 18), (15, 16)) | {
        "clean": CLEAN, "denoisers": {0.1: Copy()},
        "noisy": {0.1: gaussian_noise(CLEAN, 0.1)},
    }  # fmt: skip


def no_bottleneck():
    """Behind by enough, but its error on clean images is 0."""
    return network_ahead_at_little_noise() | tuned((26, 24), (17, 18), (15, 16))


def one_network_for_all():
    return {"scores": torch.tensor([[24.0, 17, 14]] * 3)}


def same_as_bicubic():
    return {
        "clean": CLEAN,
        "upscaled": {
            f"{name} from {side}": low_resolution(CLEAN, f)
            for name in ("network", "bicubic")
            for f, side in ((2, 14), (4, 7))
        },
    }


def untrained_gaussian():
    mixing = torch.randn(8, 8) / 2
    return {
        "net": Autoencoder((8, 64, 32)), "mixing": mixing, "centre": torch.zeros(8),
        "exact": lambda x, sigma: torch.zeros_like(x),
    }  # fmt: skip


def copies_the_gaussian():
    return untrained_gaussian() | {"net": Copy()}


def copies_the_points():
    return {"way": Copy()}


def score_of_the_clean_density():
    y = torch.linspace(-2, 2.5, 200, dtype=torch.float64)
    values = torch.tensor([-1.0, 0.2, 1.5], dtype=torch.float64)
    return {
        "y": y, "values": values, "sigma": 0.4,
        "logs": -((y[:, None] - values) ** 2), "score": torch.zeros_like(y),
    }  # fmt: skip


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


def unheard():
    sentence = torch.sin(torch.linspace(0, 3000, 16_384))
    noisy = sentence + torch.randn_like(sentence)
    return {"sentence": sentence, "noisy_sentence": noisy, "heard": noisy}


def copies_for_blind_score():
    """A network that copies: the blind score is far above the true error of a denoiser."""
    return {"x_test": CLEAN, "denoisers": {0.5: Perfect()}}


def mask_that_keeps_the_fraction():
    return {"mask": lambda x, p: (torch.rand_like(x) < p) * x}


def clean_input():
    return {"noisy_to_clean": lambda r, x, c: squared_error(r(x), x), "x": CLEAN}


def one_logarithm():
    return {
        "data": DATA, "x": CLEAN,
        "mean_psnr": lambda a, b: -10 * (a - b).square().mean().log10(),
    }  # fmt: skip


def inverse_posterior():
    return {"denoise_gaussian": lambda x, mean, covariance, sigma: x}


WRONG_MODELS = {
    "claim-damage": [no_damage],
    "claim-copy": [noisy_target, both_denoise],
    "claim-best": [no_lead],
    "claim-small": [network_ahead_at_little_noise, no_bottleneck],
    "claim-matrix": [one_network_for_all],
    "claim-resolution": [same_as_bicubic],
    "claim-gaussian": [untrained_gaussian, copies_the_gaussian],
    "claim-curve": [copies_the_points],
    "claim-tweedie": [score_of_the_clean_density],
    "claim-walk": [walk_that_stands_still, walk_into_one_point],
    "claim-sound": [unheard],
    "claim-blind": [copies_for_blind_score],
    "claim-mask": [mask_that_keeps_the_fraction],
    "claim-loss": [clean_input],
    "claim-psnr": [one_logarithm],
    "claim-posterior": [inverse_posterior],
}
