"""For each claim of notebook 06 a wrong model, under which the claim has to fail."""

import torch
from notebook_files import LESSONS, run_cells
from torch import nn

from course_utils.data import load_mnist
from course_utils.losses import contractive_penalty
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
    names = cells("jacobian-code")
    return names | {"J": names["J"] / names["J"].square().sum((1, 2), keepdim=True) ** 0.25}


def mean_over_the_entries():
    names = cells("jacobian-code")
    return names | {"J": names["J"] / (128 * 784) ** 0.5}


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


# the cost


def costs(exact, slow):
    def passes(n_in, code):
        return {"closed form": 1, "projection": 2, "exact": exact(code)}

    return {"passes": passes, "by_code": {"exact": [1.0, slow], "closed form": [1.0, 1.0]}}


def one_pass_for_all_units():
    return costs(lambda code: 2, 100.0)


def as_fast_as_the_closed_form():
    return costs(lambda code: code + 1, 1.0)


# the sweep


TIED = [(6.0, 17.0, 2.0), (8.0, 9.0, 1.2), (12.0, 4.4, 0.75), (17.0, 1.7, 0.44)]


def swept(at_0, at_1_5, shrinking=0.3):
    """The sweep with these (error, ‖J‖², s) of the untied model, its encoder shrunk."""
    untied = [at_0, (8.0, 4.0, 1.6), at_1_5, (14.0, 0.7, 0.8)]
    rows = {
        name: dict(zip(LAMBDAS, values))
        for name, values in (("tied", TIED), ("untied", untied))
    }  # fmt: skip
    models = {0: layer(tied=False), 1.5: layer(tied=False, scale=shrinking)}
    return cells("loophole-code", measured=rows) | {"untied": models, "measured": rows}


def same_with_and_without_tying():
    return swept(TIED[0], TIED[2])


def calmer_by_both_measures():
    return swept((6.0, 40.0, 8.0), (10.0, 1.85, 0.6))


def decoder_no_longer_than_before():
    return swept((6.0, 40.0, 8.0), (10.0, 1.85, 1.1), shrinking=1.0)


def tying_alone_does_nothing():
    return swept((6.0, 10.0, 2.0), (10.0, 1.85, 1.1))


def code_as_wide_as_before():
    return swept((6.0, 24.0, 8.0), (10.0, 2.0, 1.0))


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


def moved(before, after, predicted):
    return {"moved_by": {"λ = 0": before, "λ = 1.5": after, "σ² s at λ = 0": predicted}}


def noise_moves_it_as_far():
    shares = [0.003, 0.013, 0.05, 0.2, 0.7]
    return moved(shares, shares, shares)


def prediction_from_the_penalty():
    """‖J‖² in the place of s."""
    shares = [0.003, 0.013, 0.05, 0.2, 0.7]
    return moved(shares, [a / 2 for a in shares], [7.5 * a for a in shares])


def linear_at_every_distance():
    shares = [0.003, 0.013, 0.05, 0.2, 0.7]
    return moved(shares, [a / 2 for a in shares], shares)


def probes(few, plain, strong, error):
    means = {
        "pixels": [63.0, 67.0, 83.6, 84.4],  # 100 and 1,000 labels, each scaled and as they are
        "λ = 0": [67.0, 67.0, 83.5, plain],
        "λ = 5": [few, few, strong, strong],
    }
    read = {name: [(mean, 0.5) for mean in values] for name, values in means.items()}
    return {"read": read, "errors": {0: 10.0, 5: error}}


def digits_thrown_away():
    return probes(72.0, 84.0, 82.0, 22.0)


def as_good_as_the_pixels():
    """Ahead of the standardised pixels only."""
    return probes(67.5, 84.0, 88.0, 22.0)


def no_better_for_the_probe():
    """Ahead of the standardised code without penalty only."""
    return probes(72.0, 87.5, 88.0, 22.0)


def gain_for_nothing():
    return probes(72.0, 84.0, 88.0, 11.0)


# geometry


def looked_at(models):
    """The geometry of three models, as the lesson computes it."""
    tied = dict(zip((0, 1.5, 5), models))
    names = cells("spectrum-code", tied=tied, chosen=1.5)
    return cells("tangent-code", **names, tangents=names["tangent_vectors"](names["looked_at"]))


def untrained_three_times():
    return looked_at([layer(seed=seed) for seed in range(3)])


def all_directions_alike():
    flat = torch.ones(10, 128)
    return {"squares": {lam: flat for lam in (0, 1.5, 5)}, "chosen": 1.5}


def concentrated_without_a_penalty():
    steep = torch.exp(-torch.arange(128.0) / 10).expand(10, 128)
    return {"squares": {lam: steep for lam in (0, 1.5, 5)}, "chosen": 1.5}


