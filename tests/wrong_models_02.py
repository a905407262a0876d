"""For each claim of notebook 02 a wrong model, under which the claim has to fail."""

import copy

import torch
from notebook_files import LESSONS, run_cells
from torch import nn
from torch.nn import functional as F

from course_utils.data import load_mnist
from course_utils.metrics import active_units
from course_utils.models import Autoencoder, pca_autoencoder, unit_norm_columns

DATA = load_mnist(train_size=2000, validation_size=500, test_size=500)
VARIANCE = (DATA.test - DATA.train.mean(0)).square().sum(1).mean().item()
DIGITS = {"data": DATA, "x_train": DATA.train, "x_test": DATA.test, "variance": VARIANCE}


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the data and the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("02"))
    return run_cells(lesson, ["imports", *ids], DIGITS | values)


def untrained(units=64):
    torch.manual_seed(0)
    return Autoencoder((784, units), code_activation=nn.ReLU)


def untrained_unit_norm():
    model = untrained()
    unit_norm_columns(model.decoder[-1])
    return model


def untrained_wide():
    return DIGITS | {"free": untrained(1024)}


def narrow():
    """A good copy, but not by an overcomplete code."""
    return DIGITS | {"free": pca_autoencoder(DATA.train, 200)}


def price_without_absolute_values():
    return {"l1_activation": lambda h: h.sum(dim=1).mean()}


def price_summed_over_the_batch():
    return {"l1_activation": lambda h: h.abs().sum()}


def active_above_a_tenth():
    return {"active_units": lambda h: active_units(h, threshold=0.1)}


def columns():
    return cells("soft-code", "soft-columns")


def threshold_lambda():
    return columns() | {"formula": lambda z, lam: (z - lam).relu()}


def all_columns_orthonormal():
    names = columns()
    return names | {"general": names["orthonormal"]}


def three_steps_for_general_columns():
    names = columns()

    def wrong(x, D, lam, steps=1000):
        return names["best_code"](x, D, lam, 3 + steps - 1000 if D is names["general"] else steps)

    return names | {"best_code": wrong}


def both(on_activations, on_weights):
    """What the claim on activations sees of two models."""
    return cells("weights-table", on_activations=on_activations, on_weights=on_weights)


def penalty_on_the_weights_twice():
    return both(untrained(), untrained())


def unequal_errors():
    """The shares are right, the errors are not matched."""
    sparse, dense = untrained(), untrained()
    with torch.no_grad():
        for model, shift in ((sparse, -0.3), (dense, 3.0)):
            model.encoder[0].bias += shift
        dense.decoder[0].weight *= 3
    return both(sparse, dense)


def listing_repaired():
    names = cells("listing", "listing-loop", "measure", "repaired")
    return names | {"listing_loss": names["repaired_loss"]}


def batch_size_left_in(x_hat, x, h, lam=0.3):
    return F.mse_loss(x_hat, x) + lam * h.abs().sum() / 784


def half_repaired_training():
    names = cells("listing", "listing-loop", "measure")
    return cells("repaired-train", **names | {"repaired_loss": batch_size_left_in})


def repaired(at_32, at_256):
    """Test error and active units of the two trainings, as they might have been measured."""
    names = ("error32", "active32", "error256", "active256")
    return DIGITS | dict(zip(names, at_32 + at_256))


def too_few_steps_at_batch_256():
    return repaired((18.3, 20.5), (27.5, 21.0))


def penalty_that_grows_with_the_batch():
    return repaired((18.3, 20.5), (20.0, 9.0))


def already_unit_norm():
    return cells("soft-columns", "loophole", on_activations=untrained_unit_norm())


def squares_for_absolute_values():
    names = cells("soft-columns", "loophole", on_activations=untrained())
    ratio = names["before"].code.square().sum() / names["after"].code.square().sum()
    return names | {"ratio": ratio.item()}


