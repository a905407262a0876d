"""Compare `fit` with the usual way to train: `python -m course_utils.benchmark`.

The 784–400–20 VAE is trained once through a torchvision data set, ToTensor and a DataLoader with
Adam at a constant rate (as in PyTorch's own example), once with `fit`, and once with each of the
two differences alone. Prints ratios; nothing here is a test.
"""

import sys
import time

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from course_utils.data import load_mnist
from course_utils.losses import bernoulli_nll, gaussian_kl
from course_utils.models import VAE
from course_utils.training import fit, seed_everything

EPOCHS, BATCH = 10, 128


def negative_elbo(model: VAE, x: Tensor) -> dict[str, Tensor]:
    """Return the two terms of −ELBO, in nats per image."""
    logits, mu, log_var, _ = model(x)
    return {"reconstruction": bernoulli_nll(logits, x), "KL": gaussian_kl(mu, log_var)}


def test_loss(model: VAE, x: Tensor) -> float:
    """Return −ELBO on x, from one draw of the code with a fixed seed."""
    seed_everything(1)
    with torch.no_grad():
        return sum(negative_elbo(model, x).values()).item()


class ImageFolderOfTensors(Dataset):
    """What torchvision.datasets.MNIST does per item: a PIL image, then ToTensor."""

    def __init__(self, x: Tensor):
        from torchvision.transforms import ToTensor

        self.pixels = (x * 255).round().byte().reshape(-1, 28, 28).numpy()
        self.transform = ToTensor()

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.pixels)

    def __getitem__(self, index: int) -> Tensor:
        """Return image `index` as a tensor (1, 28, 28)."""
        from PIL import Image

        return self.transform(Image.fromarray(self.pixels[index]))


def train_by_hand(batches, epochs: int) -> VAE:
    """Train with Adam at a constant 0.001; batches() yields the batches of one epoch."""
    seed_everything(0)
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        for x in batches():
            optimizer.zero_grad()
            sum(negative_elbo(model, x.flatten(1)).values()).backward()
            optimizer.step()
    return model.eval()


def train_with_fit(x: Tensor, epochs: int) -> VAE:
    """Train with `fit`."""
    seed_everything(0)
    model = VAE()
    fit(model, x, negative_elbo, epochs=epochs, batch_size=BATCH, lr=4e-3, progress=False)
    return model


def timed(function, *arguments) -> tuple[VAE, float]:
    """Return what the function returns, and the seconds that it took."""
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


def product_seconds(steps: int, repeats: int = 100) -> float:
    """Return the seconds that the matrix products alone of so many steps take."""
    layers = ((784, 400), (400, 40), (20, 400), (400, 784))
    start = time.perf_counter()
    for a, b in layers:
        x, w, g = torch.randn(BATCH, a), torch.randn(b, a), torch.randn(BATCH, b)
        for _ in range(repeats):
            x @ w.T
            g.T @ x
            if (a, b) != layers[0]:  # the images need no gradient
                g @ w
    return (time.perf_counter() - start) / repeats * steps


def main() -> int:
    """Run the four trainings and print the comparison."""
    data = load_mnist()
    loader = DataLoader(ImageFolderOfTensors(data.train), BATCH, shuffle=True)

    def from_memory():
        return (data.train[i] for i in torch.randperm(len(data.train)).split(BATCH))

    usual, usual_time = timed(train_by_hand, lambda: iter(loader), EPOCHS)
    goal = test_loss(usual, data.test)
    print(f"usual way: test −ELBO {goal:.2f}, {usual_time:.1f} s")
    memory, memory_time = timed(train_by_hand, from_memory, EPOCHS)
    print(f"its loader replaced: {test_loss(memory, data.test):.2f}, {memory_time:.1f} s")
    for epochs in range(1, EPOCHS + 1):  # one cycle each: the schedule depends on the length
        model, seconds = timed(train_with_fit, data.train, epochs)
        reached = test_loss(model, data.test)
        print(f"fit, {epochs} epochs: {reached:.2f}, {seconds:.1f} s")
        if reached <= goal:
            break
    steps = epochs * len(loader)
    print(f"fit reaches the usual loss in {seconds / usual_time:.3f} of the time")
    print(f"the loader alone: {memory_time / usual_time:.3f}")
    print(f"the schedule alone: {epochs / EPOCHS:.2f} of the epochs")
    print(f"share of fit in matrix products: {product_seconds(steps) / seconds:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
