"""For each claim of notebook 05 a wrong model, under which the claim has to fail."""

import math

import torch
from notebook_files import LESSONS, run_cells
from torch.distributions import Normal

from course_utils.data import load_mnist
from course_utils.losses import gaussian_kl
from course_utils.models import VAE

DATA = load_mnist(train_size=500, validation_size=1, test_size=1000)


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("05"))
    return run_cells(lesson, ["imports", *ids], values)


def untrained():
    torch.manual_seed(0)
    return VAE().requires_grad_(False)


def distances(**others):
    """The Fréchet distances as measured, but for the others."""
    names = ("plain, N(0, I)", "plain, Gaussian", "plain, mixture", "VAE, N(0, I)")
    names += ("VAE, Gaussian", "VAE, its own clouds")
    measured = dict(zip(names, (240.0, 8.7, 1.6, 21.0, 12.0, 1.4)))
    return {"d": measured | {name: others.get(key, measured[name]) for name, key in KEYS.items()}}


KEYS = {
    "plain, N(0, I)": "far",
    "plain, mixture": "mixture",
    "VAE, N(0, I)": "vae",
    "VAE, Gaussian": "vae_gaussian",
    "VAE, its own clouds": "clouds",
}


def distance_with(covariance):
    """A Fréchet distance that sees of each covariance what the function leaves."""

    def distance(a, b):
        first, second = (covariance(torch.cov(x.T)) for x in (a, b))
        cross = torch.linalg.eigvals(first @ second).real.clamp_min(0).sqrt().sum()
        gap = (a.mean(0) - b.mean(0)).square().sum()
        return (gap + first.trace() + second.trace() - 2 * cross).item()

    return {"frechet_distance": distance}


def distance_of_means_alone():
    return distance_with(torch.zeros_like)


def distance_of_diagonals_alone():
    return distance_with(lambda c: c.diag().diag())


def distance_of_traces_alone():
    """The cross term forgotten."""
    return {"frechet_distance": lambda a, b: (torch.cov(a.T) + torch.cov(b.T)).trace().item()}


def codes_from_anywhere_do():
    return distances(far=8.7)


def mixture_no_better_than_a_gaussian():
    return distances(mixture=8.7)


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


def gradients_of(once, with_100):
    return {"once": once, "with_100": with_100}


def constant_without_effect():
    """A baseline was taken away first."""
    torch.manual_seed(0)
    draws = torch.randn(1000)
    return gradients_of((draws, 7 * draws), (draws, 7 * draws))


def constant_that_moves_both():
    torch.manual_seed(0)
    draws = torch.randn(1000)
    return gradients_of((draws, draws), (100 * draws, 100 * draws))


def untrained_vae():
    return cells("train-loss") | {"vae": untrained(), "x_test": DATA.test, "floor": 45.5}


def floor_of(nats):
    """The VAE's test error as measured, beside that floor."""
    terms = {"reconstruction": torch.tensor(80.0), "KL": torch.tensor(25.0)}
    measured = {"vae": None, "x_test": DATA.test, "negative_elbo": lambda: lambda vae, x: terms}
    return measured | {"floor": nats}


def floor_in_bits():
    return floor_of(65.6)


def vae_that_draws(power):
    """A VAE whose noise has the standard deviation exp(power · log σ²)."""

    def vae(x):
        mu, log_var = torch.zeros(2, len(x), 20) - 2
        return None, mu, log_var, mu + (power * log_var).exp() * torch.randn_like(mu)

    return {"vae": vae, "x_test": DATA.test}


def variance_for_sigma():
    return vae_that_draws(1)


def inverse_of_sigma():
    return vae_that_draws(-0.5)


def no_noise():
    return {"vae": lambda x: (None, x, x, x), "x_test": DATA.test}


def no_better_than_the_plain_decoder():
    return distances(vae=240.0)


def better_than_a_mixture():
    return distances(vae=1.0)


def only_the_width_is_wrong():
    return distances(vae_gaussian=1.4)


