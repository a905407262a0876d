import ast
import json
import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from course_utils import training
from course_utils.training import History, fit, seed_everything

N = 10


def batch_of(n=N, features=3, seed=0):
    return torch.randn(n, features, generator=torch.Generator().manual_seed(seed))


def network(features=3, seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(features, 2), nn.Linear(2, features))


def squared(model, batch):
    return {"error": (model(batch) - batch).square().sum(dim=1).mean()}


def noisy(model, batch):
    return {"error": (model(batch + torch.randn_like(batch)) - batch).square().mean()}


def weights(model):
    return torch.cat([parameter.detach().flatten().clone() for parameter in model.parameters()])


def run(model=None, x=None, loss=squared, **options):
    """Fit quietly in three epochs of three batches, the last of two examples."""
    options = {"epochs": 3, "batch_size": 4, "device": "cpu", "progress": False, **options}
    return fit(
        network() if model is None else model, batch_of() if x is None else x, loss, **options
    )


def trained(**options):
    """The weights and the terms after a run from the same first weights."""
    model = network()
    history = run(model, **options)
    return weights(model), history.terms


def same(run, other):
    return torch.equal(run[0], other[0]) and run[1] == other[1]


# What is minimised


def test_fit_finds_the_least_squares_solution():
    x = batch_of(256, 4)
    y = x @ torch.tensor([[1.0], [-2.0], [0.5], [3.0]]) + 0.7 + 0.3 * batch_of(256, 1, seed=1)
    design = np.hstack([x.numpy(), np.ones((256, 1))])
    expected = np.linalg.lstsq(design, y.numpy(), rcond=None)[0].ravel()
    torch.manual_seed(0)
    model = nn.Linear(4, 1)

    def loss(model, batch):
        return {"error": (model(batch[0]) - batch[1]).square().mean()}

    fit(model, (x, y), loss, epochs=60, batch_size=64, lr=0.1, device="cpu", progress=False)
    np.testing.assert_allclose(weights(model).numpy(), expected, atol=0.003)


def test_the_sum_of_the_terms_is_minimised():
    def in_two_terms(model, batch):
        error = squared(model, batch)["error"]
        return {"a": 0.25 * error, "b": 0.75 * error}

    torch.testing.assert_close(trained(loss=in_two_terms)[0], trained(loss=squared)[0])


def test_every_term_pulls_at_the_weights():
    def penalised(model, batch):
        return {
            **squared(model, batch),
            "decay": 100 * sum(p.square().sum() for p in model.parameters()),
        }

    both = trained(loss=penalised, lr=0.05, epochs=30)[0]
    assert both.norm() < 0.2 * trained(lr=0.05, epochs=30)[0].norm()


def test_the_total_is_the_sum_of_the_terms():
    history = run(
        loss=lambda model, batch: {**squared(model, batch), "two": model(batch).abs().sum()}
    )
    by_hand = [a + b for a, b in zip(history.terms["error"], history.terms["two"], strict=True)]
    assert history.total == pytest.approx(by_hand)


@pytest.mark.parametrize("steps", range(1, 13))
def test_a_run_of_any_number_of_steps_trains(steps):
    model = network()
    before = weights(model)
    run(model, epochs=steps, batch_size=N, lr=0.01)
    assert (weights(model) - before).abs().max() > 1e-4


def test_frozen_parameters_stay_as_they_were():
    model = network()
    model[0].requires_grad_(False)
    before = weights(model[0])
    run(model)
    assert torch.equal(weights(model[0]), before)


# The learning rate


def rates_of(steps, lr):
    rates = []
    handle = register_optimizer_step_pre_hook(
        lambda optimizer, *_: rates.extend(group["lr"] for group in optimizer.param_groups)
    )
    try:
        run(epochs=steps, batch_size=N, lr=lr)
    finally:
        handle.remove()
    return rates


@pytest.mark.parametrize("lr", [2e-3, 0.5])
def test_the_learning_rate_makes_one_cycle_whose_top_is_lr(lr):
    rates = rates_of(100, lr)
    top = int(np.argmax(rates))
    assert len(rates) == 100 and 0.99 * lr < rates[top] <= lr
    assert 20 < top < 40
    assert np.all(np.diff(rates[: top + 1]) > 0) and np.all(np.diff(rates[top:]) < 0)
    assert rates[0] < lr / 10 and rates[-1] < lr / 100


# Batches


