"""What is refused at the door: every public function × the wrong kinds of each argument, by name.

CALLS holds a right call of every public function of the helpers, and for each of its arguments the
kinds of wrong values that it must refuse, by an error that names the argument.
"""

import inspect
import math
import re

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

from course_utils import claims, corruption, data, losses, metrics, models, plots, training

MODULES = (data, corruption, models, losses, training, metrics, plots, claims)


class Frozen:
    """An encoder whose codes do not depend on x."""

    def encode(self, x):
        return torch.zeros(len(x), 2, requires_grad=True)


def tensor(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def spoilt(value):
    """Right values but for one."""
    x = tensor(6, 4)
    x[3, 2] = value
    return x


X, H, SCORES, IMAGES = tensor(6, 4), tensor(6, 3), tensor(30), tensor(6, 64)
LABELS = torch.tensor([0, 1, 0, 1, 0, 1])
torch.manual_seed(0)
NET, VAE, LINEAR = models.Autoencoder((4, 3)), models.VAE((4, 3, 2)), nn.Linear(4, 3)
SMALL = models.Autoencoder((64, 3))
CONVOLUTIONS = models.ConvolutionalAutoencoder((1, 3), 2)


def squared(model, x):
    return {"error": losses.squared_error(model(x).x_hat, x)}


# What students hand in where a tensor of floating-point numbers belongs.
KINDS = {
    "a list": [[0.5, 0.5], [0.5, 0.5]],
    "an array": np.full((6, 4), 0.5),
    "a number": 0.5,
    "nothing": None,
    "whole numbers": torch.ones(6, 4, dtype=torch.int64),
    "no examples": torch.zeros(0, 4),
    "no features": torch.zeros(6, 0),
}
BATCH = KINDS | {"one example without a batch": torch.full((4,), 0.5)}
ROWS = BATCH | {"images with three axes": torch.full((6, 2, 2), 0.5)}
NOT_FINITE = {"a nan": spoilt(math.nan), "infinity": spoilt(math.inf), "−∞": spoilt(-math.inf)}
OUTSIDE = {"one below 0": spoilt(-0.1), "one above 1": spoilt(1.1)}
OTHER = {"another shape": torch.full((3, 4), 0.5), "a shape that broadcasts": tensor(6, 1)}
VECTOR = KINDS | {"a matrix": X, "nan": torch.tensor([0.5, math.nan]), "no scores": X[0, :0]}
NOT_SQUARE = {"images that are not square": tensor(6, 65)}
IMAGE = ROWS | NOT_FINITE | NOT_SQUARE
NO_NUMBER = {"a word": "0.1", "nothing": None, "a flag": True, "nan": math.nan, "inf": math.inf}
NOT_NEGATIVE = NO_NUMBER | {"below 0": -0.1}
POSITIVE = NOT_NEGATIVE | {"zero": 0.0}
SHARE = NOT_NEGATIVE | {"above 1": 1.1}
OPEN_SHARE = SHARE | {"zero": 0.0, "one": 1.0}
COUNT = {"a float": 2.0, "a word": "2", "nothing": None, "a flag": True, "zero": 0, "below 0": -1}
SEED = {kind: value for kind, value in COUNT.items() if kind != "zero"}
WIDTHS = {"one number": 4, "one width": (4,), "a float": (4, 2.0), "zero": (4, 0), "a word": "42"}
LAYERS = {"a layer": nn.ReLU(), "a word": "relu", "nothing": None}
NO_ENCODER = {"a layer": nn.Linear(4, 3), "a function": torch.sigmoid, "nothing": None}
NO_MODEL = {"nothing": None, "a function": torch.sigmoid}
INPUT = {
    "float64": tensor(6, 4).double(),
    "whole numbers": torch.ones(6, 4, dtype=torch.int64),
    "another width": tensor(6, 5),
    "turned": tensor(4, 6),
    "an array": np.full((6, 4), 0.5),
    "a list": [0.5] * 4,
}
MAPS = {
    "float64": IMAGES.double(),
    "whole numbers": IMAGES.to(torch.int64),
    "an array": IMAGES.numpy(),
    "a list": [0.5] * 64,
    "a number": torch.tensor(0.5),
    "not square": tensor(6, 60),
    "of another kind": tensor(6, 63),
}
CODE = {kind: x[:, :3] for kind, x in INPUT.items() if kind in ("float64", "whole numbers")}
CODE |= {"another width": tensor(6, 4), "an array": np.full((6, 3), 0.5)}
LABEL_KINDS = {"another length": LABELS[:3], "a list": [0, 1] * 3, "floats": LABELS.float()}
TRAINING_DATA = {
    "a list": [[0.5] * 4],
    "an array": np.full((6, 4), 0.5),
    "nothing": None,
    "no examples": X[:0],
    "no tensors": (),
    "tensors of two lengths": (X, X[:3]),
    "nan": NOT_FINITE["a nan"],
    "a number": torch.tensor(1.0),
}

POINTS = ROWS | NOT_FINITE | {"four coordinates": X}
BACKGROUND = {kind: points for kind, points in POINTS.items() if points is not None}
NO_NAMES = {"a tensor": X, "a list": [X], "no names": {}, "nothing": None}
NAMED_IMAGES = NO_NAMES | {
    kind: {"a": images} for kind, images in IMAGE.items() if kind != "a list"
}
NAMED_POINTS = NO_NAMES | {kind: {"a": points} for kind, points in POINTS.items()}

# 11
FINDER = models.NoiseNetwork(4, width=8, labels=2)
PAINTER = models.ConvolutionalNoiseNetwork(2, channels=8)
LEVELS = {"a list": [0.5] * 6, "another length": tensor(5), "a matrix": tensor(6, 4)}
OPEN_LEVELS = LEVELS | {"a number": 0.5, "zero": 0 * X[:, 0], "one": 0 * X[:, 0] + 1}

# function → (a right call, {argument: wrong kinds})
CALLS = {
    data.load_mnist: (
        {"train_size": 10, "validation_size": 10, "test_size": 10},
        {
            "train_size": COUNT | {"too many": 50_001},
            "validation_size": COUNT | {"too many": 10_001},
            "test_size": COUNT | {"too many": 10_001},
        },
    ),
    data.bent_curve: ({"n": 5, "noise": 0.1}, {"n": COUNT, "noise": NOT_NEGATIVE}),
    data.tangent_vectors: ({"x": IMAGES}, {"x": IMAGE}),
    corruption.gaussian_noise: (
        {"x": X, "sigma": 0.1},
        {"x": ROWS | NOT_FINITE, "sigma": NOT_NEGATIVE},
    ),
    corruption.masking_noise: (
        {"x": X, "fraction": 0.1},
        {"x": ROWS | NOT_FINITE, "fraction": SHARE},
    ),
    corruption.salt_and_pepper: (
        {"x": X, "fraction": 0.1},
        {"x": ROWS | NOT_FINITE, "fraction": SHARE},
    ),
    corruption.low_resolution: (
        {"x": IMAGES, "factor": 2},
        {"x": IMAGE, "factor": COUNT | {"no divisor": 3}},
    ),
    models.Autoencoder: (
        {"sizes": (4, 3), "activation": nn.ReLU, "code_activation": nn.Sigmoid},
        {"sizes": WIDTHS, "activation": LAYERS, "code_activation": LAYERS},
    ),
    models.Autoencoder.encode: ({"self": NET, "x": X}, {"x": INPUT}),
    models.Autoencoder.decode: ({"self": NET, "code": H}, {"code": CODE}),
    models.Autoencoder.forward: ({"self": NET, "x": X}, {"x": INPUT}),
    models.fully_connected: (
        {"sizes": (4, 3), "activation": nn.ReLU},
        {"sizes": WIDTHS, "activation": LAYERS},
    ),
    models.pca_autoencoder: (
        {"x": X, "k": 2},
        {"x": ROWS | NOT_FINITE | {"one example": X[:1]}, "k": COUNT | {"too many": 5}},
    ),
    models.count_parameters: ({"model": NET}, {"model": NO_MODEL}),
    models.unit_norm_columns: (
        {"layer": nn.Linear(4, 3)},
        {"layer": {"a network": NET, "a matrix": X, "nothing": None}},
    ),
    models.VAE: (
        {"sizes": (4, 3), "activation": nn.ReLU},
        {"sizes": WIDTHS, "activation": LAYERS},
    ),
    models.VAE.posterior: ({"self": VAE, "x": X}, {"x": INPUT}),
    models.VAE.encode: ({"self": VAE, "x": X}, {"x": INPUT}),
    models.VAE.decode: ({"self": VAE, "code": X[:, :2]}, {"code": CODE}),
    models.VAE.forward: ({"self": VAE, "x": X}, {"x": INPUT}),
    models.reparameterize: (
        {"mu": X, "log_var": X},
        {"mu": KINDS | OTHER, "log_var": KINDS | OTHER},
    ),
    models.TiedLinear: ({"layer": LINEAR}, {"layer": {"a network": NET, "nothing": None}}),
    models.TiedLinear.forward: ({"self": models.TiedLinear(LINEAR), "h": H}, {"h": CODE}),
    models.tie_weights: (
        {"model": models.Autoencoder((4, 3))},
        {"model": NO_MODEL | {"tied": models.tie_weights(models.Autoencoder((4, 3)))}},
    ),
    losses.squared_error: ({"x_hat": X, "x": X}, {"x_hat": BATCH | OTHER, "x": BATCH | OTHER}),
    losses.l1_activation: ({"h": X}, {"h": BATCH}),
    losses.bernoulli_kl: (
        {"rho": 0.1, "rho_hat": X},
        {
            "rho": SHARE | {"a list": [0.1], "another shape": tensor(3)},
            "rho_hat": SHARE | OUTSIDE | {"whole numbers": torch.ones(3, dtype=torch.int64)},
        },
    ),
    losses.kl_sparsity: (
        {"h": X, "rho": 0.1},
        {"h": ROWS | OUTSIDE | NOT_FINITE, "rho": SHARE | {"several": tensor(4)}},
    ),
    losses.bernoulli_nll: (
        {"logits": X, "x": X},
        {"logits": BATCH | OTHER, "x": BATCH | OTHER | OUTSIDE | NOT_FINITE},
    ),
    losses.gaussian_kl: ({"mu": X, "log_var": X}, {"mu": BATCH | OTHER, "log_var": BATCH | OTHER}),
    losses.contractive_penalty: (
        {"model": NET, "x": X},
        {"model": NO_ENCODER | {"codes without x": Frozen()}, "x": BATCH | INPUT},
    ),
    losses.estimated_contractive_penalty: (
        {"model": NET, "x": X, "projections": 2},
        {"model": NO_ENCODER, "x": BATCH | INPUT, "projections": COUNT},
    ),
    losses.sigmoid_contractive_penalty: (
        {"h": H, "weight": tensor(3, 4)},
        {"h": ROWS | OUTSIDE | NOT_FINITE, "weight": BATCH | {"turned": tensor(4, 3)}},
    ),
    training.seed_everything: ({"seed": 0}, {"seed": SEED}),
    training.fit: (
        {"model": models.Autoencoder((4, 3)), "x": X, "loss": squared, "epochs": 1,
         "batch_size": 4, "lr": 0.1, "validation": X, "seed": 0, "device": "cpu"},
        {
            "model": NO_MODEL | {"nothing to train": nn.ReLU()},
            "x": TRAINING_DATA,
            "loss": {"a word": "mse", "a number": torch.tensor(1.0), "nothing": None},
            "epochs": COUNT,
            "batch_size": COUNT,
            "lr": POSITIVE,
            "validation": {kind: v for kind, v in TRAINING_DATA.items() if v is not None}
            | {"float64": X.double(), "another width": tensor(6, 5), "a tuple": (X,)},
            "seed": SEED,
            "device": {"an unknown one": "nonsense", "a number": 3.5, "no device": "meta"},
        },
    ),
    metrics.reconstruction_error: (
        {"model": NET, "x": X},
        {"model": {"nothing": None, "a tensor": X}, "x": BATCH | NOT_FINITE | INPUT},
    ),
    metrics.encode: (
        {"model": NET, "x": X},
        {"model": NO_ENCODER, "x": BATCH | NOT_FINITE | INPUT},
    ),
    metrics.largest_principal_angle: (
        {"a": X, "b": X},
        {"a": ROWS | NOT_FINITE | {"other rows": X[:3]}, "b": ROWS | NOT_FINITE},
    ),
    metrics.active_units: (
        {"h": X, "threshold": 0.1},
        {"h": ROWS | NOT_FINITE, "threshold": NOT_NEGATIVE},
    ),
    metrics.alive_units: (
        {"h": X, "threshold": 0.1},
        {"h": ROWS | NOT_FINITE, "threshold": NOT_NEGATIVE},
    ),
    metrics.lifetime_sparseness: ({"h": X}, {"h": ROWS | NOT_FINITE | {"one example": X[:1]}}),
    metrics.population_sparseness: ({"h": X}, {"h": ROWS | NOT_FINITE | {"one unit": X[:, :1]}}),
    metrics.psnr: (
        {"x_hat": X, "x": X},
        {"x_hat": ROWS | OTHER | OUTSIDE | NOT_FINITE, "x": ROWS | OTHER | OUTSIDE | NOT_FINITE},
    ),
    metrics.ssim: (
        {"x_hat": IMAGES, "x": IMAGES},
        {"x_hat": IMAGE | OUTSIDE | OTHER, "x": IMAGE | OUTSIDE | OTHER},
    ),
    metrics.frechet_distance: (
        {"a": X, "b": X},
        {
            "a": ROWS | NOT_FINITE | {"one example": X[:1], "other columns": H},
            "b": ROWS | NOT_FINITE | {"one example": X[:1], "other columns": H},
        },
    ),
    metrics.log_importance_weights: (
        {"model": VAE, "x": X, "samples": 2},
        {"model": NO_MODEL | {"no VAE": NET}, "x": ROWS | OUTSIDE | INPUT, "samples": COUNT},
    ),
    metrics.importance_weighted_bound: (
        {"log_weights": X, "k": 2},
        {"log_weights": ROWS | NOT_FINITE, "k": COUNT | {"no divisor": 3}},
    ),
    metrics.sensitivity: (
        {"model": NET, "x": X},
        {"model": NO_ENCODER, "x": BATCH | NOT_FINITE | INPUT | {"one example": X[:1]}},
    ),
    metrics.noise_sensitivity: (
        {"model": NET, "x": X, "sigma": 0.1},
        {"model": NO_ENCODER, "x": BATCH | NOT_FINITE | INPUT, "sigma": POSITIVE},
    ),
    metrics.label_probe: (
        {"h": X, "labels": LABELS, "h_test": X, "labels_test": LABELS},
        {
            "h": ROWS | NOT_FINITE | {"other columns": H},
            "labels": LABEL_KINDS,
            "h_test": ROWS | NOT_FINITE | {"other columns": H},
            "labels_test": LABEL_KINDS,
        },
    ),
    metrics.auroc: (
        {"normal": SCORES, "anomalies": SCORES},
        {"normal": VECTOR, "anomalies": VECTOR},
    ),
    metrics.auroc_interval: (
        {"normal": SCORES, "anomalies": SCORES, "draws": 10, "level": 0.9},
        {"normal": VECTOR, "anomalies": VECTOR, "draws": COUNT, "level": OPEN_SHARE},
    ),
    metrics.false_alarm_threshold: (
        {"scores": SCORES, "rate": 0.1},
        {"scores": VECTOR, "rate": OPEN_SHARE | {"too small for 30 scores": 0.01}},
    ),
    metrics.effective_units: (
        {"model": NET, "x": X, "allowed": 0.1},
        {"model": NO_ENCODER, "x": ROWS | NOT_FINITE | INPUT, "allowed": NOT_NEGATIVE},
    ),
    metrics.through_file: (
        {"x": IMAGES, "kind": "JPEG", "quality": 75},
        {
            "x": IMAGE | OUTSIDE,
            "kind": {"another": "GIF", "nothing": None, "small": "jpeg"},
            "quality": COUNT | {"too much": 96},
        },
    ),
    plots.image_rows: ({"rows": {"x": IMAGES}}, {"rows": NAMED_IMAGES}),
    plots.signed_images: (
        {"images": IMAGES, "columns": 3},
        {"images": IMAGE, "columns": COUNT},
    ),
    plots.image_plane: (
        {"images": IMAGES, "x_values": (0, 1, 2), "y_values": (0, 1)},
        {"images": IMAGE},
    ),
    plots.code_planes: (
        {"codes": {"h": X[:, :2]}, "labels": LABELS},
        {"codes": NAMED_POINTS, "labels": {"a list": [0, 1] * 3, "floats": LABELS.float()}},
    ),
    plots.lines: (
        {"x": (1, 2), "curves": {"a": (3, 4)}, "x_label": "x", "y_label": "y"},
        {"log": {"another word": "log", "a flag": True}},
    ),
    plots.curves: (
        {"x": SCORES, "functions": {"a": SCORES}, "x_label": "x", "y_label": "y"},
        {"functions": NO_NAMES | {"a matrix": {"a": X}, "a list": {"a": [0.5]}}},
    ),
    plots.trade_off: (
        {"points": {"a": [(1.0, 2.0, "b")]}, "x_label": "x", "y_label": "y"},
        {"log": {"another word": "log", "a flag": True}},
    ),
    plots.histograms: (
        {"values": {"a": X}, "x_label": "x", "y_label": "y"},
        {"values": NO_NAMES | {"a list": {"a": [0.5]}, "nan": {"a": NOT_FINITE["a nan"]}}},
    ),
    plots.plane_reconstructions: (
        {"points": X[:, :2], "panels": {"a": X[:, :2]}},
        {"points": POINTS, "panels": NAMED_POINTS},
    ),
    plots.arrow_panels: (
        {"panels": {"a": (X[:, :2], X[:, :2])}, "background": X[:, :2]},
        {"background": BACKGROUND},
    ),
    plots.point_panels: (
        {"panels": {"a": X[:, :2]}, "background": X[:, :2]},
        {"panels": NAMED_POINTS, "background": BACKGROUND},
    ),
    plots.matrix: (
        {"values": X, "rows": "abcdef", "columns": "abcd", "y_label": "y", "x_label": "x"},
        {"values": ROWS | NOT_FINITE},
    ),
    plots.heat_maps: (
        {"codes": {"h": X}, "limit": 1.0},
        {"codes": NO_NAMES | {"a row": {"a": X[0]}}},
    ),
    plots.show: (
        {"figure": Figure(), "alt": "nothing is to be seen"},
        {
            "figure": {"axes": Figure().subplots(), "nothing": None},
            "alt": {"nothing": None, "no words": " "},
        },
    ),
    claims.claim: (
        {"statement": "it holds", "holds": True, "measured": 1.0},
        {
            "statement": {"nothing": None, "no words": " ", "two lines": "a\nb"},
            "holds": {"a number": 1, "a float": 0.3, "an array": np.array([True]), "nothing": None},
            "measured": {"a word": "3", "a matrix": X, "a list in a list": [[1.0]]},
        },
    ),
    claims.table: (
        {"columns": ["a", "b"], "rows": [[1.0, "c"]]},
        {
            "columns": {"numbers": [1, 2]},
            "rows": {"one cell too few": [[1.0]], "a list in a cell": [[1.0, []]]},
        },
    ),
    # 09
    data.load_fashion_mnist: (
        {"train_size": 10, "validation_size": 10, "test_size": 10},
        {
            "train_size": COUNT | {"too many": 10_001},
            "validation_size": COUNT | {"too many": 2_001},
            "test_size": COUNT | {"too many": 4_001},
        },
    ),
    models.ConvolutionalAutoencoder: (
        {"channels": (1, 2), "code_size": 3, "side": 8, "activation": nn.ReLU},
        {
            "channels": WIDTHS, "code_size": COUNT, "activation": LAYERS,
            "side": {kind: value for kind, value in COUNT.items() if value is not None}
            | {"an odd one": 7},
        },
    ),
    models.ConvolutionalAutoencoder.encode: ({"self": CONVOLUTIONS, "x": IMAGES}, {"x": MAPS}),
    models.ConvolutionalAutoencoder.decode: (
        {"self": CONVOLUTIONS, "code": IMAGES[:, :50]},
        {"code": MAPS | {"a part of a map": IMAGES[:, :49]}},
    ),
    models.ConvolutionalAutoencoder.forward: ({"self": CONVOLUTIONS, "x": IMAGES}, {"x": MAPS}),
    models.TopK: (
        {"k": 2},
        {"k": {"zero": 0, "a fraction": 0.5, "a word": "2", "nothing": None, "a bool": True}},
    ),
    models.TopK.forward: (
        {"self": models.TopK(2), "a": X},
        {"a": KINDS | {"a row": X[0], "a stack": X[None]}},
    ),
    metrics.matched_cosines: (
        {"columns": X, "truth": X[:, :2]},
        {
            "columns": ROWS | NOT_FINITE | {"other rows": X[:3]},
            "truth": ROWS | NOT_FINITE | {"other rows": X[:3]},
        },
    ),
    # 11
    corruption.noise_schedule: ({"steps": 5}, {"steps": COUNT}),
    corruption.diffuse: (
        {"x0": X, "alpha_bar": 0.5, "noise": X},
        {
            "x0": BATCH | NOT_FINITE | OTHER,
            "alpha_bar": SHARE | LEVELS,
            "noise": BATCH | NOT_FINITE | OTHER,
        },
    ),
    models.NoiseNetwork: (
        {"features": 4, "width": 8, "blocks": 1, "labels": 0},
        {"features": COUNT, "width": COUNT, "blocks": COUNT, "labels": SEED},
    ),
    models.NoiseNetwork.forward: (
        {"self": FINDER, "x_t": X, "alpha_bar": X[:, 0], "label": LABELS},
        {
            "x_t": INPUT,
            "alpha_bar": OPEN_LEVELS,
            "label": LABEL_KINDS | {"too large": LABELS + 2, "below 0": LABELS - 1},
        },
    ),
    models.ConvolutionalNoiseNetwork: (
        {"side": 4, "channels": 8, "blocks": 1},
        {"side": COUNT | {"odd": 5, "too small": 1}, "channels": COUNT, "blocks": COUNT},
    ),
    models.ConvolutionalNoiseNetwork.forward: (
        {"self": PAINTER, "x_t": X, "alpha_bar": X[:, 0]},
        {"x_t": INPUT, "alpha_bar": OPEN_LEVELS},
    ),
}  # fmt: skip

# No doors: flags, plain holders of data, what matplotlib checks itself, and two for maintainers.
FREE = {"standardise"}
HOLDERS = {"ImageData", "Output", "VAEOutput", "History"}
DRAWN = {"spread_panels", "intervals", "spread_bars", "explore", "fingerprint"}


def name(function) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"


def public(module) -> set:
    """The functions, constructors and methods of a module that a notebook may call."""
    found = set()
    for key, value in vars(module).items():
        local = getattr(value, "__module__", None) == module.__name__
        if key.startswith("_") or not local or not callable(value) or key in HOLDERS | DRAWN:
            continue
        found.add(value)
        if inspect.isclass(value):
            methods = inspect.getmembers(value, inspect.isfunction)
            found |= {m for key, m in methods if key[0] != "_" and m.__module__ == module.__name__}
    return found


CASES = [
    pytest.param(function, argument, kinds, id=f"{name(function)}-{argument}")
    for function, (_, wrong) in CALLS.items()
    for argument, kinds in wrong.items()
]


def is_refused_by_name(function, call, argument) -> bool:
    try:
        function(**call)
    except (TypeError, ValueError) as error:
        return re.search(rf"\b{re.escape(argument)}\b", str(error)) is not None
    return False


@pytest.mark.parametrize("function, argument, kinds", CASES)
def test_every_wrong_kind_of_an_argument_is_refused_by_name(function, argument, kinds):
    call = CALLS[function][0]
    taken = [
        kind
        for kind, value in kinds.items()
        if not is_refused_by_name(function, call | {argument: value}, argument)
    ]
    assert taken == []


@pytest.mark.parametrize("function", CALLS, ids=name)
def test_the_right_call_is_taken(function):
    function(**CALLS[function][0])


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_table_holds_every_public_function_and_every_argument(module):
    for function in public(module):
        assert function in CALLS, f"{name(function)} is not in CALLS"
        arguments = set(inspect.signature(function).parameters) - {"self"} - FREE
        doors = set(CALLS[function][1])
        assert doors == arguments or (module is plots and doors < arguments), name(function)


def test_numpy_numbers_are_numbers():
    assert models.pca_autoencoder(X, np.int64(2)).sizes == (4, 2)
    assert models.Autoencoder((np.int64(4), 3)).sizes == (4, 3)
    assert corruption.low_resolution(IMAGES, np.int64(2)).shape == (6, 64)
    assert corruption.gaussian_noise(X, np.float32(0.1)).shape == X.shape
    assert len(training.fit(SMALL, IMAGES, squared, epochs=np.int64(2)).terms["error"]) == 2


def test_a_refused_call_leaves_the_model_as_it_was():
    model = models.Autoencoder((4, 3))
    before = [parameter.clone() for parameter in model.parameters()]
    with pytest.raises(ValueError, match="lr"):
        training.fit(model, X, squared, epochs=1, lr=-1)
    assert all(map(torch.equal, before, model.parameters()))


BAD_LOSSES = {
    "a number": lambda model, x: model(x).x_hat.sum(),
    "no term": lambda model, x: {},
    "one number for each example": lambda model, x: {"error": model(x).x_hat.sum(1)},
    "a float": lambda model, x: {"error": 1.0},
    "nothing of the model": lambda model, x: {"error": x.sum()},
    "a detached term": lambda model, x: {"error": model(x).x_hat.sum().detach()},
}


@pytest.mark.parametrize("loss", BAD_LOSSES.values(), ids=BAD_LOSSES)
def test_a_loss_that_cannot_train_is_refused_by_name(loss):
    with pytest.raises((TypeError, ValueError), match=r"\bloss\b"):
        training.fit(models.Autoencoder((4, 3)), X, loss, epochs=1)


def test_a_column_of_zeros_cannot_get_the_length_1():
    zeros = nn.Linear(4, 3)
    with torch.no_grad():
        zeros.weight[:, 1] = 0
    with pytest.raises(ValueError, match="weight has a column of zeros"):
        models.unit_norm_columns(zeros)
    layer = models.unit_norm_columns(nn.Linear(4, 3))
    with pytest.raises(ValueError, match="weight has a column of zeros"):
        layer.weight = torch.zeros(3, 4)


def test_a_decoder_that_does_not_mirror_its_encoder_cannot_be_tied():
    other, unit = models.Autoencoder((4, 3)), models.Autoencoder((4, 3))
    other.decoder = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 4))
    models.unit_norm_columns(unit.decoder[-1])
    for model in (other, unit):
        with pytest.raises(ValueError, match="model must have a decoder of free weights"):
            models.tie_weights(model)


def test_images_and_codes_of_another_size_than_the_model_s_are_refused():
    fixed = models.ConvolutionalAutoencoder((1, 3), 2, side=8)
    with pytest.raises(ValueError, match="x must have 64 features"):
        fixed(tensor(6, 100))
    with pytest.raises(ValueError, match="code must have 2 features"):
        fixed.decode(tensor(6, 3))
    with pytest.raises(ValueError, match="the side of x must be a multiple of 2, got 7"):
        CONVOLUTIONS(tensor(6, 49))
