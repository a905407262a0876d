"""Seeds, and `fit`: what it minimises, records and leaves behind. Used from 01 on."""

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

from course_utils.training import History, fit, seed_everything

N = 10


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.delenv("COURSE_SEED", raising=False)
    torch.manual_seed(0)


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
    """Fit in three epochs of three batches, the last of two examples."""
    model, x = network() if model is None else model, batch_of() if x is None else x
    return fit(model, x, loss, **{"epochs": 3, "batch_size": 4, "device": "cpu", **options})


def trained(**options):
    """The weights and the terms after a run from the same first weights."""
    model = network()
    history = run(model, **options)
    return weights(model), history.terms


def same(run, other):
    return torch.equal(run[0], other[0]) and run[1] == other[1]


# 01: what is minimised


def test_fit_finds_the_least_squares_solution():
    x = batch_of(256, 4)
    y = x @ torch.tensor([[1.0], [-2.0], [0.5], [3.0]]) + 0.7 + 0.3 * batch_of(256, 1, seed=1)
    design = np.hstack([x.numpy(), np.ones((256, 1))])
    expected = np.linalg.lstsq(design, y.numpy(), rcond=None)[0].ravel()

    def loss(model, batch):
        return {"error": (model(batch[0]) - batch[1]).square().mean()}

    model = nn.Linear(4, 1)
    run(model, (x, y), loss, epochs=60, batch_size=64, lr=0.1)
    np.testing.assert_allclose(weights(model).numpy(), expected, atol=0.003)


def test_the_sum_of_the_terms_is_minimised():
    def in_two_terms(model, batch):
        error = squared(model, batch)["error"]
        return {"a": 0.25 * error, "b": 0.75 * error}

    torch.testing.assert_close(trained(loss=in_two_terms)[0], trained(loss=squared)[0])


def test_every_term_pulls_at_the_weights():
    def penalised(model, batch):
        decay = 100 * sum(p.square().sum() for p in model.parameters())
        return {**squared(model, batch), "decay": decay}

    both = trained(loss=penalised, lr=0.05, epochs=30)[0]
    assert both.norm() < 0.2 * trained(lr=0.05, epochs=30)[0].norm()


@pytest.mark.parametrize("steps", range(1, 5))
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


def test_codes_that_were_recorded_train_a_decoder_and_the_encoder_stays_as_it_was():
    encoder, decoder = nn.Linear(3, 2), nn.Linear(2, 2)
    before = weights(encoder)
    run(decoder, x=encoder(batch_of()))
    assert torch.equal(weights(encoder), before)
    assert all(parameter.grad is None for parameter in encoder.parameters())


# 01: the steps


def one_cycle(steps, start, top, end):
    """From start to top in 30 % of the steps, then to the end, along cosines (Smith and Topin).

    One step more than are taken is planned: with its rate next to 0 it would be wasted.
    """

    def between(a, b, share):
        return b + (a - b) * (1 + math.cos(math.pi * share)) / 2

    turn = 0.3 * (steps + 1) - 1
    up = [between(start, top, i / turn) for i in range(steps) if i <= turn]
    down = [between(top, end, (i - turn) / (steps - turn)) for i in range(len(up), steps)]
    return up + down


@pytest.mark.parametrize("lr", [2e-3, 0.5])
def test_the_learning_rate_makes_one_cycle_whose_top_is_lr(lr):
    rates = []
    handle = register_optimizer_step_pre_hook(
        lambda optimizer, *_: rates.extend(group["lr"] for group in optimizer.param_groups)
    )
    try:
        run(epochs=20, lr=lr)
    finally:
        handle.remove()
    assert rates == pytest.approx(one_cycle(60, lr / 25, lr, lr / 25e4))


