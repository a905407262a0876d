"""For each claim of notebook 05 a wrong model, under which the claim has to fail."""

import torch
from torch.distributions import Normal

from course_utils.data import load_mnist
from course_utils.losses import gaussian_kl
from course_utils.models import VAE

DATA = load_mnist(train_size=500, validation_size=1, test_size=500)


def samples_alike():
    images = {n: DATA.test for n in ("N(0, I)", "fitted Gaussian", "fitted mixture")}
    return {"images": images, "distance": lambda x: 10.0}


def kl_turned():
    """The gap with its arguments exchanged: D(p(z|x) ‖ q)."""
    return {"kl_divergence": lambda a, b: torch.distributions.kl_divergence(b, a)}


def kl_with(function):
    return {"gaussian_kl": function, "prior": Normal(0.0, 1.0)}


def log_sigma_for_log_variance():
    return kl_with(lambda mu, v: gaussian_kl(mu, 2 * v))


def without_the_half():
    return kl_with(lambda mu, v: 2 * gaussian_kl(mu, v))


def averaged_over_the_code():
    return kl_with(lambda mu, v: gaussian_kl(mu, v) / mu.shape[1])


def noise_of_a_tenth():
    """A standard deviation of 0.1 that the score does not know: its mean is wrong."""
    return {"torch": SmallNoise()}


class SmallNoise:
    def __getattr__(self, name):
        return (lambda n: 0.1 * torch.randn(n)) if name == "randn" else getattr(torch, name)


def terms_of(logits, x, mu, log_var):
    from course_utils.losses import bernoulli_nll

    return {"reconstruction": bernoulli_nll(logits, x), "KL": gaussian_kl(mu, log_var)}


def untrained():
    def negative_elbo():
        return lambda model, x: terms_of(model(x).logits, x, *model.posterior(x))

    return {
        "vae": VAE(), "x_test": DATA.test, "negative_elbo": negative_elbo,
        "floor": 45.5, "of_mean": 205.8,
    }  # fmt: skip


def no_better_than_the_plain_decoder():
    return {
        "distance": lambda x: 10.0, "nearest": lambda x: 5.0, "d": {"N(0, I)": 10.0},
        "invented": DATA.test,
    }  # fmt: skip


def copies_of_training_images():
    return no_better_than_the_plain_decoder() | {
        "distance": lambda x: 1.0, "nearest": lambda x: 0.0,
    }  # fmt: skip


def beta_does_nothing():
    betas = (0.1, 1, 4, 10)
    return {"betas": betas, "found": dict.fromkeys(betas, (25.0, 82.0, 18))}


def no_collapse():
    return {
        "collapsed": 0, "revived": 1,
        "describe": lambda model: (25.0, 82.0, 18),
    }  # fmt: skip


def no_repair():
    return no_collapse() | {"describe": lambda model: (0.0, 206.0, 0)}


def exact_posterior():
    """All weights of an image are p(x): more draws cannot help."""
    return {"log_w": -90.0 + torch.randn(500, 1).expand(500, 500)}


def kl_without_the_half():
    return {"code_kl": lambda mu, v: (mu**2 + v.exp() - 1 - v).sum(1).mean()}


def variance_for_deviation():
    return {"sample_code": lambda mu, v: mu + v.exp() * torch.randn_like(mu)}


def always_the_start():
    return {"interpolate": lambda a, b, steps: a.expand(steps, -1)}


def sigma_not_squared():
    return {"kl_weight": lambda sigma: 2 * sigma}


WRONG_MODELS = {
    "claim-plain": [samples_alike],
    "claim-elbo": [kl_turned],
    "claim-kl": [log_sigma_for_log_variance, without_the_half, averaged_over_the_code],
    "claim-score": [noise_of_a_tenth],
    "claim-elbo-test": [untrained],
    "claim-samples": [no_better_than_the_plain_decoder, copies_of_training_images],
    "claim-beta": [beta_does_nothing],
    "claim-collapse": [no_collapse, no_repair],
    "claim-bound": [exact_posterior],
    "claim-sample": [variance_for_deviation],
    "claim-between": [always_the_start],
    "claim-sigma": [sigma_not_squared],
}
