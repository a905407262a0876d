"""For each claim of notebook 05 a wrong model, under which the claim has to fail."""

import torch
from notebook_files import LESSONS, run_cells
from torch.distributions import Normal

from course_utils.data import load_mnist
from course_utils.losses import gaussian_kl
from course_utils.metrics import importance_weighted_bound
from course_utils.models import VAE

DATA = load_mnist(train_size=500, validation_size=1, test_size=1000)
BETAS = (0.1, 1, 10)
NUMBERS = (1, 5, 50, 500)


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("05"))
    return run_cells(lesson, ["imports", *ids], values)


def untrained():
    torch.manual_seed(0)
    return VAE().requires_grad_(False)


def distances(normal, gaussian, mixture, **others):
    """The distances of the plain autoencoder's three kinds of codes, and of others."""
    names = ("plain, N(0, I)", "plain, Gaussian", "plain, mixture")
    return {"d": dict(zip(names, (normal, gaussian, mixture))) | others, "accuracy": 0.95}


def codes_from_anywhere_do():
    return distances(6.0, 6.0, 2.0)


def mixture_no_better_than_a_gaussian():
    return distances(400.0, 6.0, 6.0)


def classifier_that_guesses():
    return distances(400.0, 6.0, 2.0) | {"accuracy": 0.1}


def gap_with_its_arguments_exchanged():
    """D(p(z|x) ‖ q) for D(q ‖ p(z|x))."""
    return {"kl_divergence": lambda a, b: torch.distributions.kl_divergence(b, a)}


def kl_with_its_sign_turned():
    return {"kl_divergence": lambda a, b: -torch.distributions.kl_divergence(a, b)}


def kl_with(function):
    return cells("kl-witnesses", prior=Normal(0.0, 1.0)) | {"gaussian_kl": function}


def log_sigma_for_log_variance():
    return kl_with(lambda mu, v: gaussian_kl(mu, 2 * v))


def without_the_half():
    return kl_with(lambda mu, v: 2 * gaussian_kl(mu, v))


def averaged_over_the_code():
    return kl_with(lambda mu, v: gaussian_kl(mu, v) / mu.shape[1])


def clamped_log_variance():
    """Right for every usual variance, wrong for extreme ones."""
    return kl_with(lambda mu, v: gaussian_kl(mu, v.clamp(-20, 20)))


class NoiseOf:
    """torch, but randn has another standard deviation, which the score does not know."""

    def __init__(self, sigma):
        self.sigma = sigma

    def __getattr__(self, name):
        return self.randn_scaled if name == "randn" else getattr(torch, name)

    def randn_scaled(self, *shape):
        return self.sigma * torch.randn(*shape)


def noise_of_a_tenth():
    return {"torch": NoiseOf(0.1)}


def untrained_vae():
    numbers = {"floor": 45.5, "of_mean": 205.8}
    return cells("train-loss") | {"vae": untrained(), "x_test": DATA.test} | numbers


def against(floor=45.5, of_mean=205.8):
    """The VAE's test error as measured, beside the given bounds."""
    terms = {"reconstruction": torch.tensor(80.0), "KL": torch.tensor(25.0)}
    measured = {"vae": None, "x_test": DATA.test, "negative_elbo": lambda: lambda vae, x: terms}
    return measured | {"floor": floor, "of_mean": of_mean}


def floor_in_bits():
    return against(floor=65.6)


def mean_image_in_bits():
    return against(of_mean=296.9)


def samples(ours, near):
    d = distances(400.0, 6.0, 2.0, **{"VAE, N(0, I)": ours})["d"]
    return {"d": d, "near": dict.fromkeys(d, near) | {"other test images": 6.0}}


def no_better_than_the_plain_decoder():
    return samples(400.0, 5.0)


def better_than_a_mixture():
    return samples(1.0, 5.0)


def better_than_a_gaussian():
    return samples(5.0, 5.0)


def copies_of_training_images():
    return samples(10.0, 0.0)


def pixels_for_codes():
    """A "VAE" whose code is the image."""

    class Identity:
        def encode(self, x):
            return x

        decode = encode

    images = DATA.test.repeat(10, 1)
    return {"vae": Identity(), "x_test": images, "distance": lambda x: x.mean().item()}


def beta_does_nothing():
    return {"betas": BETAS, "found": dict.fromkeys(BETAS, (25.0, 82.0, 18))}


def units_that_never_fall_silent():
    found = {b: (40 / (i + 1) ** 2, 80 + 20 * i, 20) for i, b in enumerate(BETAS)}
    return {"betas": BETAS, "found": found}