def test_the_steps_are_those_of_adam_with_a_momentum_that_falls_while_the_rate_rises():
    """Kingma and Ba (2015), by hand: one batch an epoch, so that no order matters."""
    model, twin, x = network(), network(), batch_of()
    run(model, x, epochs=20, batch_size=N, lr=0.1)
    rates, momenta = one_cycle(20, 0.1 / 25, 0.1, 0.1 / 25e4), one_cycle(20, 0.95, 0.85, 0.95)
    m = [torch.zeros_like(p) for p in twin.parameters()]
    v = [torch.zeros_like(p) for p in twin.parameters()]
    for t, (lr, beta) in enumerate(zip(rates, momenta), start=1):
        gradients = torch.autograd.grad(squared(twin, x)["error"], tuple(twin.parameters()))
        for i, (p, g) in enumerate(zip(twin.parameters(), gradients)):
            m[i] = beta * m[i] + (1 - beta) * g
            v[i] = 0.999 * v[i] + 0.001 * g**2
            p.data -= lr * m[i] / (1 - beta**t) / ((v[i] / (1 - 0.999**t)).sqrt() + 1e-8)
    torch.testing.assert_close(weights(model), weights(twin), rtol=1e-3, atol=1e-4)


# 01: batches


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

    def loss(model, batch):
        assert isinstance(batch, tuple) and torch.equal(batch[0], x[batch[1]])
        return squared(model, batch[0])

    run(x=(x, torch.arange(N)), loss=loss)


def test_the_data_stay_as_they_were():
    x = batch_of()
    run(x=x)
    assert torch.equal(x, batch_of())


def test_whole_numbers_and_rates_of_numpy_are_numbers():
    numpy = {"epochs": np.int64(3), "batch_size": np.int32(4), "seed": np.int64(0)}
    assert same(trained(**numpy, lr=np.float64(0.125)), trained(lr=0.125))


# 01: what is recorded


def still(model, batch):
    """Two terms of known value whose gradient is zero, so that the weights never move."""
    nothing = 0 * sum(parameter.sum() for parameter in model.parameters())
    return {"first": batch[:, 0].mean() + nothing, "square": batch.square().mean() + nothing}


def test_a_recorded_term_is_its_mean_over_the_examples_with_a_partial_last_batch():
    x, y = batch_of(), batch_of(7, seed=5)
    history = run(x=x, loss=still, validation=y)
    for recorded, data in ((history.terms, x), (history.validation, y)):
        assert recorded == {
            "first": pytest.approx([data[:, 0].mean().item()] * 3),
            "square": pytest.approx([data.square().mean().item()] * 3),
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


def test_the_history_holds_numbers_only():
    json.dumps(vars(run(validation=batch_of())))


def test_a_new_history_is_empty():
    assert (History().terms, History().validation, History().interrupted) == ({}, {}, False)


def test_a_history_says_where_it_ended_and_marks_what_was_measured():
    history = History()
    history.terms = {"error": [3.0, 2.0], "KL": [0.5, 0.25]}
    assert repr(history) == "History of 2 epochs; last: error ≈ 2, KL ≈ 0.25"


# 01: validation


def test_validation_is_measured_after_every_epoch_in_evaluation_mode_without_gradient():
    model, y, measured, modes = network(), batch_of(7, seed=5), [], []

    def loss(model, batch):
        modes.append((model.training, torch.is_grad_enabled()))
        if not model.training:
            measured.append(squared(model, y)["error"].item())
        return squared(model, batch)

    history = run(model, loss=loss, validation=y, batch_size=N)
    assert modes == [(True, True), (False, False)] * 3
    assert history.validation["error"] == pytest.approx(measured)
    assert len(set(measured)) == 3 and measured[-1] == squared(model, y)["error"].item()


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


def test_noise_in_the_validation_is_the_same_after_every_epoch_and_depends_on_the_seed():
    def loss(model, batch):
        noise = torch.zeros(()) if model.training else torch.randn(())
        return {**squared(model, batch), "noise": noise}

    drawn = [run(loss=loss, validation=batch_of(4), seed=s).validation["noise"] for s in (0, 1)]
    assert all(len(set(values)) == 1 for values in drawn)
    assert drawn[0][0] != drawn[1][0] and 0 not in drawn[0]


# 01: seeds


def test_the_same_seed_repeats_bit_for_bit_with_noise_inside_the_loss():
    assert same(trained(loss=noisy), trained(loss=noisy))


def test_another_seed_gives_another_run():
    assert not same(trained(loss=noisy), trained(loss=noisy, seed=1))


def test_a_run_does_not_depend_on_the_global_generator():
    def disturbed(seed):
        model = network()
        torch.manual_seed(seed)
        history = run(model, loss=noisy)
        return weights(model), history.terms

    assert same(disturbed(1), disturbed(2))


def diverging(model, batch):
    return {"error": squared(model, batch)["error"] * math.nan}


@pytest.mark.parametrize("loss", [noisy, diverging])
def test_the_generators_of_torch_are_left_as_they_were_found(loss, monkeypatch):
    put_back = []  # MPS is acted: few machines that run the tests have it
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "get_rng_state", lambda: "as it was")
    monkeypatch.setattr(torch.mps, "set_rng_state", put_back.append)
    model = network()
    torch.manual_seed(123)
    before = torch.get_rng_state()
    try:
        run(model, loss=loss, validation=batch_of())
    except FloatingPointError:
        assert loss is diverging
    assert torch.equal(torch.get_rng_state(), before) and set(put_back) == {"as it was"}


