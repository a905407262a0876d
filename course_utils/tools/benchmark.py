"""Compare `fit` with the usual way to train: `python -m course_utils.tools.benchmark`.

The same 784–400–20 VAE, the same 60,000 images. The usual way: a torchvision data set, ToTensor, a
DataLoader with batches of 128, Adam at 0.001, ten epochs, as in PyTorch's own VAE example. Then
each of the two differences alone (the loader replaced; the learning rate in one cycle), then `fit`.
Prints times as ratios; nothing here is a test, and nothing is kept.
"""

import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, Dataset

from course_utils.data import load_mnist
from course_utils.losses import bernoulli_nll, gaussian_kl
from course_utils.models import VAE
from course_utils.training import fit, seed_everything

EPOCHS, BATCH, LR = 10, 128, 1e-3  # the usual way
FIT_BATCH, FIT_LR = 600, 1.6e-2
CYCLE_LR = FIT_LR * BATCH / FIT_BATCH  # the schedule alone, with the batches of the usual way


def negative_elbo(model: VAE, x: Tensor) -> dict[str, Tensor]:
    """Return the two terms of −ELBO, in nats per image."""
    logits, mu, log_var, _ = model(x)
    return {"reconstruction": bernoulli_nll(logits, x), "KL": gaussian_kl(mu, log_var)}


def loss_on(x: Tensor, model: VAE) -> float:
    """Return −ELBO in nats per image of x, from one draw of each code with a fixed seed."""
    seed_everything(1)
    with torch.no_grad():
        return sum(negative_elbo(model, x).values()).item()


def torchvision_mnist(x: Tensor, labels: Tensor, folder: Path) -> Dataset:
    """Return images x (n, 784) as torchvision's own data set, read from files in its format."""
    from torchvision.datasets import MNIST  # here: the import alone takes a second or two
    from torchvision.transforms import ToTensor

    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    pixels = (x * 255).round().byte().numpy().tobytes()
    marks = labels.byte().numpy().tobytes()
    for part in ("train", "t10k"):  # the data set insists on both parts
        images = struct.pack(">4i", 2051, len(x), 28, 28) + pixels
        (raw / f"{part}-images-idx3-ubyte").write_bytes(images)
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, len(x)) + marks)
    return MNIST(folder, train=True, transform=ToTensor())


def train(batches: Callable[[], Iterable[Tensor]], epochs: int, cycle_of: int = 0) -> VAE:
    """Train the usual way; batches() yields one epoch. cycle_of: the steps of a one-cycle rate."""
    seed_everything(0)
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    schedule = OneCycleLR(optimizer, CYCLE_LR, total_steps=cycle_of + 1) if cycle_of else None
    for _ in range(epochs):
        for x in batches():
            optimizer.zero_grad()
            sum(negative_elbo(model, x).values()).backward()
            optimizer.step()
            if schedule:
                schedule.step()
    return model.eval()


def train_with_fit(x: Tensor, epochs: int) -> VAE:
    """Train with `fit`, at the batch size and rate above."""
    seed_everything(0)
    model = VAE()
    fit(model, x, negative_elbo, epochs=epochs, batch_size=FIT_BATCH, lr=FIT_LR)
    return model


def timed(function: Callable, *arguments) -> tuple[VAE, float]:
    """Return what the function returns, and the seconds that it took."""
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


def product_seconds(n: int, batch: int = FIT_BATCH) -> float:
    """Return the seconds that the matrix products of one epoch of n images take alone.

    They run in the order of a training step: the four layers forwards, then backwards the products
    for the weights and, but for the first layer, for the inputs.
    """
    layers = [
        (torch.randn(batch, a), torch.randn(b, a), torch.randn(batch, b))
        for a, b in ((784, 400), (400, 40), (20, 400), (400, 784))
    ]
    start = time.perf_counter()
    for _ in range(n // batch):
        for x, w, _g in layers:
            x @ w.T
        for i, (x, w, g) in reversed(list(enumerate(layers))):
            g.T @ x
            if i:
                g @ w
    return time.perf_counter() - start


def main() -> int:
    """Run the trainings and print the comparison."""
    os.environ["TQDM_DISABLE"] = "1"  # a progress bar takes time, too
    data = load_mnist()
    x, labels = (
        torch.cat(parts)
        for parts in ((data.train, data.validation), (data.train_labels, data.validation_labels))
    )
    with tempfile.TemporaryDirectory() as folder:
        loader = DataLoader(torchvision_mnist(x, labels, Path(folder)), BATCH, shuffle=True)

    def from_loader():
        return (images.flatten(1) for images, _ in loader)

    def from_memory():
        return (x[index] for index in torch.randperm(len(x)).split(BATCH))

    def report(name: str, model: VAE, seconds: float) -> float:
        reached = loss_on(data.test, model)
        print(f"{name}: test −ELBO {reached:.2f} nats, {seconds:.1f} s", flush=True)
        return reached

    train_with_fit(x[:2560], 1)  # the first run pays for start-up; nobody's time should hold it
    usual, usual_time = timed(train, from_loader, EPOCHS)
    goal = report(f"the usual way, {EPOCHS} epochs", usual, usual_time)
    products = []  # seconds of an epoch's, measured between the trainings
    for epochs in range(2, EPOCHS + 1):  # one cycle each: the schedule depends on the length
        products.append(product_seconds(len(x)))
        model, fit_time = timed(train_with_fit, x, epochs)
        if report(f"fit, {epochs} epochs", model, fit_time) <= goal:
            break
    else:
        print("fit did not reach the loss of the usual way")
        return 1
    limit = epochs * sum(products) / len(products)
    memory, memory_time = timed(train, from_memory, EPOCHS)
    report("the usual way, its loader replaced", memory, memory_time)
    cycle, cycle_time = timed(train, from_loader, epochs, epochs * len(loader))
    report(f"the usual way, one cycle of {epochs} epochs", cycle, cycle_time)
    print(f"time of fit to the same test loss / usual time: {fit_time / usual_time:.3f}")
    print(f"replacing the loader alone:                     {memory_time / usual_time:.3f}")
    print(f"the schedule alone:                             {cycle_time / usual_time:.3f}")
    print(f"matrix products alone / time of fit:            {limit / fit_time:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