def visits(**options):
    """Every batch that the loss is given, for the examples 0, 1, … N − 1."""
    batches = []

    def loss(model, batch):
        batches.append(batch.flatten().tolist())
        return {"error": model(batch).square().mean()}

    run(nn.Linear(1, 1), torch.arange(float(N))[:, None], loss, **options)
    return batches


def test_every_epoch_visits_every_example_once_in_another_order():
    batches = visits()
    assert [len(batch) for batch in batches] == [4, 4, 2] * 3
    epochs = [sum(batches[start : start + 3], []) for start in (0, 3, 6)]
    assert all(sorted(epoch) == list(range(N)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in [list(range(N)), *epochs]}) == 4


def test_a_batch_larger_than_the_data_is_all_of_it():
    assert [len(batch) for batch in visits(batch_size=99)] == [N] * 3


def test_a_tuple_is_shuffled_together():
    x = batch_of()
    y = torch.arange(N)

    def loss(model, batch):
        assert isinstance(batch, tuple) and torch.equal(batch[0], x[batch[1]])
        return squared(model, batch[0])

    run(x=(x, y), loss=loss, validation=(x, y))


def test_the_data_stay_as_they_were():
    x = batch_of()
    run(x=x)
    assert torch.equal(x, batch_of())


# What is recorded


def still(model, batch):
    """Two terms of known value whose gradient is zero, so that the weights never move."""
    nothing = 0 * sum(parameter.sum() for parameter in model.parameters())
    return {"first": batch[:, 0].mean() + nothing, "square": batch.square().mean() + nothing}


def test_a_recorded_term_is_its_mean_over_the_examples_with_a_partial_last_batch():
    x = batch_of()
    history = run(x=x, loss=still)
    assert history.terms == {
        "first": pytest.approx([x[:, 0].mean().item()] * 3),
        "square": pytest.approx([x.square().mean().item()] * 3),
    }


def test_a_recorded_validation_term_is_its_mean_over_the_examples():
    y = batch_of(7, seed=5)
    history = run(loss=still, validation=y)
    assert history.validation == {
        "first": pytest.approx([y[:, 0].mean().item()] * 3),
        "square": pytest.approx([y.square().mean().item()] * 3),
    }


def test_the_terms_are_recorded_as_they_were_before_each_step():
    seen = []

    def loss(model, batch):
        terms = squared(model, batch)
        seen.append((len(batch), terms["error"].item()))
        return terms

    history = run(loss=loss, lr=0.1)
    by_hand = [sum(n * e for n, e in seen[i : i + 3]) / N for i in (0, 3, 6)]
    assert history.terms["error"] == pytest.approx(by_hand)


def test_validation_is_measured_after_every_epoch_with_the_weights_of_then():
    y, measured = batch_of(7, seed=5), []

    def loss(model, batch):
        if not model.training:
            measured.append(squared(model, y)["error"].item())
        return squared(model, batch)

    history = run(loss=loss, validation=y, batch_size=N)
    assert history.validation["error"] == pytest.approx(measured)
    assert len(measured) == 3 and measured[0] != measured[1]


def test_the_last_validation_is_that_of_the_model_that_comes_back():
    model, y = network(), batch_of(7, seed=5)
    history = run(model, validation=y)
    assert history.validation["error"][-1] == pytest.approx(squared(model, y)["error"].item())


def test_without_validation_none_is_recorded():
    assert run().validation == {}


def test_the_history_holds_numbers_only():
    json.dumps(vars(run(validation=batch_of())))


def test_a_new_history_is_empty():
    assert (History().terms, History().total, History().interrupted) == ({}, [], False)


def test_nothing_is_printed_without_the_progress_bar(capfd):
    run(validation=batch_of())
    assert capfd.readouterr() == ("", "")


# Validation leaves no trace