def no_collapse():
    return {"collapsed": 0, "revived": 1, "describe": lambda model: (25.0, 82.0, 18)}


def no_repair():
    return no_collapse() | {"describe": lambda model: (0.0, 206.0, 0)}


def bounds_of(log_w):
    bounds = {k: importance_weighted_bound(log_w, k) for k in NUMBERS}
    return cells("bounds", log_w=log_w) | {"bounds": bounds}


def exact_posterior():
    """All weights of an image are p(x): more draws cannot help."""
    torch.manual_seed(0)
    return bounds_of(-90.0 + torch.randn(500, 1).expand(500, 500))


def one_image_decides():
    """The rise is that of a single image: its error bar is as large as itself."""
    torch.manual_seed(0)
    log_w = torch.full((500, 500), -90.0)
    log_w[0] = 2000 * torch.randn(500)
    return bounds_of(log_w)


def below_the_truth(elbo, last, typical=0.05):
    """ELBO and L₅₀₀ below log p(x) by the given means, L₅₀₀ for half of the images by typical."""
    means = {1: elbo, 5: last, 50: last, 500: last}
    missing = {k: (mean, 0.005) for k, mean in means.items()}
    return {"numbers": NUMBERS, "missing": missing, "below": {500: torch.full((9,), typical)}}


def bound_that_is_no_bound():
    """Weights without log q: above log p(x)."""
    return below_the_truth(0.5, -3.0)


def more_draws_do_not_help():
    return below_the_truth(0.5, 0.5)


def encoder_without_a_gap():
    return below_the_truth(0.0, 0.0)


def every_image_misses():
    return below_the_truth(2.0, 0.5, typical=0.5)


def one_gradient_twice():
    one = torch.tensor(2.0)
    return {"spread": {"reparam.": one, "score": one, "with baseline": one}}


def baseline_that_closes_the_distance():
    spread = {"reparam.": torch.tensor(1.0), "score": torch.tensor(400.0)}
    return {"spread": spread | {"with baseline": torch.tensor(1.0)}}


def kl_without_the_half():
    return {"code_kl": lambda mu, v: (mu**2 + v.exp() - 1 - v).sum(1).mean()}


def kl_without_the_one():
    return {"code_kl": lambda mu, v: (mu**2 + v.exp() - v).sum(1).mean() / 2}


def variance_for_deviation():
    return {"sample_code": lambda mu, v, eps: mu + v.exp() * eps}


def noise_that_multiplies():
    return {"sample_code": lambda mu, v, eps: mu * (0.5 * v).exp() * eps}


def always_the_start():
    return {"interpolate": lambda a, b, steps: a.expand(steps, -1)}


def weights_that_do_not_sum_to_one():
    def wrong(a, b, steps):
        t = torch.linspace(0, 1, steps)[:, None]
        return (1 - t) ** 2 * a + t**2 * b

    return {"interpolate": wrong}


def sigma_not_squared():
    return {"kl_weight": lambda sigma: 2 * sigma}


WRONG_MODELS = {
    "claim-plain": [
        codes_from_anywhere_do,
        mixture_no_better_than_a_gaussian,
        classifier_that_guesses,
    ],
    "claim-elbo": [gap_with_its_arguments_exchanged, kl_with_its_sign_turned],
    "claim-kl": [
        log_sigma_for_log_variance,
        without_the_half,
        averaged_over_the_code,
        clamped_log_variance,
    ],
    "claim-score": [noise_of_a_tenth],
    "claim-elbo-test": [untrained_vae, floor_in_bits, mean_image_in_bits],
    "claim-samples": [
        no_better_than_the_plain_decoder,
        better_than_a_mixture,
        better_than_a_gaussian,
        copies_of_training_images,
    ],
    "claim-halfway": [pixels_for_codes],
    "claim-beta": [beta_does_nothing, units_that_never_fall_silent],
    "claim-collapse": [no_collapse, no_repair],
    "claim-bound": [exact_posterior, one_image_decides],
    "claim-exact": [
        bound_that_is_no_bound,
        more_draws_do_not_help,
        encoder_without_a_gap,
        every_image_misses,
    ],
    "claim-real-score": [one_gradient_twice, baseline_that_closes_the_distance],
    "claim-own-kl": [kl_without_the_half, kl_without_the_one],
    "claim-own-sample": [variance_for_deviation, noise_that_multiplies],
    "claim-middle": [always_the_start, weights_that_do_not_sum_to_one],
    "claim-repair": [sigma_not_squared],
}
