"""For each claim of notebook 01 a wrong model, under which the claim has to fail."""

import torch
from torch import nn

from course_utils.data import bent_curve, load_mnist
from course_utils.models import Autoencoder, Output, pca_autoencoder

DATA = load_mnist(train_size=3000, validation_size=1, test_size=500)
MEAN = DATA.train.mean(0)
CENTRED, CENTRED_TEST = DATA.train - MEAN, DATA.test - MEAN
EIGENVALUES = torch.linalg.eigvalsh(torch.cov(CENTRED.T, correction=0)).flip(0)


def mean_over_the_features_too():
    x = torch.rand(5, 784)
    return {"x": x, "x_hat": torch.rand(5, 784), "squared_error": nn.functional.mse_loss}


def images_not_flattened():
    """The sum over dim=1 is then one over the 28 rows."""
    return {"x": torch.rand(5, 28, 28), "x_hat": torch.rand(5, 28, 28)}


def pca_with_one_component_less():
    return {
        "eigenvalues": EIGENVALUES, "centred": CENTRED,
        "pca_autoencoder": lambda x, k: pca_autoencoder(x, k - 1),
    }  # fmt: skip


def eigenvalues_without_centring():
    values = torch.linalg.eigvalsh(DATA.train.T @ DATA.train / len(DATA.train)).flip(0)
    return {"eigenvalues": values, "centred": CENTRED}


def untrained_linear():
    return {
        "train_linear": lambda k: Autoencoder((784, k)),
        "centred": CENTRED, "centred_test": CENTRED_TEST,
    }  # fmt: skip


def pca_subspace_but_an_untrained_encoder():
    """The angle alone is right: the error has to be part of the claim."""

    def half_trained(k):
        model = pca_autoencoder(CENTRED, k)
        nn.init.normal_(model.encoder[0].weight, std=0.1)
        return model

    return untrained_linear() | {"train_linear": half_trained}


def spectrum_without_a_step():
    return {"eigenvalues": torch.ones(784)}


def spectrum_that_falls_at_every_step():
    """By a tenth: a swap costs over 1 % after the eighth value, too."""
    return {"eigenvalues": 0.9 ** torch.arange(784.0)}


def decoder_that_is_pca():
    components = pca_autoencoder(CENTRED, 6).decoder[0].weight.T
    return {"columns": components, "components": components}


def linear_curve():
    points, _ = bent_curve(300)
    line = pca_autoencoder(points, 1)
    return {"line": line, "curve": line, "test_points": points}


def linear_digits():
    pca = pca_autoencoder(DATA.train, 2)
    return {"pca2": pca, "ae2": pca, "x_test": DATA.test}


def no_better_than_pca():
    errors = {"PCA": [44, 37, 29, 21, 13, 7], "autoencoder": [44, 37, 29, 21, 13, 7]}
    return {"widths": [2, 4, 8, 16, 32, 64], "errors": errors}


def better_at_every_width():
    errors = {"PCA": [44, 37, 29, 21, 13, 7], "autoencoder": [40, 30, 20, 10, 9, 5]}
    return {"widths": [2, 4, 8, 16, 32, 64], "errors": errors}


def wide(model):
    return {
        "wide": model, "mean": MEAN, "x_test": DATA.test,
        "upright": DATA.test, "upside_down": DATA.test.flip(1), "inverted": 1 - DATA.test,
    }  # fmt: skip


def narrow():
    return wide(pca_autoencoder(DATA.train, 32))


class ByHeart(nn.Module):
    """Returns the most similar of the images it knows."""

    def forward(self, x):
        return Output(DATA.test[torch.cdist(x, DATA.test).argmin(dim=1)], x)


def digits_known_by_heart():
    return wide(ByHeart())


def trained_on_inverted_digits_too():
    return wide(pca_autoencoder(torch.cat([DATA.train, 1 - DATA.train]), 300))


def index(model):
    return {"index": model, "few": DATA.train[:20], "x_test": DATA.test}


def untrained_index():
    return index(Autoencoder((784, 32, 1)))


def a_code_of_300_units():
    return index(pca_autoencoder(DATA.train, 300))


def miscounted():
    return {"bottleneck_size": lambda sizes: (sizes[0] / sizes[-1], 2 * sum(sizes))}


def without_the_square_root():
    def weight(x, shifted, mean):
        return (x - shifted).square().sum(1) / (x - mean).square().sum(1)

    return {"fading_weight": weight}


WRONG_MODELS = {
    "claim-loss": [mean_over_the_features_too, images_not_flattened],
    "claim-discarded": [pca_with_one_component_less, eigenvalues_without_centring],
    "claim-linear-6": [untrained_linear, pca_subspace_but_an_untrained_encoder],
    "claim-linear-8": [untrained_linear],
    "claim-swap": [spectrum_without_a_step, spectrum_that_falls_at_every_step],
    "claim-columns": [decoder_that_is_pca],
    "claim-curve": [linear_curve],
    "claim-two-numbers": [linear_digits],
    "claim-sweep": [no_better_than_pca, better_at_every_width],
    "claim-wide": [narrow, digits_known_by_heart, trained_on_inverted_digits_too],
    "claim-memory": [untrained_index, a_code_of_300_units],
    "claim-size": [miscounted],
    "claim-fading": [without_the_square_root],
}
