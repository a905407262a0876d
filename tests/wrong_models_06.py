"""For each claim of notebook 06 a wrong model, under which the claim has to fail."""

import torch
from notebook_files import LESSONS, run_cells
from torch import nn

from course_utils.data import load_mnist
from course_utils.losses import contractive_penalty
from course_utils.metrics import sensitivity
from course_utils.models import Autoencoder, pca_autoencoder, tie_weights

DATA = load_mnist(train_size=600, validation_size=300, test_size=600)
DIGITS = {
    "data": DATA, "x_train": DATA.train, "x_test": DATA.test, "x_validation": DATA.validation,
}  # fmt: skip
LAMBDAS = (0, 0.5, 1.5, 5)


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the data and the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("06"))
    return run_cells(lesson, ["imports", *ids], DIGITS | values)


def layer(tied=True, scale=1.0, seed=0):
    torch.manual_seed(seed)
    model = Autoencoder((784, 32), code_activation=nn.Sigmoid)
    with torch.no_grad():
        model.encoder[0].weight.mul_(scale)
    return tie_weights(model) if tied else model


# the noise and the closed form


def norm_instead_of_its_square():
    names = cells("jacobian-code", "noise-moves")
    return names | {"norm": names["J"].square().sum((1, 2)).sqrt().mean().item()}


def mean_over_the_entries():
    names = cells("jacobian-code", "noise-moves")
    return names | {"norm": names["J"].square().mean().item()}


def slope_not_squared():
    def wrong(h, W):
        return (h * (1 - h) * W.square().sum(dim=1)).sum(dim=1).mean()

    return cells("closed-code", "closed-differences") | {"by_hand": wrong}


def slope_of_tanh():
    def wrong(h, W):
        return ((1 - h**2).square() * W.square().sum(dim=1)).sum(dim=1).mean()

    return cells("closed-code", "closed-differences") | {"by_hand": wrong}


def helper_with_all_ones():
    def wrong(model, x):
        x = x.detach().requires_grad_()
        with torch.enable_grad():
            (g,) = torch.autograd.grad(model.encode(x).sum(), x)
        return g.square().sum() / len(x)

    return cells("closed-code", "closed-differences") | {"contractive_penalty": wrong}


# the sweep


def swept(untied):
    """The sweep with this (error, ‖J‖², s) of the untied model at λ = 1.5, beside the tied one."""
    return {"measured": {"tied": {1.5: (12.0, 4.4, 0.75)}, "untied": {1.5: untied}}}


def same_with_and_without_tying():
    return swept((12.0, 4.4, 0.75))


def calmer_by_both_measures():
    return swept((10.0, 1.85, 0.6))


def sensitivity_per_unit():
    """E‖J‖² as a mean over the units: s no longer grows with the size of the code."""
    models = {k: pca_autoencoder(DATA.train, k) for k in (8, 128)}
    return {"s_of_pca": {k: sensitivity(m, DATA.test) / k for k, m in models.items()}}


def described(plain, contractive):
    return DIGITS | {
        "plain": "plain", "contractive": "contractive",
        "describe": lambda model, x: plain if model == "plain" else contractive,
    }  # fmt: skip


def penalty_off():
    return described((10.4, 10.0, 1.3), (10.4, 10.0, 1.3))


def smaller_code_only():
    """A tenth of the penalty by a code of another scale: s stays."""
    return described((10.4, 10.0, 1.3), (10.4, 1.0, 1.3))


def too_dear():
    return described((10.4, 10.0, 1.3), (22.0, 1.7, 0.4))


def noise_moves_it_as_far():
    shares = [0.003, 0.013, 0.05, 0.2, 0.7]
    return {"moved_by": {"λ = 0": shares, "λ = 1.5": shares, "σ² s": shares}, "sigmas": shares}


def probes(**percent):
    """The table of section 7 with these mean accuracies in place of the lesson's."""
    means = {
        "λ = 0": (67.0, 85.0), "λ = 5": (72.0, 88.0), "pixels": (67.0, 84.0),
        "untrained layer": (65.0, 83.0),
    } | {name.replace("_", " "): pair for name, pair in percent.items()}  # fmt: skip
    return {"read": {n: [(few, 4.0)] * 2 + [(many, 0.5)] * 2 for n, (few, many) in means.items()}}


