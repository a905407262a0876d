"""For each claim of notebook 03 a wrong model, under which the claim has to fail."""

import torch
from notebook_files import LESSONS, run_cells
from torch import nn

from course_utils.data import load_mnist
from course_utils.losses import bernoulli_kl, l1_activation
from course_utils.models import Autoencoder

DATA = load_mnist(train_size=500, validation_size=500, test_size=500)
DIGITS = {"data": DATA, "x_train": DATA.train, "x_test": DATA.test}


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the data and the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("03"))
    return run_cells(lesson, ["imports", *ids], DIGITS | values)


def untrained(activation=nn.Sigmoid, units=64):
    torch.manual_seed(0)
    return Autoencoder((784, units), code_activation=activation)


def symmetric_divergence():
    def jeffreys(p, q):
        return ((p - q) * (p / q).log()).sum(dim=1)

    return cells("kl-code") | {"divergence": jeffreys}


def signed_divergence():
    return cells("kl-code") | {"divergence": lambda p, q: (q * (p / q).log()).sum(dim=1)}


def cross_entropy():
    """The entropy of P has not been taken off."""
    return cells("kl-code") | {"divergence": lambda p, q: -(p * q.log()).sum(dim=1)}


def helper_with_swapped_arguments():
    wrong = {"bernoulli_kl": lambda p, q: bernoulli_kl(q, p)}
    return cells("kl-code", "sympy-steps") | wrong


def forgotten_term():
    names = cells("kl-code", "sympy-steps")
    return names | {"D": names["one"]}


def slope_of_the_swapped_divergence():
    wrong = {"bernoulli_kl": lambda p, q: bernoulli_kl(q, torch.as_tensor(p).to(q))}
    return cells("sympy-steps") | wrong


def by_hand(p, q):
    return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()


def clamped_helper():
    def clamped(h, rho):
        return bernoulli_kl(rho, h.mean(0).clamp(1e-6, 1 - 1e-6)).sum()

    return {"kl_sparsity": clamped, "by_hand": by_hand}


def helper_that_pulls_without_bound():
    """Only the division by 0 is avoided."""

    def wrong(h, rho):
        return by_hand(torch.tensor(rho), h.mean(0) + 1e-12).sum()

    return {"kl_sparsity": wrong, "by_hand": by_hand}


def units_that_are_not_silent():
    class Torch:
        def __getattr__(self, name):
            return getattr(torch, name)

        def zeros(self, *size, requires_grad):
            return torch.full(size, 0.5, requires_grad=requires_grad)

    return {"torch": Torch(), "by_hand": by_hand}


def penalty_off():
    model = untrained()
    return cells("train-code") | {"untrained": model, "kl_model": model}


def constant_at(bias):
    model = untrained()
    nn.init.zeros_(model.encoder[0].weight)
    nn.init.constant_(model.encoder[0].bias, bias)
    return model


AT_TARGET = constant_at(-2.944)  # sigmoid: 0.05


def started_at_the_target():
    """The end is right, the beginning is not."""
    return cells("train-code") | {"untrained": AT_TARGET, "kl_model": AT_TARGET}


def started_with_all_units_on():
    return cells("train-code") | {"untrained": constant_at(2.944), "kl_model": AT_TARGET}


def beta_without_effect():
    sweep = {beta: untrained() for beta in (0.1, 0.3, 1.0, 3.0)}
    return DIGITS | {"sweep": sweep, "betas": tuple(sweep)}


def l1_instead_of_kl():
    return {"kl_sparsity": lambda h, rho: l1_activation(h)}


def sparse_instead_of_constant():
    """Put an actually sparse code where the constant one stands."""

    class Torch:
        def __getattr__(self, name):
            return getattr(torch, name)

        def full(self, size, value):
            return (torch.rand(size) < value).float()

    return {"torch": Torch()}


def constant_layer():
    return cells("sparseness-code") | {"kl_model": AT_TARGET}


def sigmoid_three_times():
    three = {name: untrained() for name in ("L1 + ReLU", "L1 + sigmoid", "KL + sigmoid")}
    return cells("train-code", "sparseness-code", "apart-code") | {"three": three}


