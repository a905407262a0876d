"""For each claim of notebook 01 a wrong model, under which the claim has to fail."""

import torch
from torch import nn

from course_utils.data import bent_curve, load_mnist
from course_utils.metrics import largest_principal_angle, reconstruction_error
from course_utils.models import Autoencoder, pca_autoencoder

DATA = load_mnist(train_size=3000, validation_size=1, test_size=500)
MEAN = DATA.train.mean(0)
CENTRED, CENTRED_TEST = DATA.train - MEAN, DATA.test - MEAN
EIGENVALUES = torch.linalg.eigvalsh(torch.cov(CENTRED.T, correction=0)).flip(0)


def pca_with_one_component_less():
    return {
        "eigenvalues": EIGENVALUES, "x_train": DATA.train,
        "pca_autoencoder": lambda x, k: pca_autoencoder(x, k - 1),
    }  # fmt: skip


def eigenvalues_without_centring():
    values = torch.linalg.eigvalsh(DATA.train.T @ DATA.train / len(DATA.train)).flip(0)
    return {"eigenvalues": values, "x_train": DATA.train}


def pca_without_centring():
    """PCA of x and −x together, whose mean is 0."""
    return {
        "eigenvalues": EIGENVALUES, "x_train": DATA.train,
        "pca_autoencoder": lambda x, k: pca_autoencoder(torch.cat([x, -x]), k),
    }  # fmt: skip


def runs(errors=(0.01, 0.02), angles6=(1.6, 2.2), angles8=(3.1, 20.0)):
    """What the cell before measures, with errors and angles as in trained runs or as given."""
    return {"excess6": errors, "excess8": errors, "angles6": angles6, "angles8": angles8}


def untrained_linear():
    pca = pca_autoencoder(CENTRED, 6)
    models = [Autoencoder((784, 6)) for _ in range(2)]
    best = reconstruction_error(pca, CENTRED_TEST)
    columns = pca.decoder[0].weight
    return runs(
        [100 * (reconstruction_error(m, CENTRED_TEST) / best - 1) for m in models],
        [largest_principal_angle(m.decoder[0].weight, columns) for m in models],
    )


def pca_subspace_but_an_untrained_encoder():
    """The angle alone is right: the error has to be part of the claim."""
    return runs(errors=(30.0, 40.0))


def right_error_in_another_subspace():
    return runs(angles6=(1.6, 60.0))


def spectrum_without_a_step():
    return {"eigenvalues": torch.ones(784)}


def spectrum_that_falls_at_every_step():
    """By a tenth: a swap costs over 1 % after the eighth value, too."""
    return {"eigenvalues": 0.9 ** torch.arange(784.0)}


def decoder_that_is_pca():
    components = pca_autoencoder(CENTRED, 6).decoder[0].weight.T
    return {"columns": components, "components": components}


def random_decoder():
    components = pca_autoencoder(CENTRED, 6).decoder[0].weight.T
    columns = nn.functional.normalize(torch.randn(6, 784))
    return {"columns": columns, "components": components}


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


def wider_layer_no_better_than_pca():
    return {"hidden_errors": {(512, 0.003): 7.1}, "pca_error": 7.1}


def rivals(wide, narrow):
    """What the cell before finds: model → its share of the variance of upside-down digits."""
    models = {"autoencoder, k = 784": wide, "autoencoder, k = 16": narrow}
    return {"shares": {name: share_left(model) for name, model in models.items()}}


def share_left(model):
    turned = DATA.test.flip(1)
    variance = (turned - turned.mean(0)).square().sum(1).mean().item()
    return reconstruction_error(model, turned) / variance


PCA_16, PCA_160 = pca_autoencoder(DATA.train, 16), pca_autoencoder(DATA.train, 160)


def narrow_code_in_place_of_the_wide():
    return rivals(PCA_16, PCA_16)


def room_for_everything_in_both():
    return rivals(PCA_160, PCA_160)


def index(model):
    return {"index": model, "few": DATA.train[:20], "x_test": DATA.test}


def untrained_index():
    return index(Autoencoder((784, 32, 1)))


def a_code_of_300_units():
    return index(pca_autoencoder(DATA.train, 300))


def columns_taken_as_components():
    """The variances along the columns, not those of the components in their span."""
    return {"found": torch.tensor([5.0, 3.0]), "eigenvalues": torch.tensor([5.2, 3.6])}


def miscounted():
    return {"bottleneck_size": lambda sizes: (sizes[0] / sizes[-1], 2 * sum(sizes))}


def without_the_square_root():
    def weight(x, shifted, mean):
        return (x - shifted).square().sum(1) / (x - mean).square().sum(1)

    return {"fading_weight": weight}


WRONG_MODELS = {
    "claim-discarded": [
        pca_with_one_component_less, eigenvalues_without_centring, pca_without_centring
    ],
    "claim-linear-6": [
        untrained_linear, pca_subspace_but_an_untrained_encoder, right_error_in_another_subspace
    ],
    "claim-linear-8": [untrained_linear, pca_subspace_but_an_untrained_encoder],
    "claim-swap": [spectrum_without_a_step, spectrum_that_falls_at_every_step],
    "claim-columns": [decoder_that_is_pca, random_decoder],
    "claim-curve": [linear_curve],
    "claim-two-numbers": [linear_digits],
    "claim-sweep": [no_better_than_pca, better_at_every_width],
    "claim-hidden": [wider_layer_no_better_than_pca],
    "claim-wide": [narrow_code_in_place_of_the_wide, room_for_everything_in_both],
    "claim-memory": [untrained_index, a_code_of_300_units],
    "claim-unmix": [columns_taken_as_components],
    "claim-size": [miscounted],
    "claim-fading": [without_the_square_root],
}  # fmt: skip