def digits_thrown_away():
    return probes(**{"λ = 5": (66.0, 82.0)})


def as_good_as_the_pixels():
    return probes(pixels=(72.0, 88.0))


def any_layer_of_sigmoids_would_do():
    return probes(untrained_layer=(72.0, 88.0))


def no_better_for_many_labels():
    return probes(**{"λ = 0": (67.0, 88.0)})


# geometry


def all_directions_alike():
    flat = torch.ones(10, 128)
    return {"squares": {lam: flat for lam in (0, 1.5, 5)}, "chosen": 1.5}


def concentrated_without_a_penalty():
    steep = torch.exp(-torch.arange(128.0) / 10).expand(10, 128)
    return {"squares": {lam: steep for lam in (0, 1.5, 5)}, "chosen": 1.5}


def directions(tangent=6.0, own=20.0, away=6.0):
    """Sensitivities as in the lesson but for the tangents, the own rotation or another image."""
    names = ("rotate", "shift right", "shift down", "thicken")
    lambdas = (0, 1.5, 5)
    along = {n: dict.fromkeys(lambdas, tangent) for n in names}
    along["rotate"] = {0: tangent, 1.5: tangent, 5: own}
    along["towards another image"] = dict.fromkeys(lambdas, away)
    along["random"] = dict.fromkeys(lambdas, 1.0)
    others = {"rotate": dict.fromkeys(lambdas, 7.0)}
    return {"along": along, "others": others, "J": dict.fromkeys(lambdas)}


def tangents_like_any_direction():
    return directions(tangent=1.0)


def same_sheet_at_every_image():
    return directions(own=7.0)


def tangents_only():
    """As the legend has it: the way to another digit is a direction like any other."""
    return directions(away=1.0)


# the estimator


def estimates_of(draw):
    """300 estimates of a tenth-sized problem with another kind of random vector."""
    torch.manual_seed(0)
    A = torch.randn(8, 20).expand(100, 8, 20)  # much alike, as Jacobians of one network are
    gram = A @ A.mT
    off = gram - torch.diag_embed(gram.diagonal(dim1=1, dim2=2))
    exact = A.square().sum() / 100
    v = draw((300, 100, 8))
    estimates = torch.einsum("anj,njk,ank->a", v, gram, v) / 100
    variance = 2 * off.square().sum((1, 2)).mean() / 100
    return {"exact": exact, "estimates": estimates, "variance": variance}


def signs(shape):
    return torch.randint(0, 2, shape) * 2.0 - 1


def uniform_vectors():
    return estimates_of(torch.rand)


def gaussian_vectors():
    """Unbiased, but with more variance than the formula for signs says."""
    return estimates_of(torch.randn)


def one_vector_for_the_batch():
    return estimates_of(lambda shape: signs((shape[0], 1, shape[2])).expand(shape))


# denoising


def expansion(exact, at_last=0.7):
    """Noise adds 42 times its variance; of the largest noise at_last of that."""
    names = ("plain", "contractive", "denoising, σ = 0.34")
    return {
        "three": dict.fromkeys(names),
        "added": {n: [42, 42, 42 * at_last] for n in names},
        "exact_terms": {n: (exact, 0.1) for n in names},
    }


def jacobian_of_the_encoder():
    return expansion(exact=10)


def noise_that_is_small_at_every_size():
    return expansion(exact=42, at_last=1)


def at_equal_error(R, J):
    """‖R‖² and ‖J‖² of denoising, beside a contractive model of the same error."""
    return {"values": {"contractive": {0.5: (8.3, 40, 8.7)}, "denoising": {0.34: (8.3, R, J)}}}


def contracts_what_the_other_asks_for():
    return at_equal_error(R=44, J=8.0)


def one_method_under_two_names():
    return at_equal_error(R=40, J=8.7)


# solutions