def test_course_seed_changes_the_run_and_0_is_where_none_is_set(monkeypatch):
    runs = [trained(loss=noisy)]
    for shift in ("0", "1"):
        monkeypatch.setenv("COURSE_SEED", shift)
        runs.append(trained(loss=noisy))
    assert same(runs[0], runs[1]) and not same(runs[0], runs[2])


def drawn():
    return random.random(), np.random.rand(), torch.rand(()).item()


def test_seed_everything_seeds_python_numpy_and_torch():
    assert seed_everything(5) == 5
    first = drawn()
    seed_everything(5)
    assert drawn() == first
    seed_everything(6)
    assert all(a != b for a, b in zip(drawn(), first))


def test_seed_everything_returns_the_seed_in_force(monkeypatch):
    monkeypatch.setenv("COURSE_SEED", "3")
    in_force = seed_everything(5)
    assert in_force != 5 and np.random.RandomState(in_force).rand() == np.random.rand()


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


@pytest.mark.slow
def test_two_fresh_processes_give_the_same_bits_and_print_nothing_else():
    processes = []
    for hash_seed in ("0", "5"):
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", SCRIPT]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command, env=environment, **pipes))
    (first, errors), (second, other_errors) = (process.communicate() for process in processes)
    assert first == second and "'error': [" in first
    assert errors == other_errors == ""


@pytest.mark.slow
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


# 01: the progress bar


def test_tqdm_disable_hides_the_progress_bar(capsys, monkeypatch):
    run()
    assert capsys.readouterr() == ("", "")
    monkeypatch.delenv("TQDM_DISABLE")
    run()
    assert "step" in capsys.readouterr().err


# 01: stopped by hand


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


def test_an_interrupted_run_keeps_the_model_as_the_last_step_left_it():
    model, other = network(), network()
    history = run(model, loss=stopping_at(6)[0])
    loss, seen = stopping_at(99)
    assert not run(other, loss=loss).interrupted
    assert history.interrupted and not model.training
    assert torch.equal(weights(model), seen[5][2])  # what the sixth call would have seen


def test_an_interrupted_run_keeps_the_history_and_the_unfinished_epoch():
    loss, seen = stopping_at(6)
    history = run(loss=loss)
    whole = sum(n * error for n, error, _ in seen[:3]) / N
    unfinished = sum(n * error for n, error, _ in seen[3:]) / 8
    assert history.terms["error"] == pytest.approx([whole, unfinished])


