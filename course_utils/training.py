"""Seeds, and `fit`: the one training loop that every notebook uses."""

import math
import os
import random
from collections.abc import Callable
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from course_utils import checks

Batch = checks.Batch  # a tensor, or a tuple of tensors of one length
Loss = Callable[[nn.Module, Batch], dict[str, Tensor]]


class History:
    """What `fit` recorded: per epoch, the mean over the examples of every term of the loss.

    terms, validation: name → one number per epoch (validation is empty when none was asked for).
    interrupted: whether the run was stopped by hand; an unfinished epoch is recorded, too.
    """

    def __init__(self):
        self.terms: dict[str, list[float]] = {}
        self.validation: dict[str, list[float]] = {}
        self.interrupted = False
        self._sums, self._count = {}, 0  # of the epoch that is running

    def record(self, numbers: dict[str, float], n: int) -> None:
        """Add the terms of a batch of n examples: it counts by n, also when it is a smaller one."""
        self._count += n
        for name, number in numbers.items():
            self._sums[name] = self._sums.get(name, 0.0) + n * number

    def end_epoch(self) -> None:
        """Append the means over the examples that were recorded since the last call."""
        for name, total in self._sums.items():
            self.terms.setdefault(name, []).append(total / self._count)
        self._sums, self._count = {}, 0

    @property
    def names(self) -> list[str]:
        """The names of the terms, as the first batch had them."""
        return list(self._sums or self.terms)

    def __repr__(self) -> str:
        """Say how long it ran and where it ended; the sign ≈ marks measured numbers."""
        epochs = max(map(len, self.terms.values()), default=0)
        last = ", ".join(f"{name} ≈ {values[-1]:.4g}" for name, values in self.terms.items())
        return f"History of {epochs} epochs; last: {last}"


@checks.arguments(seed=checks.whole(0))
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


@checks.arguments(
    model=checks.trainable, x=checks.examples, loss=checks.function, epochs=checks.whole(),
    batch_size=checks.whole(), lr=checks.number("(0, inf)"), seed=checks.whole(0),
    device=checks.optional(checks.device),
)  # fmt: skip
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
) -> History:
    """Minimise the sum of the terms that `loss` returns, over shuffled mini-batches of x.

    x: a tensor (n, …) or a tuple of tensors of equal length n. loss(model, batch) returns a dict of
    named scalar terms; a batch is shaped like x. Adam with one cycle of the learning rate, whose
    top is lr (Smith and Topin, 2018). validation: data like x, measured after every epoch; it does
    not influence the training. device: by default CUDA, else MPS, else the CPU; the model comes
    back to the device it was on, in evaluation mode. A bar shows the named terms, unless the
    environment has TQDM_DISABLE, as where outputs are saved.

    Random numbers drawn inside depend on seed (and COURSE_SEED) only; torch's global generators are
    left as they were found. A KeyboardInterrupt keeps the model and the history so far. A term or
    gradient that is not finite raises FloatingPointError before that step changes the model.

    Raises: TypeError or ValueError, naming the argument, for input that cannot be trained on.
    """
    if validation is not None:
        checks.like("validation", validation, x)
    home, device = next(model.parameters()).device, device or _fastest_device()
    model.to(device)
    x, n = _to(x, device), len(checks.as_tuple(x)[0])
    steps = epochs * math.ceil(n / batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr, fused=True)
    # One more than the steps: the cycle's last rate is next to 0, and would waste a step.
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps + 1)
    history, validated = History(), History()
    with _progress_bar(steps) as bar, _seeded(_course_seed(seed)):
        try:
            for epoch in range(1, epochs + 1):
                model.train()
                for index in torch.randperm(n).to(device).split(batch_size):
                    terms = checks.scalars(loss(model, _rows(x, index)), history.names)
                    total = sum(terms.values())
                    checks.depends("loss", total.requires_grad, "the model's parameters")
                    optimizer.zero_grad()
                    total.backward()
                    gradients = [p.grad for p in model.parameters() if p.grad is not None]
                    numbers = _finite(terms, gradients, f"in epoch {epoch} at lr={lr:g}")
                    optimizer.step()
                    schedule.step()
                    history.record(numbers, len(index))
                    bar.set_postfix(numbers, refresh=False)
                    bar.update()
                history.end_epoch()
                if validation is not None:
                    _validate(model, validation, loss, batch_size, device, validated)
        except KeyboardInterrupt:
            history.interrupted = True
            print(f"Stopped by hand in epoch {epoch}: model and history so far are kept.")
        finally:
            history.end_epoch()
            history.validation = validated.terms
            model.to(home).eval()
    return history


@torch.no_grad()
def _validate(model, x: Batch, loss: Loss, batch_size: int, device, history: History) -> None:
    """Record the terms on other data, without a trace in weights or random numbers."""
    model.eval()
    with _seeded(torch.initial_seed()):
        for index in torch.arange(len(checks.as_tuple(x)[0])).split(batch_size):
            terms = checks.scalars(loss(model, _to(_rows(x, index), device)), history.names)
            history.record(_finite(terms, [], "on the validation data"), len(index))
    history.end_epoch()


def _finite(terms: dict[str, Tensor], gradients: list[Tensor], where: str) -> dict[str, float]:
    """Return the terms as numbers; stop when one of them, or of the gradients, is not finite.

    All come from the device at once; nan or infinity in a gradient makes its sum so.
    """
    values = [*terms.values(), *(gradient.sum() for gradient in gradients)]
    numbers = torch.stack([v.detach().to(values[-1].device) for v in values]).tolist()
    named = dict(zip(terms, numbers, strict=False))
    for name, number in named.items():
        if not math.isfinite(number):
            raise FloatingPointError(
                f"The loss term {name!r} became {number} {where}. Try a smaller lr, look for a "
                "logarithm or a square root of 0 and a division by 0 in that term, and check that "
                "the inputs lie in the range it expects."
            )
    if not math.isfinite(sum(numbers)):
        raise FloatingPointError(
            f"The terms of the loss are finite, but their gradient is not, {where}. Look for a "
            "square root or a logarithm at 0 in a term, and try a smaller lr."
        )
    return named


def _rows(data: Batch, index: Tensor) -> Batch:
    """Take the same examples of the tensor, or of every tensor of the tuple, as copies."""
    if isinstance(data, tuple):
        return tuple(_rows(tensor, index) for tensor in data)
    return data.index_select(0, index.to(data.device))  # faster than data[index]


def _to(data: Batch, device: torch.device) -> Batch:
    """Copy what is elsewhere; what was recorded before (a code with its graph) stays outside."""
    if isinstance(data, tuple):
        return tuple(tensor.detach().to(device) for tensor in data)
    return data.detach().to(device)


def _fastest_device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _progress_bar(steps: int) -> tqdm:
    hidden = bool(os.environ.get("TQDM_DISABLE"))  # tqdm's bar for notebooks does not look at it
    return tqdm(total=steps, disable=hidden, leave=False, unit="step")


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
    return (seed + 100_003 * int(shift)) % 2**32
