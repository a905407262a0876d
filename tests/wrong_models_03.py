"""For each claim of notebook 03 a wrong model, under which the claim has to fail."""

import torch
from notebook_files import LESSONS, run_cells
from torch import nn

from course_utils.data import load_mnist
from course_utils.losses import bernoulli_kl, kl_sparsity
from course_utils.metrics import lifetime_sparseness, population_sparseness
from course_utils.models import Autoencoder

DATA = load_mnist(train_size=500, validation_size=500, test_size=500)
DIGITS = {"data": DATA, "x_train": DATA.train, "x_test": DATA.test, "x": DATA.test[:100]}


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


def by_hand(p, q):
    return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()


def divergence_with_swapped_arguments():
    wrong = {"bernoulli_kl": lambda p, q: bernoulli_kl(q, torch.as_tensor(p).to(q))}
    return cells() | wrong


def divergence_with_the_right_slope_only():
    """Its value has the slope of D; the slope of its slope is another."""

    class Bent(torch.autograd.Function):
        @staticmethod
        def forward(ctx, q):
            ctx.save_for_backward(q)
            return bernoulli_kl(0.05, q)

        @staticmethod
        def backward(ctx, gradient):
            (q,) = ctx.saved_tensors
            return gradient * ((q - 0.05) / (q * (1 - q)) + 0 * q).detach() + 0 * q

    return cells() | {"bernoulli_kl": lambda p, q: Bent.apply(q)}


def clamped_helper():
    def clamped(h, rho):
        return bernoulli_kl(rho, h.mean(0).clamp(1e-6, 1 - 1e-6)).sum()

    return cells("clamp-code", by_hand=by_hand) | {"kl_sparsity": clamped}


def units_that_are_not_silent():
    class Torch:
        def __getattr__(self, name):
            return getattr(torch, name)

        def zeros(self, *size, requires_grad):
            return torch.full(size, 0.5, requires_grad=requires_grad)

    names = cells("clamp-code", by_hand=by_hand)
    names["torch"] = Torch()
    return names


def constant_at(bias):
    model = untrained()
    nn.init.zeros_(model.encoder[0].weight)
    nn.init.constant_(model.encoder[0].bias, bias)
    return model


def penalty_off():
    return cells("train-code") | {"untrained": untrained(), "kl_model": untrained()}


def constant_below_the_target():
    """A sigmoid of −3.05 is 0.045."""
    return cells("train-code") | {"untrained": untrained(), "kl_model": constant_at(-3.05)}


def coins():
    """Units that are 1 in one case of twenty and else 0, as the words would have it."""
    torch.manual_seed(0)
    h = (torch.rand(500, 64) < 0.05).float()
    return {"shares": {f"above {level}": (h > level).float().mean() for level in (0.5, 0.25, 0.1)}}


CODES = ("codes", "sparseness-code")


def l1_instead_of_kl():
    names = cells(*CODES)
    return names | {"kl_sparsity": lambda h, rho: h.abs().sum() / len(h)}


def other_order(names):
    """The codes in the other order: the sparse one stands where the constant one was."""
    return names | {"codes": dict(reversed(names["codes"].items()))}


def codes_in_another_order():
    return other_order(cells(*CODES))


def measures_exchanged():
    names = cells(*CODES)
    names |= {
        "lifetime_sparseness": population_sparseness,
        "population_sparseness": lifetime_sparseness,
    }
    return names


def busy_codes():
    """Twice as busy as the target."""
    names = cells(*CODES)
    return names | {"codes": {name: (2 * h).clamp(max=1) for name, h in names["codes"].items()}}


NAMES = (
    "L1 + ReLU", "L1 + sigmoid", "KL, ρ = 0.1", "KL, ρ = 0.05", "KL, ρ = 0.02", "KL of section 7",
)  # fmt: skip


def apart(
    error=10.7,
    zeros=(0.8, 0, 0, 0, 0, 0),
    even=(0.1, 0.3, 1.0, 1.0, 0.9, 1.0),
    population=(0.93, 0.85, 0.73, 0.84, 0.866, 0.71),
):
    """The six models as they might have been measured."""
    return {
        "errors": dict.fromkeys(NAMES, 10.7) | {"KL, ρ = 0.1": error},
        "zeros": zeros, "even": even, "population": population,
    }  # fmt: skip


def errors_that_are_not_matched():
    return apart(error=12)


def sigmoid_six_times():
    return apart(zeros=(0,) * 6)


def relu_six_times():
    return apart(zeros=(0.8,) * 6)


def l1_in_place_of_the_divergence():
    return apart(even=(0.1, 0.3, 0.3, 0.3, 0.3, 0.3))


def kl_in_place_of_l1():
    return apart(even=(1.0,) * 6)


def columns_of_any_length():
    """As a first version of this lesson compared them: the gain is not of the columns."""
    return apart(population=(0.93, 0.85, 0.7, 0.71, 0.72, 0.71))


def one_target_for_all():
    return apart(population=(0.93, 0.85, 0.84, 0.84, 0.84, 0.71))


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


# Solutions


def another_target():
    class Torch:
        """Let the divergence have the target 0.5 where the slope is that of 0.05."""

        def __getattr__(self, name):
            return getattr(torch, name)

        def tensor(self, value, dtype):
            return torch.tensor(0.5, dtype=dtype)

    return {"torch": Torch()}


def penalty_of_means_unweighted():
    def wrong(a, b, rho):
        return bernoulli_kl(rho, (a.mean(0) + b.mean(0)) / 2).sum()

    return {"my_kl_penalty": wrong}


def mean_of_two_penalties():
    """Exact where both batches are alike, so the gap must be seen."""

    def wrong(a, b, rho):
        return (kl_sparsity(a, rho) + kl_sparsity(b, rho)) / 2

    return {"my_kl_penalty": wrong}


def bias_without_the_half():
    def wrong(h, rho, n, gamma):
        mean = h.mean(0)
        bend = rho / mean**2 + (1 - rho) / (1 - mean) ** 2
        return (bend * h.var(0) / n).sum() * (1 - gamma) / (1 + gamma)

    return {"my_running_bias": wrong}


WRONG_MODELS = {
    "claim-kl": [symmetric_divergence, signed_divergence],
    "claim-slope": [divergence_with_swapped_arguments, divergence_with_the_right_slope_only],
    "claim-clamp": [clamped_helper, units_that_are_not_silent],
    "claim-before-after": [penalty_off, constant_below_the_target],
    "claim-half": [coins],
    "claim-constant": [l1_instead_of_kl, codes_in_another_order, measures_exchanged, busy_codes],
    "claim-matched": [errors_that_are_not_matched],
    "claim-zeros": [sigmoid_six_times, relu_six_times],
    "claim-apart": [l1_in_place_of_the_divergence, kl_in_place_of_l1],
    "claim-columns": [columns_of_any_length],
    "claim-targets": [one_target_for_all],
    "claim-bias": [no_bias, bias_of_the_square_root],
    "claim-two-batches": [penalty_of_means_unweighted, mean_of_two_penalties],
    "claim-slope-sigmoid": [another_target],
    "claim-bias-simulated": [bias_without_the_half],
}