def decoder_to_blame():
    return distances(clouds=12.0)


def trade(*distortions):
    """Rates as measured at β = 0.1, 1, 10, beside the given distortions."""
    rates = (57.8, 21.2, 2.6)
    pairs = zip((0.1, 1, 10), rates, distortions)
    return {"found": {beta: (rate, error, 20) for beta, rate, error in pairs}}


def nats_of_code_that_buy_nothing():
    return trade(80.0, 80.0, 80.0)


def nats_of_code_that_buy_too_much():
    return trade(80.0, 180.0, 580.0)


def active(at_6, at_last):
    counts = {392: (0, 0), 6: (0, at_6), 2: (6, 3), 0.05: (100, at_last)}
    return {"silent": {v: (above, 1.0, 1.0, on) for v, (above, on) in counts.items()}}


def units_that_never_fall_silent():
    return active(at_6=20, at_last=20)


def no_repair():
    return active(at_6=0, at_last=0)


def below_the_truth(elbo, last):
    """ELBO and L₁₀₀₀ below log p(x) by the given means."""
    missing = {k: (last, 0.005) for k in (1, 5, 20, 100, 1000)}
    return {"numbers": tuple(missing), "missing": missing | {1: (elbo, 0.005)}}


def bound_that_is_no_bound():
    """Weights without log q: above log p(x)."""
    return below_the_truth(2.4, -3.0)


def more_draws_do_not_help():
    return below_the_truth(2.4, 2.4)


def encoder_without_a_gap():
    return below_the_truth(0.0, 0.0)


def kl_without_the_half():
    return {"code_kl": lambda mu, v: (mu**2 + v.exp() - 1 - v).sum(1).mean()}


def kl_without_the_one():
    return {"code_kl": lambda mu, v: (mu**2 + v.exp() - v).sum(1).mean() / 2}


def variance_for_deviation():
    return {"sample_code": lambda mu, v, eps: mu + v.exp() * eps}


def noise_that_multiplies():
    return {"sample_code": lambda mu, v, eps: mu * (0.5 * v).exp() * eps}


def logarithm_of_the_sum():
    return {"bound": lambda w: w.logsumexp(1).mean()}


def mean_of_the_logarithms():
    return {"bound": lambda w: w.mean()}


def examples_thrown_together():
    return {"bound": lambda w: w.flatten().logsumexp(0) - math.log(w.numel())}


def sigma_not_squared():
    return {"kl_weight": lambda sigma: 2 * sigma}


WRONG_MODELS = {
    "claim-frechet": [
        distance_of_means_alone,
        distance_of_diagonals_alone,
        distance_of_traces_alone,
    ],
    "claim-plain": [codes_from_anywhere_do, mixture_no_better_than_a_gaussian],
    "claim-elbo": [gap_with_its_arguments_exchanged, kl_with_its_sign_turned],
    "claim-kl": [
        log_sigma_for_log_variance,
        without_the_half,
        averaged_over_the_code,
        clamped_log_variance,
    ],
    "claim-score": [constant_without_effect, constant_that_moves_both],
    "claim-elbo-test": [untrained_vae, floor_in_bits],
    "claim-draws": [variance_for_sigma, inverse_of_sigma, no_noise],
    "claim-samples": [no_better_than_the_plain_decoder, better_than_a_mixture],
    "claim-aggregate": [only_the_width_is_wrong, decoder_to_blame],
    "claim-beta": [nats_of_code_that_buy_nothing, nats_of_code_that_buy_too_much],
    "claim-collapse": [units_that_never_fall_silent, no_repair],
    "claim-bound": [bound_that_is_no_bound, more_draws_do_not_help, encoder_without_a_gap],
    "claim-own-kl": [kl_without_the_half, kl_without_the_one],
    "claim-own-sample": [variance_for_deviation, noise_that_multiplies],
    "claim-repair": [sigma_not_squared],
    "claim-own-bound": [
        logarithm_of_the_sum,
        mean_of_the_logarithms,
        examples_thrown_together,
    ],
}
