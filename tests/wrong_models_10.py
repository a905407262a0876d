"""For each claim of notebook 10 a wrong model, under which the claim has to fail."""

import torch
from notebook_files import LESSONS, SOLUTIONS, run_cells
from torch.nn import functional as F

from course_utils.data import load_mnist
from course_utils.models import pca_autoencoder

DATA = load_mnist(train_size=2000, validation_size=500, test_size=500)
DIGITS = {"data": DATA, "x_train": DATA.train, "x_test": DATA.test}


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the data and the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("10"))
    return run_cells(lesson, ["imports", *ids], DIGITS | values)


# Sections 3 and 4


def encoder_that_finds_the_best_code():
    return {"one_pass": 20.0, "best": 20.0}


def shares(orthonormal, general):
    """The shares of the claim, with these columns in place of its own."""
    torch.manual_seed(0)
    inputs, share_best = torch.randn(40, 20).double(), cells("count-brute")["share_best"]
    columns = {"orthonormal": orthonormal, "general": general}
    return {"shares": {name: share_best(inputs, D) for name, D in columns.items()}}


def orthonormal_columns():
    torch.manual_seed(1)
    return torch.linalg.qr(torch.randn(20, 8).double()).Q


def general_columns():
    torch.manual_seed(1)
    return F.normalize(torch.randn(20, 8).double(), dim=0)


def columns_that_are_not_orthonormal():
    return shares(general_columns(), general_columns())


def all_columns_orthonormal():
    return shares(orthonormal_columns(), orthonormal_columns())


# Sections 6 and 7


def pca(k, shrunk=1.0):
    model = pca_autoencoder(DATA.train, k)
    model.decoder[0].weight *= shrunk
    return model


def stretches(priced, counted):
    models = {"prices": {0.65: priced}, "counted": {16: counted}}
    stretch = cells("stretch", **models)["best_stretch"]
    return DIGITS | models | {"best_stretch": stretch}


def price_without_shrinkage():
    return stretches(pca(40), pca(16))


def count_with_shrinkage():
    return stretches(pca(40, 0.8), pca(16, 0.9))


def in_the_plane(priced, counted):
    return DIGITS | {"prices": {0.65: priced}, "counted": {16: counted}}


def price_with_fewer_active_units():
    return in_the_plane(pca(10), pca(16))


def price_with_less_error():
    return in_the_plane(pca(50), pca(16))


def refitted(priced, counted):
    """Errors after the refit, of 10 before."""
    names = ("L1, λ = 0.65", "top-k, k = 16")
    return {
        "before": dict.fromkeys(names, 10.0),
        "after": dict(zip(names, (priced, counted), strict=True)),
    }


def values_of_the_price_already_best():
    return refitted(9.6, 9.4)


def values_of_the_count_shrunk():
    return refitted(8.2, 8.1)


def remedies(used, errors):
    names = ("PyTorch's start", "with the auxiliary loss", "transposed start")
    return {
        "used": dict(zip(names, used, strict=True)),
        "errors": dict(zip(names, errors, strict=True)),
    }


def start_without_effect_on_the_units():
    return remedies((47, 63, 60), (15.7, 14.8, 12.9))


def start_without_effect_on_the_error():
    return remedies((47, 63, 163), (15.7, 14.8, 14.7))


# Sections 8 and 9


def untrained_toy(n, dimensions, share):
    names = cells("toy")
    torch.manual_seed(0)
    return names["Toy"](n, dimensions, share / 2)


def nothing_stored():
    """Nothing is trained: no feature is stored, dense or rare."""
    return cells("toy", "toy-loss-code", "toy-sweep", train_toy=untrained_toy)


def everything_stored():
    def identity(n, dimensions, share):
        toy = untrained_toy(n, n, share)
        toy.W.data = torch.eye(n)
        return toy

    return cells("toy", "toy-loss-code", "toy-sweep", train_toy=identity)


def ica_that_mixes():
    return {"found": {("ICA", 20): 6, ("PCA", 20): 0}}


def pca_that_finds_the_truth():
    return {"found": {("ICA", 20): 20, ("PCA", 20): 20}}


def found_of_forty(ica, l1, top_k):
    names = {"ICA": ica, "dictionary, L1": l1, "dictionary, top-k": top_k}
    return {"found": {(name, 40): count for name, count in names.items()}}


def dictionaries_like_random_directions():
    return found_of_forty(12, 0, 0)


