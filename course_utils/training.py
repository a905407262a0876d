"""Seeds, and `fit`: the one training loop that every notebook uses."""

import math
import os
import random
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Real

import numpy as np
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

Batch = Tensor | tuple[Tensor, ...]
Loss = Callable[[nn.Module, Batch], dict[str, Tensor]]


@dataclass(repr=False)
class History:
    """What `fit` recorded: per epoch, the mean over the examples of every term of the loss.

    terms, validation: name → one number per epoch (validation is empty when none was asked for).
    interrupted: whether the run was stopped by hand; an unfinished epoch is recorded, too.
    """

    terms: dict[str, list[float]] = field(default_factory=dict)
    validation: dict[str, list[float]] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def total(self) -> list[float]:
        """The sum of the training terms, per epoch: what was minimised."""
        return [sum(values) for values in zip(*self.terms.values(), strict=True)]

    def __repr__(self) -> str:
        """Say how long it ran and where it ended; the sign ≈ marks measured numbers."""
        last = ", ".join(f"{name} ≈ {values[-1]:.4g}" for name, values in self.terms.items())
        return f"History of {len(self.total)} epochs; last: {last}"


def seed_everything(seed: int) -> int:
    """Seed Python, NumPy and torch; return the seed in force (for scikit-learn's random_state).

    The environment variable COURSE_SEED (a whole number, default 0) shifts every seed of the
    course. Raises TypeError or ValueError when either number is not a whole number of at least 0.
    """
    seed = _course_seed(seed)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return seed


def fit(
    model: nn.Module,
    x: Batch,
    loss: Loss,
    *,
    epochs: int,
    batch_size: int = 128,
    lr: float = 2e-3,
    validation: Batch | None = None,
    seed: int = 0,
    device: str | torch.device | None = None,
    progress: bool = True,
) -> History:
    """Minimise the sum of the terms that `loss` returns, over shuffled mini-batches of x.

    x: a tensor (n, …) or a tuple of tensors of equal length n. loss(model, batch) returns a dict of
    named scalar terms; a batch is shaped like x. Adam with one cycle of the learning rate, whose
    top is lr (Smith and Topin, 2018). validation: data like x, measured after every epoch; it does
    not influence the training. device: by default CUDA, else MPS, else the CPU; the model comes
    back to the device it was on, in evaluation mode. progress: show a bar with the named terms
    (never when the environment has TQDM_DISABLE, as where outputs are saved).

    Random numbers drawn inside depend on seed (and COURSE_SEED) only; torch's global generators are
    left as they were found. A KeyboardInterrupt keeps the model and the history so far. A term that
    is not finite raises FloatingPointError before that step changes the model.

    Raises: TypeError or ValueError, naming the argument, for input that cannot be trained on.
    """
    n = _check_arguments(model, x, loss, epochs, batch_size, lr, validation)
    epochs, batch_size, lr = int(epochs), int(batch_size), float(lr)
    home = next(model.parameters()).device
    device = _device(device)
    _check_reachable(device)
    model.to(device)
    x = _to(x, device)
    steps = epochs * math.ceil(n / batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr, fused=True)
    # One more than the steps: the cycle's last rate is next to 0, and would waste a step.
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps + 1)
    history = History()
    hidden = not progress or bool(os.environ.get("TQDM_DISABLE"))  # tqdm's notebook bar ignores it
    bar = tqdm(total=steps, disable=hidden, leave=False, unit="step")
    with bar, _seeded(_course_seed(seed)):
        try:
            for epoch in range(1, epochs + 1):
                model.train()
                with _epoch_means(history.terms) as record:
                    for index in torch.randperm(n).to(device).split(batch_size):
                        terms = loss(model, _rows(x, index))
                        numbers = record(terms, len(index), f"in epoch {epoch} at lr={lr:g}")
                        optimizer.zero_grad()
                        total = sum(terms.values())
                        if not total.requires_grad:
                            raise ValueError(
                                "loss must return terms that depend on the model's parameters; "
                                "and fit cannot run under torch.no_grad"
                            )
                        total.backward()
                        _check_gradient(model, f"in epoch {epoch} at lr={lr:g}")
                        optimizer.step()
                        schedule.step()
                        bar.set_postfix(numbers, refresh=False)
                        bar.update()
                if validation is not None:
                    _validate(model, validation, loss, batch_size, device, history.validation)
        except KeyboardInterrupt:
            history.interrupted = True
            print(f"Stopped by hand in epoch {epoch}: model and history so far are kept.")
        finally:
            model.to(home).eval()
    return history


def _validate(model, validation, loss, batch_size, device, means) -> None:
    """Record the terms on the validation data, without a trace in weights or random numbers."""
    model.eval()
    with torch.no_grad(), _seeded(torch.initial_seed()), _epoch_means(means) as record:
        for index in torch.arange(len(_tensors(validation)[0])).split(batch_size):
            batch = _to(_rows(validation, index), device)
            record(loss(model, batch), len(index), "on the validation data")


@contextmanager
def _epoch_means(means: dict[str, list[float]]):
    """Yield a function that records one batch's terms; at the end, append their means to `means`.

    A batch counts by its number of examples, so the mean is over the examples, not the batches.
    """
    sums: dict[str, float] = {}
    count = 0

    def record(terms: dict[str, Tensor], size: int, where: str) -> dict[str, float]:
        nonlocal count
        numbers = _numbers(terms, expected=sums or means or terms, where=where)
        for name, number in numbers.items():
            sums[name] = sums.get(name, 0.0) + size * number
        count += size
        return numbers

    try:
        yield record
    finally:
        for name, value in sums.items():
            means.setdefault(name, []).append(value / count)