class Dropping(nn.Module):
    """A network whose training draws random numbers and keeps running statistics."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(
            nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3)
        )

    def forward(self, x):
        return self.layers(x)


def test_validation_does_not_influence_the_training():
    runs = []
    for validation in (None, batch_of(50, seed=5)):
        model = Dropping()
        history = run(model, loss=noisy, validation=validation)
        runs.append((torch.cat([v.flatten() for v in model.state_dict().values()]), history.terms))
    assert same(*runs)


def test_the_model_trains_in_training_mode_and_is_validated_in_evaluation_mode_without_gradient():
    modes = []

    def loss(model, batch):
        modes.append((model.training, torch.is_grad_enabled()))
        return squared(model, batch)

    run(loss=loss, validation=batch_of(), batch_size=N, epochs=2)
    assert modes == [(True, True), (False, False)] * 2


def test_the_model_comes_back_in_evaluation_mode():
    model = network().train()
    run(model)
    assert not model.training


def test_noise_in_the_validation_is_the_same_after_every_epoch():
    def loss(model, batch):
        noise = torch.randn(()) if not model.training else torch.zeros(())
        return {"error": squared(model, batch)["error"], "noise": noise}

    values = run(loss=loss, validation=batch_of(), batch_size=N).validation["noise"]
    assert values[0] == values[1] == values[2] != 0


# Seeds


def test_the_same_seed_repeats_bit_for_bit_with_noise_inside_the_loss():
    assert same(trained(loss=noisy), trained(loss=noisy))


def test_another_seed_gives_another_run():
    assert not same(trained(loss=noisy), trained(loss=noisy, seed=1))


def test_a_run_does_not_depend_on_the_global_generator():
    def disturbed(seed):
        model = network()
        torch.manual_seed(seed)
        return weights(model), run(model, loss=noisy).terms, weights(model)

    first, other = disturbed(1), disturbed(2)
    assert first[1] == other[1] and torch.equal(first[2], other[2])


def diverging(model, batch):
    return {"error": squared(model, batch)["error"] * math.nan}


@pytest.mark.parametrize("loss", [noisy, diverging])
def test_the_global_generator_is_left_as_it_was_found(loss):
    model = network()
    torch.manual_seed(123)
    before = torch.get_rng_state()
    try:
        run(model, loss=loss, validation=batch_of())
    except FloatingPointError:
        assert loss is diverging
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("loss", [squared, diverging])
def test_the_generator_of_mps_is_left_as_it_was_found(loss, monkeypatch):
    put_back = []
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "get_rng_state", lambda: "as it was")
    monkeypatch.setattr(torch.mps, "set_rng_state", put_back.append)
    try:
        run(loss=loss, device="cpu")
    except FloatingPointError:
        assert loss is diverging
    assert put_back == ["as it was"]


SCRIPT = """
import torch
from torch import nn
from course_utils.training import fit, seed_everything

seed_everything(3)
model = nn.Sequential(nn.Linear(20, 10), nn.ReLU(), nn.Linear(10, 20))
x = torch.randn(300, 20)
def loss(model, batch):
    return {"error": (model(batch + torch.randn_like(batch)) - batch).square().sum(1).mean()}