def solved(**answers):
    torch.manual_seed(0)
    model = Autoencoder((784, 64), code_activation=nn.Sigmoid)
    x = DATA.test[:100]
    W, b = (p.detach() for p in model.encoder.parameters())
    with torch.no_grad():
        h = model.encode(x)
        ours = (h * (1 - h))[:, :, None] * W
        penalty = contractive_penalty(model, x)
    known = {"model": model, "x": x, "W": W, "b": b, "ours": ours, "penalty": penalty}
    return known | answers


def jacobian_of_a_linear_layer():
    return {"layer_jacobian": lambda x, W, b: W.expand(len(x), *W.shape)}


def penalty_on_the_decoder():
    def wrong(x, W, b, V, c, lam):
        h = torch.sigmoid(x @ W.T + b)
        error = (x - (h @ V.T + c)).square().sum(dim=1)
        return (error + lam * (h * (1 - h)).square() @ V.square().sum(0)).mean()

    return solved(contractive_loss=wrong)


def square_of_the_penalty():
    def wrong(x, W, b, V, c, lam):
        h = torch.sigmoid(x @ W.T + b)
        error = (x - (h @ V.T + c)).square().sum(dim=1)
        penalty = ((h * (1 - h)).square() @ W.square().sum(1)).square()
        return (error + lam * penalty).mean()

    return solved(contractive_loss=wrong)


def spectrum_of_the_weights():
    return solved(layer_spectrum=lambda h, lengths: lengths.sort(descending=True).values)


def orthogonal_weights():
    """The rows that are called random are orthogonal, too."""

    def right(h, lengths):
        return (h * (1 - h) * lengths).sort(descending=True).values

    return solved(W=nn.init.orthogonal_(torch.empty(64, 784)), layer_spectrum=right)


def all_ones():
    def wrong(pull_back, signs):
        return pull_back(torch.ones(signs.shape[1])).square().sum()

    return solved(estimate_norm=wrong)


def estimated(jacobian):
    """The estimate is right, but for an unusual Jacobian."""

    def right(pull_back, rows):
        return torch.stack([pull_back(row).square().sum() for row in rows]).mean()

    return {"ours": jacobian[None], "estimate_norm": right}


def one_pixel_per_unit():
    """Without anything off the diagonal even all ones are right."""
    return estimated(torch.eye(64, 784))


def settings_for_errors(error, errors_a, values_a, errors_b, values_b):
    """Each method at the setting that comes nearest."""
    a, b = ((errors - error).abs().argmin() for errors in (errors_a, errors_b))
    return values_a[a] / values_b[b]


def nearest_settings():
    return {"ratio_at_equal_error": settings_for_errors}


WRONG_MODELS = {
    "claim-noise": [norm_instead_of_its_square, mean_over_the_entries],
    "claim-closed": [slope_not_squared, slope_of_tanh, helper_with_all_ones],
    "claim-loophole": [same_with_and_without_tying, calmer_by_both_measures],
    "claim-size": [sensitivity_per_unit],
    "claim-trade": [penalty_off, smaller_code_only, too_dear],
    "claim-codes": [noise_moves_it_as_far],
    "claim-probe": [
        digits_thrown_away, as_good_as_the_pixels, any_layer_of_sigmoids_would_do,
        no_better_for_many_labels,
    ],
    "claim-spectrum": [all_directions_alike, concentrated_without_a_penalty],
    "claim-tangents": [tangents_like_any_direction, tangents_only, same_sheet_at_every_image],
    "claim-estimator": [uniform_vectors, gaussian_vectors, one_vector_for_the_batch],
    "claim-bishop": [jacobian_of_the_encoder, noise_that_is_small_at_every_size],
    "claim-equal": [contracts_what_the_other_asks_for, one_method_under_two_names],
    "claim-jacobian": [jacobian_of_a_linear_layer],
    "claim-loss": [penalty_on_the_decoder, square_of_the_penalty],
    "claim-layer-spectrum": [spectrum_of_the_weights, orthogonal_weights],
    "claim-estimate": [all_ones, one_pixel_per_unit],
    "claim-match": [nearest_settings],
}  # fmt: skip