def _numbers(terms: dict[str, Tensor], expected: dict, where: str) -> dict[str, float]:
    """Turn the terms into numbers; refuse what is not named scalars; stop at nan or infinity."""
    if not isinstance(terms, dict) or not terms:
        raise TypeError(f"loss must return a dict of named terms, got {type(terms).__name__}")
    for name, term in terms.items():
        if not isinstance(term, Tensor) or term.dim() != 0:
            got = f"shape {tuple(term.shape)}" if isinstance(term, Tensor) else type(term).__name__
            raise TypeError(f"loss term {name!r} must be a scalar tensor, got {got}")
    if terms.keys() != expected.keys():
        raise ValueError(f"loss returned the terms {sorted(terms)}, before {sorted(expected)}")
    numbers = {name: term.item() for name, term in terms.items()}
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise FloatingPointError(
                f"The loss term {name!r} became {number} {where}. Try a smaller lr, look for a "
                "logarithm or a square root of 0 and a division by 0 in that term, and check that "
                "the inputs lie in the range it expects."
            )
    return numbers


def _check_gradient(model: nn.Module, where: str) -> None:
    """Stop before a gradient of nan or infinity reaches the weights."""
    # One value of nan or infinity makes the sum so: cheaper than to look at every value.
    sums = [p.grad.sum().item() for p in model.parameters() if p.grad is not None]
    if not math.isfinite(sum(sums)):
        raise FloatingPointError(
            f"The terms of the loss are finite, but their gradient is not, {where}. Look for a "
            "square root or a logarithm at 0 in a term, and try a smaller lr."
        )


def _check_arguments(model, x, loss, epochs, batch_size, lr, validation) -> int:
    """Check everything that `fit` is given, once; return the number of examples."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError("model has no parameters to train")
    if not callable(loss):
        raise TypeError(f"loss must be a function loss(model, batch), got {type(loss).__name__}")
    _check_count("epochs", epochs)
    _check_count("batch_size", batch_size)
    if not isinstance(lr, Real) or isinstance(lr, bool) or not 0 < lr < math.inf:
        raise ValueError(f"lr must be a positive number, got {lr!r}")
    n = _check_data("x", x)
    if validation is not None:
        _check_data("validation", validation)
        kinds = [
            (isinstance(data, tuple), *((tuple(t.shape[1:]), t.dtype) for t in _tensors(data)))
            for data in (x, validation)
        ]
        if kinds[0] != kinds[1]:
            raise ValueError(
                "validation must be like x: a tensor, or a tuple of as many tensors, of the same "
                f"dtypes and shapes but for the length; got {_kinds(validation)} for {_kinds(x)}"
            )
    return n


def _kinds(data: Batch) -> str:
    return ", ".join(f"{tuple(tensor.shape)} {tensor.dtype}" for tensor in _tensors(data))


def _check_count(name: str, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")


def _check_data(name: str, data: Batch) -> int:
    """Check a tensor or a tuple of tensors and return the number of examples."""
    tensors = _tensors(data)
    if not tensors or not all(isinstance(tensor, Tensor) for tensor in tensors):
        raise TypeError(f"{name} must be a tensor or a tuple of tensors, got {type(data).__name__}")
    if any(tensor.is_complex() or tensor.layout != torch.strided for tensor in tensors):
        raise TypeError(f"{name} must hold dense tensors of real numbers, got {_kinds(data)}")
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if any(not shape or 0 in shape or shape[0] != shapes[0][0] for shape in shapes):
        raise ValueError(f"{name} must hold tensors of one length of at least 1, got {shapes}")
    # The extremes are nan or infinite if anything is; isfinite would need the data once more.
    if not all(torch.stack(tensor.aminmax()).isfinite().all() for tensor in tensors):
        raise ValueError(f"{name} holds values that are not finite (nan or infinity)")
    return shapes[0][0]


def _tensors(data: Batch) -> tuple[Tensor, ...]:
    return data if isinstance(data, tuple) else (data,)


def _rows(data: Batch, index: Tensor) -> Batch:
    """Take the same examples of the tensor, or of every tensor of the tuple, as copies."""

    def rows(tensor: Tensor) -> Tensor:
        return tensor.index_select(0, index.to(tensor.device))  # faster than tensor[index]

    return tuple(map(rows, data)) if isinstance(data, tuple) else rows(data)


def _to(data: Batch, device: torch.device) -> Batch:
    """Copy what is elsewhere; what was recorded before (a code with its graph) stays outside."""
    if isinstance(data, tuple):
        return tuple(tensor.detach().to(device) for tensor in data)
    return data.detach().to(device)


def _device(device: str | torch.device | None) -> torch.device:
    """Return the device asked for, else the fastest there is."""
    if device is not None:
        try:
            return torch.device(device)
        except (RuntimeError, TypeError) as error:
            message = f'device must be a device of torch such as "cpu" or "cuda", got {device!r}'
            raise ValueError(message) from error
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _check_reachable(device: torch.device) -> None:
    """Refuse a device that this machine has not, or on which nothing is computed (meta)."""
    try:
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(f"device {str(device)!r} cannot be used on this machine") from error


@contextmanager
def _seeded(seed: int):
    """Seed torch's generators on all devices, and put them back as they were at the end."""
    mps_state = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            torch.manual_seed(seed)
            yield
    finally:
        if mps_state is not None:
            torch.mps.set_rng_state(mps_state)


def _course_seed(seed: int) -> int:
    """Shift a seed by the COURSE_SEED of the environment; both are whole numbers from 0."""
    shift = os.environ.get("COURSE_SEED", "0")
    if not shift.isdecimal():
        raise ValueError(f"COURSE_SEED must be a whole number of at least 0, got {shift!r}")
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be a whole number, got {seed!r}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0, got {seed}")
    return (int(seed) + 100_003 * int(shift)) % 2**32