history = fit(model, x, loss, epochs=3, batch_size=64, validation=x[:50], device="cpu")
print(vars(history))
print([p.view(torch.int32).flatten().tolist() for p in model.state_dict().values()])
"""


@pytest.fixture(scope="module")
def fresh_runs():
    """What two fresh processes print, side by side: standard output and standard error of each."""
    processes = []
    for hash_seed in ("0", "5"):
        variables = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": hash_seed, "TQDM_DISABLE": "1"}
        command = [sys.executable, "-c", SCRIPT]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command, env={**os.environ, **variables}, **pipes))
    return [process.communicate() for process in processes]


def test_two_fresh_processes_give_the_same_bits(fresh_runs):
    (first, _), (second, _) = fresh_runs
    assert first == second and "'error': [" in first


def test_tqdm_disable_hides_the_progress_bar(fresh_runs):
    assert [stderr for _, stderr in fresh_runs] == ["", ""]


def test_course_seed_changes_the_run_and_nothing_but_the_seeds(monkeypatch):
    monkeypatch.setenv("COURSE_SEED", "0")
    runs = [trained(loss=noisy)]
    monkeypatch.delenv("COURSE_SEED")
    runs.append(trained(loss=noisy))
    monkeypatch.setenv("COURSE_SEED", "1")
    runs.append(trained(loss=noisy))
    assert same(runs[0], runs[1]) and not same(runs[0], runs[2])


def drawn():
    return random.random(), np.random.rand(), torch.rand(()).item()


def test_seed_everything_seeds_python_numpy_and_torch():
    assert seed_everything(5) == seed_everything(5)
    first = drawn()
    seed_everything(5)
    assert drawn() == first
    seed_everything(6)
    assert all(a != b for a, b in zip(drawn(), first, strict=True))


def test_seed_everything_returns_the_seed_in_force(monkeypatch):
    monkeypatch.delenv("COURSE_SEED", raising=False)
    assert seed_everything(5) == 5
    monkeypatch.setenv("COURSE_SEED", "3")
    assert np.random.RandomState(seed_everything(5)).rand() == np.random.rand()


def test_course_seeds_1_to_10_shift_every_seed_to_one_of_its_own(monkeypatch):
    in_force = set()
    for shift in range(11):
        monkeypatch.setenv("COURSE_SEED", str(shift))
        in_force |= {seed_everything(seed) for seed in range(20)}
    assert len(in_force) == 220


@pytest.mark.parametrize("shift", ["-1", "abc", "1.5", "", " "])
def test_a_wrong_course_seed_is_refused_by_name(shift, monkeypatch):
    monkeypatch.setenv("COURSE_SEED", shift)
    for use in (run, lambda: seed_everything(0)):
        with pytest.raises(ValueError, match=f"COURSE_SEED must be .*{shift!r}"):
            use()


@pytest.mark.parametrize("seed", [-1, 1.5, "0", True, None], ids=repr)
def test_a_wrong_seed_is_refused_by_name(seed):
    for use in (lambda: run(seed=seed), lambda: seed_everything(seed)):
        with pytest.raises((TypeError, ValueError), match=f"seed must be .*{seed!r}"):
            use()


# Stopped by hand


def stopping_at(step):
    """A loss that is interrupted at its call number `step`, and the list of its earlier values."""
    seen = []

    def loss(model, batch):
        if len(seen) + 1 == step:
            raise KeyboardInterrupt
        terms = squared(model, batch)
        seen.append((len(batch), terms["error"].item(), weights(model)))
        return terms

    return loss, seen


def test_an_interrupted_run_keeps_the_model_as_the_last_step_left_it(capsys):
    model, other = network(), network()
    before = weights(model)
    stop, _ = stopping_at(6)
    history = run(model, loss=stop)
    last, seen = stopping_at(99)
    run(other, loss=last)
    assert history.interrupted and not model.training
    assert torch.equal(weights(model), seen[5][2])  # what the sixth call would have seen
    assert not torch.equal(weights(model), before)


def test_an_interrupted_run_keeps_the_history_and_the_unfinished_epoch(capsys):
    loss, seen = stopping_at(6)
    history = run(loss=loss)
    whole = sum(n * error for n, error, _ in seen[:3]) / N
    unfinished = sum(n * error for n, error, _ in seen[3:]) / 8
    assert history.terms["error"] == pytest.approx([whole, unfinished])


def test_an_interrupted_run_says_so_in_one_line(capsys):
    run(loss=stopping_at(6)[0])
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1 and "epoch 2" in printed


def test_a_run_interrupted_at_once_has_an_empty_history(capsys):
    model = network()
    before = weights(model)
    history = run(model, loss=stopping_at(1)[0])
    assert history.interrupted and history.total == []
    assert torch.equal(weights(model), before)


def test_a_run_interrupted_while_validating_keeps_its_training_terms(capsys):
    def loss(model, batch):
        if not model.training:
            raise KeyboardInterrupt
        return squared(model, batch)

    history = run(loss=loss, validation=batch_of())
    assert history.interrupted and len(history.terms["error"]) == 1


def test_a_finished_run_is_not_interrupted():
    assert run().interrupted is False


# Diverging


def failing_at(step, value):
    calls = []

    def loss(model, batch):
        calls.append(weights(model))
        error = squared(model, batch)["error"]
        return {"error": error, "penalty": error * (value if len(calls) == step else 1)}

    return loss, calls


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
@pytest.mark.parametrize("step", [1, 5])
def test_a_term_that_is_not_finite_is_named_with_advice(step, value):
    with pytest.raises(FloatingPointError) as caught:
        run(loss=failing_at(step, value)[0])
    for words in (
        "'penalty'",
        str(value),
        "lr=0.002",
        f"epoch {1 + (step - 1) // 3}",
        "smaller lr",
    ):
        assert words in str(caught.value)
    assert "'error'" not in str(caught.value)


def test_a_term_that_is_not_finite_leaves_the_model_as_the_step_before_did():
    model = network()
    loss, calls = failing_at(5, math.nan)
    with pytest.raises(FloatingPointError):
        run(model, loss=loss)
    assert len(calls) == 5 and torch.equal(weights(model), calls[-1])
    assert weights(model).isfinite().all() and not model.training


def test_a_gradient_that_is_not_finite_does_not_pass_in_silence():
    model = network()
    nn.init.zeros_(model[1].weight)
    nn.init.zeros_(model[1].bias)

    def norm(model, batch):  # the gradient of √0 is infinite, and infinity times 0 is nan
        return {"norm": model(batch).square().sum().sqrt()}

    with pytest.raises(FloatingPointError, match="norm|gradient"):
        run(model, loss=norm, epochs=1, batch_size=N)


def test_a_validation_term_that_is_not_finite_is_named():
    def loss(model, batch):
        return {"error": squared(model, batch)["error"] * (1 if model.training else math.nan)}

    with pytest.raises(FloatingPointError, match="'error' became nan on the validation data"):
        run(loss=loss, validation=batch_of())


# Devices


class Sent(Exception):
    pass


class Stopping(nn.Linear):
    """A layer that stops the run when it is sent to a device, and says to which."""

    def to(self, device):
        raise Sent(torch.device(device).type)


@pytest.mark.parametrize(
    ("cuda", "mps", "asked", "chosen"),
    [
        (False, False, None, "cpu"),
        (False, True, None, "mps"),
        (True, False, None, "cuda"),
        (True, True, None, "cuda"),
        (True, True, "cpu", "cpu"),
        (True, True, torch.device("cpu"), "cpu"),
        (True, True, "mps", "mps"),
    ],
)
def test_the_device_is_the_fastest_there_is_unless_one_is_given(
    cuda, mps, asked, chosen, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.setattr(training, "_check_reachable", lambda device: None)
    with pytest.raises(Sent, match=chosen):
        run(Stopping(3, 3), device=asked)


def test_the_model_comes_back_to_the_device_it_was_on():
    places = []

    class Watched(nn.Linear):
        def to(self, device):
            places.append(torch.device(device).type)
            return super().to(device)

    run(Watched(3, 3), device="cpu")
    assert places[0] == places[-1] == "cpu" and len(places) > 1


@pytest.mark.parametrize("device", ["nonsense", 3.5], ids=repr)
def test_a_device_that_is_not_there_is_refused_by_name(device):
    with pytest.raises((TypeError, ValueError), match="device must"):
        run(device=device)


# What the loss returns


BAD_LOSSES = {
    "a tensor": (TypeError, "dict", lambda model, batch: squared(model, batch)["error"]),
    "no terms": (TypeError, "dict", lambda model, batch: {}),
    "nothing": (TypeError, "dict", lambda model, batch: None),
    "a number": (TypeError, "'error' must be a scalar", lambda model, batch: {"error": 1.0}),
    "a vector": (
        TypeError,
        r"'error' .*\(3,\)",
        lambda model, batch: {"error": model(batch).sum(0)},
    ),
}


@pytest.mark.parametrize(("error", "message", "loss"), BAD_LOSSES.values(), ids=BAD_LOSSES)
def test_a_loss_must_return_named_scalars(error, message, loss):
    with pytest.raises(error, match=f"loss .*{message}"):
        run(loss=loss)


def test_the_names_of_the_terms_must_stay_the_same():
    names = iter(["a", "a", "b"])
    with pytest.raises(ValueError, match=r"loss .*\['b'\].*\['a'\]"):
        run(loss=lambda model, batch: {next(names): squared(model, batch)["error"]})


def test_the_names_of_the_terms_must_stay_the_same_in_the_next_epoch():
    names = iter(["a", "b"])
    with pytest.raises(ValueError, match=r"loss .*\['b'\].*\['a'\]"):
        run(loss=lambda model, batch: {next(names): squared(model, batch)["error"]}, batch_size=N)


# Arguments

NOT_A_COUNT = [0, -1, 1.5, "3", True, None]
BAD_DATA = {
    "nothing": None,
    "a list": [1.0, 2.0],
    "an array": np.zeros((10, 3)),
    "no tensors": (),
    "not all tensors": (batch_of(), "labels"),
    "a scalar": torch.tensor(1.0),
    "no examples": torch.zeros(0, 3),
    "two lengths": (batch_of(), torch.zeros(9)),
    "nan": torch.full((10, 3), math.nan),
    "infinity": (batch_of(), torch.full((10,), math.inf)),
}


@pytest.mark.parametrize("model", [None, squared, nn.ReLU(), network().requires_grad_(False)])
def test_a_model_that_cannot_be_trained_is_refused_by_name(model):
    with pytest.raises((TypeError, ValueError), match="^model "):
        fit(model, batch_of(), squared, epochs=1, progress=False)


@pytest.mark.parametrize("loss", [None, "mse", torch.tensor(1.0)])
def test_a_loss_that_cannot_be_called_is_refused_by_name(loss):
    with pytest.raises(TypeError, match="^loss must"):
        run(loss=loss)


@pytest.mark.parametrize("name", ["epochs", "batch_size"])
@pytest.mark.parametrize("value", NOT_A_COUNT, ids=repr)
def test_a_wrong_count_is_refused_by_name(name, value):
    with pytest.raises((TypeError, ValueError), match=f"^{name} must .*{value!r}"):
        run(**{name: value})


@pytest.mark.parametrize("lr", [0, -1e-3, math.nan, math.inf, "0.1", None], ids=repr)
def test_a_wrong_learning_rate_is_refused_by_name(lr):
    with pytest.raises((TypeError, ValueError), match=f"^lr must .*{lr!r}"):
        run(lr=lr)


@pytest.mark.parametrize("data", BAD_DATA.values(), ids=BAD_DATA)
def test_wrong_data_are_refused_by_name(data):
    with pytest.raises((TypeError, ValueError), match="^x "):
        fit(network(), data, squared, epochs=1, progress=False)


@pytest.mark.parametrize("name", [name for name in BAD_DATA if name != "nothing"])
def test_wrong_validation_data_are_refused_by_name(name):
    with pytest.raises((TypeError, ValueError), match="^validation "):
        run(validation=BAD_DATA[name])


@pytest.mark.parametrize(
    "validation",
    [(batch_of(), batch_of()), (batch_of(),), batch_of(features=4), batch_of().double()],
    ids=["two tensors", "a tuple of one", "other columns", "another dtype"],
)
def test_validation_must_be_like_x(validation):
    model = network()
    before = weights(model)
    with pytest.raises(ValueError, match="^validation must be like x"):
        run(model, validation=validation)
    assert torch.equal(weights(model), before), "refused at the door, not after an epoch"


def test_codes_that_were_recorded_train_a_decoder_and_the_encoder_stays_as_it_was():
    encoder, decoder = nn.Linear(3, 2), nn.Linear(2, 2)
    before = weights(encoder)
    run(decoder, x=encoder(batch_of()))
    assert torch.equal(weights(encoder), before)
    assert all(parameter.grad is None for parameter in encoder.parameters())


@pytest.mark.parametrize("device", ["cuda", "meta"])
def test_a_device_that_is_not_here_is_refused_by_name(device):
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(ValueError, match=f"device '{device}' cannot be used"):
        run(device=device)


def test_a_loss_that_does_not_depend_on_the_model_is_refused():
    with pytest.raises(ValueError, match="loss must return terms that depend"):
        run(loss=lambda model, batch: {"error": batch.square().sum()})
    with torch.no_grad(), pytest.raises(ValueError, match="no_grad"):
        run()


@pytest.mark.parametrize("lr", [True, "0.1", None, -1, math.nan], ids=repr)
def test_a_rate_that_is_no_positive_number_is_refused(lr):
    with pytest.raises(ValueError, match="^lr must be a positive number"):
        run(lr=lr)


def test_rates_of_numpy_are_numbers():
    assert same(trained(lr=np.float64(0.125)), trained(lr=0.125))
    assert same(trained(lr=np.float32(0.125)), trained(lr=0.125))


@pytest.mark.parametrize(
    "x", [batch_of().to(torch.complex64), batch_of().to_sparse()], ids=["complex", "sparse"]
)
def test_data_that_are_not_dense_real_numbers_are_refused(x):
    with pytest.raises(TypeError, match="^x must hold dense tensors of real numbers"):
        run(x=x)


def test_numpy_whole_numbers_are_counts_and_seeds():
    assert same(trained(epochs=np.int64(3), batch_size=np.int32(4), seed=np.int64(0)), trained())


def test_a_refused_call_leaves_the_model_as_it_was():
    model = network().train()
    before = weights(model)
    with pytest.raises(ValueError):
        run(model, epochs=0)
    assert torch.equal(weights(model), before) and model.training


def test_importing_the_helpers_leaves_linear_algebra_outside_torch_one_thread():
    program = (
        "import course_utils, sklearn.linear_model\n"
        "from threadpoolctl import threadpool_info\n"
        "print([p['num_threads'] for p in threadpool_info() if p['user_api'] == 'blas'])"
    )
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2"}
    output = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert set(ast.literal_eval(output.stdout)) <= {1}