def test_an_interrupted_run_says_so_in_one_line(capsys):
    run(loss=stopping_at(6)[0])
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1 and "epoch 2" in printed


def test_a_run_interrupted_at_once_has_an_empty_history_and_the_same_model():
    model = network()
    before = weights(model)
    history = run(model, loss=stopping_at(1)[0])
    assert history.interrupted and history.terms == {}
    assert torch.equal(weights(model), before)


def test_a_run_interrupted_while_validating_keeps_its_training_terms():
    def loss(model, batch):
        if not model.training:
            raise KeyboardInterrupt
        return squared(model, batch)

    history = run(loss=loss, validation=batch_of())
    assert history.interrupted and len(history.terms["error"]) == 1


# 01: diverging


def failing_at(step, value):
    calls = []

    def loss(model, batch):
        calls.append(weights(model))
        error = squared(model, batch)["error"]
        return {"error": error, "penalty": error * (value if len(calls) == step else 1)}

    return loss, calls


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
@pytest.mark.parametrize("step", [1, 5])
def test_a_term_that_is_not_finite_is_named_with_advice_before_the_weights_change(step, value):
    model, (loss, calls) = network(), failing_at(step, value)
    with pytest.raises(FloatingPointError) as caught:
        run(model, loss=loss)
    for words in ("'penalty'", str(value), "lr=0.002", f"epoch {1 + (step - 1) // 3}", "smaller"):
        assert words in str(caught.value)
    assert "'error'" not in str(caught.value)
    assert len(calls) == step and torch.equal(weights(model), calls[-1])
    assert not model.training


def test_a_gradient_that_is_not_finite_stops_the_run_before_the_weights_change():
    model = network()
    nn.init.zeros_(model[1].weight)
    nn.init.zeros_(model[1].bias)
    before = weights(model)

    def norm(model, batch):  # the gradient of √0 is infinite, and infinity times 0 is nan
        return {"norm": model(batch).square().sum().sqrt()}

    with pytest.raises(FloatingPointError, match="norm|gradient"):
        run(model, loss=norm)
    assert torch.equal(weights(model), before)


def test_a_validation_term_that_is_not_finite_is_named():
    def loss(model, batch):
        return {"error": squared(model, batch)["error"] * (1 if model.training else math.nan)}

    with pytest.raises(FloatingPointError, match="'error' became nan on the validation data"):
        run(loss=loss, validation=batch_of())


# 01: what the loss returns


@pytest.mark.parametrize("batch_size", [4, N])
def test_the_names_of_the_terms_stay_the_same_within_an_epoch_and_in_the_next(batch_size):
    names = iter(["a", "b"])

    def loss(model, batch):
        return {next(names): squared(model, batch)["error"]}

    with pytest.raises(ValueError, match="^loss .*'b'.*'a'"):
        run(loss=loss, batch_size=batch_size)


def test_a_loss_without_a_gradient_for_the_model_is_refused():
    with pytest.raises(ValueError, match="loss must"):
        run(loss=lambda model, batch: {"error": batch.square().sum()})
    with torch.no_grad(), pytest.raises(ValueError, match="no_grad"):
        run()


# 01: devices


class Sent(ValueError):
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
        (True, True, "mps", "mps"),
    ],
)
def test_the_device_is_the_fastest_there_is_unless_one_is_given(
    cuda, mps, asked, chosen, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    with pytest.raises(ValueError, match=chosen):  # Sent there, or told that it is not there
        run(Stopping(3, 3), device=asked)


def test_the_model_comes_back_to_the_device_it_was_on():
    places = []

    class Watched(nn.Linear):
        def to(self, device):
            places.append(torch.device(device).type)
            return super().to(device)

    run(Watched(3, 3))
    assert places[0] == places[-1] == "cpu" and len(places) > 1