def ica_with_forty_directions():
    return found_of_forty(36, 33, 30)


# Sections 10 and 11


def names_that_always_fit():
    return {"right": 0.95, "names": {0: 1}}


def units_that_do_no_more_than_others():
    return {"names": {0: 1, 5: 2}, "falls": lambda unit, digit: [1.0, 0.9]}


def meanings_of(few, many):
    """Named units, share of their digit, share right: of the small and of the large reader."""
    return {"meanings": {32: (17.0, *few), 256: (48.0, *many)}}


def larger_reader_that_repeats_its_words():
    return meanings_of((0.7, 0.5), (0.7, 0.6))


def larger_reader_whose_words_are_no_purer():
    return meanings_of((0.7, 0.5), (0.4, 0.5))


def spliced(dictionary, random, unread, read=0.26):
    """Cross-entropies in the place of the layer: its own 0.2, its mean's 3.7."""
    ce = {
        "the layer itself": 0.2,
        "the dictionary": dictionary,
        "random error": random,
        "error that is read": read,
        "error that is not": unread,
        "the mean": 3.7,
    }
    return {"ce": ce, "whole": 3.5, "base": 0.2, "moved": ce}


def reader_that_changes_nothing():
    return spliced(0.2, 0.23, 0.2)


def reader_that_returns_the_mean():
    return spliced(3.7, 0.23, 0.2)


def reader_with_a_random_error():
    return spliced(0.23, 0.23, 0.2)


def no_blind_directions():
    return spliced(0.26, 0.22, 0.25)


# Solutions


def repeated(signed_step):
    """What the cell that repeats the step leaves behind."""
    (path,) = (path for path in SOLUTIONS if path.name.startswith("10"))
    return run_cells(path, ["imports", "signed-solver"], {"signed_step": signed_step})


def one_sided_step():
    def wrong(h, x, columns, lam):
        size = 0.5 / torch.linalg.matrix_norm(columns, 2) ** 2
        return (h - size * (2 * (h @ columns.T - x) @ columns + lam)).relu()

    return repeated(wrong)


def step_with_half_the_price():
    def wrong(h, x, columns, lam):
        size = 0.5 / torch.linalg.matrix_norm(columns, 2) ** 2
        v = h - size * 2 * (h @ columns.T - x) @ columns
        return v.sign() * (v.abs() - size * lam / 2).relu()

    return repeated(wrong)


def places_by_z():
    def wrong(x, columns, k):
        z = x @ columns
        places = z.abs().topk(k, dim=1).indices
        h = torch.zeros_like(z)
        return h.scatter(1, places, (z / columns.square().sum(0)).gather(1, places))

    return {"best_k_code": wrong}


def cosines(found, truth):
    return (F.normalize(found, dim=0).T @ F.normalize(truth, dim=0)).abs()


def score_without_pairs():
    return {"matched_score": lambda found, truth: cosines(found, truth).amax(1).mean()}


def score_over_all_pairs():
    return {"matched_score": lambda found, truth: cosines(found, truth).mean()}


WRONG_MODELS = {
    "claim-gap": [encoder_that_finds_the_best_code],
    "claim-count": [columns_that_are_not_orthonormal, all_columns_orthonormal],
    "claim-stretch": [price_without_shrinkage, count_with_shrinkage],
    "claim-rivals": [price_with_fewer_active_units, price_with_less_error],
    "claim-refit": [values_of_the_price_already_best, values_of_the_count_shrunk],
    "claim-dead": [start_without_effect_on_the_units, start_without_effect_on_the_error],
    "claim-toy": [nothing_stored, everything_stored],
    "claim-ica": [ica_that_mixes, pca_that_finds_the_truth],
    "claim-find": [dictionaries_like_random_directions, ica_with_forty_directions],
    "claim-name": [names_that_always_fit],
    "claim-off": [units_that_do_no_more_than_others],
    "claim-split": [
        larger_reader_that_repeats_its_words,
        larger_reader_whose_words_are_no_purer,
    ],
    "claim-faith": [reader_that_changes_nothing, reader_that_returns_the_mean],
    "claim-blind": [reader_with_a_random_error, no_blind_directions],
    "claim-signed": [one_sided_step, step_with_half_the_price],
    "claim-best-k": [places_by_z],
    "claim-score": [score_without_pairs, score_over_all_pairs],
}