def penalty_off():
    model = untrained()
    return cells("columns-in-use", on_activations=model, free=model)


def lambda_without_effect():
    return cells("sweep-measure", sweep={lam: untrained() for lam in (0, 0.1, 0.3, 1.0)})


def sparser_but_not_at_the_price_of_error():
    models = {lam: untrained(units) for lam, units in ((0, 64), (0.1, 32), (0.3, 16))}
    for model in models.values():
        nn.init.zeros_(model.decoder[0].weight)
        nn.init.zeros_(model.decoder[0].bias)
    return cells("sweep-measure", sweep=models)


def beside_pca(network):
    return cells("noise-code", pairs={0.3: (network, pca_autoencoder(DATA.train, 40))})


def network_is_the_pca():
    return beside_pca(pca_autoencoder(DATA.train, 40))


def errors_not_matched():
    return beside_pca(untrained())


def not_revived():
    model = untrained()
    return cells("dead-count", sweep={}, control=model, revived=copy.deepcopy(model))


def beside(rival, revived):
    return DIGITS | {"rival": rival, "revived": revived}


def rival_with_more_error():
    return beside(pca_autoencoder(DATA.train, 10), pca_autoencoder(DATA.train, 50))


def rival_with_more_active_units():
    return beside(pca_autoencoder(DATA.train, 50), pca_autoencoder(DATA.train, 10))


def penalty_summed_over_the_batch():
    def wrong(x_hat, x, h, weight, lam):
        return (x_hat - x).square().sum(1).mean() + lam * h.abs().sum()

    return {"sparse_loss": wrong}


def penalty_without_absolute_values():
    def wrong(x_hat, x, h, weight, lam):
        return (x_hat - x).square().sum(1).mean() + lam * h.sum(1).mean()

    return {"sparse_loss": wrong}


def solution_threshold_lambda():
    return {"soft_threshold": lambda z, lam, length: (z - lam).relu() / length**2}


def solution_for_length_one():
    return {"soft_threshold": lambda z, lam, length: (z - lam / 2).relu()}


def solution_half_repaired():
    def right(x_hat, x, h, weight, lam):
        return (x_hat - x).square().sum(1).mean() + lam * h.abs().sum(1).mean()

    def left_in(x_hat, x, h, lam):
        return F.mse_loss(x_hat, x, reduction="sum") / 2 + lam / 2 * h.abs().mean()

    return {"sparse_loss": right, "my_repaired_loss": left_in}


def solution_without_lengths():
    def wrong(x_hat, x, h, columns, lam):
        return (x_hat - x).square().sum(1).mean() + lam * h.abs().sum(1).mean()

    return {"scale_free_loss": wrong}


WRONG_MODELS = {
    "claim-copy": [untrained_wide, narrow],
    "claim-by-hand": [
        price_without_absolute_values,
        price_summed_over_the_batch,
        active_above_a_tenth,
    ],
    "claim-soft": [threshold_lambda, all_columns_orthonormal, three_steps_for_general_columns],
    "claim-activations": [penalty_on_the_weights_twice, unequal_errors],
    "claim-dies": [listing_repaired],
    "claim-repaired": [
        half_repaired_training,
        too_few_steps_at_batch_256,
        penalty_that_grows_with_the_batch,
    ],
    "claim-loophole": [already_unit_norm, squares_for_absolute_values],
    "claim-columns-grow": [penalty_off],
    "claim-sweep": [lambda_without_effect, sparser_but_not_at_the_price_of_error],
    "claim-noise": [network_is_the_pca, errors_not_matched],
    "claim-revive": [not_revived],
    "claim-price": [rival_with_more_error, rival_with_more_active_units],
    "claim-loss-helpers": [penalty_summed_over_the_batch, penalty_without_absolute_values],
    "claim-soft-grid": [solution_threshold_lambda, solution_for_length_one],
    "claim-repair": [solution_half_repaired],
    "claim-scale-free": [solution_without_lengths],
}