def apart(errors=(11, 11, 11), zeros=(0.8, 0, 0), even=(0.2, 0.3, 0.98)):
    """The three models, here 0, 1 and 2, as they might have been measured."""
    return {
        "data": DATA, "three": {"L1 + ReLU": 0, "L1 + sigmoid": 1, "KL + sigmoid": 2},
        "reconstruction_error": lambda model, x: errors[model],
        "exact_zeros": zeros.__getitem__, "evenly_used": even.__getitem__,
        "mean_sparseness": lambda model: [(0.8, 0.93), (0.8, 0.85), (0.7, 0.71)][model],
    }  # fmt: skip


def errors_that_are_not_matched():
    return apart(errors=(11, 11, 13))


def relu_three_times():
    return apart(zeros=(0.8, 0.8, 0.8))


def l1_in_place_of_the_divergence():
    return apart(even=(0.2, 0.3, 0.3))


def biases(measured):
    sizes = [16, 32, 64, 128, 256, 512]
    return {
        "sizes": sizes, "full": torch.tensor(0.3), "measured": measured(sizes),
        "predicted_bias": lambda n: 16 / n,
    }  # fmt: skip


def no_bias():
    return biases(lambda sizes: [0.0 for _ in sizes])


def bias_of_the_square_root():
    return biases(lambda sizes: [4 / n**0.5 for n in sizes])


def without_momentum():
    return {"running_bias": lambda n, m: 0.5, "gradient": lambda m: torch.ones(3)}


def biased_as_before_but_a_tenth_of_the_gradient():
    gradient = {"gradient": lambda m: (1 - m) * torch.ones(3)}
    return {"running_bias": lambda n, m: 0.5} | gradient


def mean_over_units():
    return {
        "my_bernoulli_kl": bernoulli_kl,
        "my_kl_penalty": lambda h, rho: bernoulli_kl(rho, h.mean(0)).mean(),
    }


def kl_of_each_example():
    def wrong(h, rho):
        return bernoulli_kl(rho, h).sum(dim=1).mean()

    return {"my_bernoulli_kl": bernoulli_kl, "my_kl_penalty": wrong}


def kl_with_swapped_arguments():
    def wrong(h, rho):
        return bernoulli_kl(h.mean(0), rho).sum()

    return {"my_bernoulli_kl": bernoulli_kl, "my_kl_penalty": wrong}


def another_target():
    class Torch:
        """Let the divergence have the target 0.5 where the slope is that of 0.05."""

        def __getattr__(self, name):
            return getattr(torch, name)

        def tensor(self, value, dtype):
            return torch.tensor(0.5, dtype=dtype)

    return {"torch": Torch()}


def bias_without_the_half():
    def wrong(h, rho, n):
        mean = h.mean(0)
        return ((rho / mean**2 + (1 - rho) / (1 - mean) ** 2) * h.var(0) / n).sum()

    return {"my_sampling_bias": wrong}


WRONG_MODELS = {
    "claim-kl": [symmetric_divergence, signed_divergence, cross_entropy],
    "claim-formula": [helper_with_swapped_arguments, forgotten_term],
    "claim-slope": [slope_of_the_swapped_divergence, forgotten_term],
    "claim-clamp": [clamped_helper, helper_that_pulls_without_bound, units_that_are_not_silent],
    "claim-before-after": [penalty_off, started_at_the_target, started_with_all_units_on],
    "claim-sweep": [beta_without_effect],
    "claim-constant": [l1_instead_of_kl, sparse_instead_of_constant],
    "claim-trained-sparseness": [constant_layer],
    "claim-apart": [
        sigmoid_three_times,
        errors_that_are_not_matched,
        relu_three_times,
        l1_in_place_of_the_divergence,
    ],
    "claim-bias": [no_bias, bias_of_the_square_root],
    "claim-running": [without_momentum, biased_as_before_but_a_tenth_of_the_gradient],
    "claim-order": [mean_over_units, kl_of_each_example, kl_with_swapped_arguments],
    "claim-slope-sigmoid": [another_target],
    "claim-bias-simulated": [bias_without_the_half],
}