def directions(another, own):
    """Sensitivities as in the lesson but for the way to another image and the own rotation."""
    names = ("rotate", "shift right", "shift down", "thicken")
    along = {n: {0: 6.0, 1.5: 9.0, 5: 20.0} for n in names}
    along |= {"towards another image": another, "random": {0: 1.0, 1.5: 1.0, 5: 1.0}}
    others = {"rotate": {k: along["rotate"][k] / own[k] for k in (0, 5)}}
    return {"along": along, "others": others, "tangents": dict.fromkeys(names), "chosen": 1.5}


def tangents_only():
    """As the legend has it: another digit is a direction like any other."""
    return directions({0: 1.0, 1.5: 1.0, 5: 1.0}, own={0: 1.05, 5: 3.3})


def same_sheet_at_every_image():
    return directions({0: 5.3, 1.5: 9.4, 5: 30.0}, own={0: 1.0, 5: 1.0})


def own_sheet_without_a_penalty():
    return directions({0: 5.3, 1.5: 9.4, 5: 30.0}, own={0: 3.3, 5: 3.3})


# the estimator, the deep encoder


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


def deep_without_a_penalty():
    torch.manual_seed(0)
    model = Autoencoder((784, 16, 8), nn.Tanh, nn.Sigmoid)
    return DIGITS | {"deep_plain": model, "deep_contractive": model}


def calmer_because_it_is_narrower():
    """Two units in place of eight: a smaller s, and more than 1.3 times the error."""
    plain, narrow = (pca_autoencoder(DATA.train, k) for k in (8, 2))
    return DIGITS | {"deep_plain": plain, "deep_contractive": narrow}


# denoising


def expansion(first, exact, at_last=0.7):
    """The first three noises add the same; the last one at_last of it."""
    names = ("plain", "contractive", "denoising, σ = 0.3")
    return {
        "three": dict.fromkeys(names),
        "added": {n: [a, a, a, at_last * a] for n, a in zip(names, first)},
        "exact_terms": dict(zip(names, exact)),
    }


def jacobian_of_the_encoder():
    return expansion((42, 18, 21), ((10, 0.1), (4.4, 0.1), (5, 0.1)))


def large_laplacian():
    return expansion((42, 18, 24), ((21, 21), (9, 9), (12, 12)))


def noise_that_is_small_at_every_size():
    return expansion((42, 18, 21), ((42, 0.1), (18, 0.1), (21, 0.1)), at_last=1)


def denoising_does_not_contract():
    return expansion((42, 18, 42), ((42, 0.1), (18, 0.1), (42, 0.1)))


def calm_code_behind_a_steep_decoder():
    return expansion((42, 42, 21), ((42, 0.1), (42, 0.1), (21, 0.1)))


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

    def right(pull_back, signs):
        return sum(pull_back(v).square().sum() for v in signs) / len(signs)

    return {"ours": jacobian[None], "estimate_norm": right}


def one_pixel_per_unit():
    """Without anything off the diagonal even all ones are right."""
    return estimated(torch.eye(64, 784))


def units_all_alike():
    return estimated(torch.rand(784).expand(64, 784))


WRONG_MODELS = {
    "claim-noise": [norm_instead_of_its_square, mean_over_the_entries],
    "claim-closed": [slope_not_squared, slope_of_tanh, helper_with_all_ones],
    "claim-cost": [one_pass_for_all_units, as_fast_as_the_closed_form],
    "claim-loophole": [
        same_with_and_without_tying, calmer_by_both_measures, decoder_no_longer_than_before,
        tying_alone_does_nothing, code_as_wide_as_before,
    ],
    "claim-trade": [penalty_off, smaller_code_only, too_dear],
    "claim-codes": [
        noise_moves_it_as_far, prediction_from_the_penalty, linear_at_every_distance,
    ],
    "claim-probe": [
        digits_thrown_away, as_good_as_the_pixels, no_better_for_the_probe, gain_for_nothing,
    ],
    "claim-spectrum": [all_directions_alike, concentrated_without_a_penalty],
    "claim-tangents": [
        untrained_three_times, tangents_only, same_sheet_at_every_image,
        own_sheet_without_a_penalty,
    ],
    "claim-estimator": [uniform_vectors, gaussian_vectors, one_vector_for_the_batch],
    "claim-deep": [deep_without_a_penalty, calmer_because_it_is_narrower],
    "claim-bishop": [
        jacobian_of_the_encoder, large_laplacian, denoising_does_not_contract,
        noise_that_is_small_at_every_size, calm_code_behind_a_steep_decoder,
    ],
    "claim-jacobian": [jacobian_of_a_linear_layer],
    "claim-loss": [penalty_on_the_decoder, square_of_the_penalty],
    "claim-layer-spectrum": [spectrum_of_the_weights, orthogonal_weights],
    "claim-estimate": [all_ones, one_pixel_per_unit, units_all_alike],
}  # fmt: skip
