"""The parts of the benchmark that can be wrong without its showing; times are never tested."""

import pytest
import torch
from torch.nn import functional as F

from course_utils.data import load_mnist
from course_utils.models import VAE
from course_utils.tools import benchmark

DATA = load_mnist(train_size=300, validation_size=10, test_size=10)


@pytest.mark.slow
def test_the_torchvision_data_set_holds_the_same_images_and_labels(tmp_path):
    images = benchmark.torchvision_mnist(DATA.train, DATA.train_labels, tmp_path)
    assert len(images) == 300
    for i in (0, 7, 299):
        x, label = images[i]
        assert x.shape == (1, 28, 28)
        assert torch.equal(x.flatten(), DATA.train[i])
        assert label == DATA.train_labels[i]


def test_both_ways_minimise_the_same_loss_in_nats_per_image():
    torch.manual_seed(0)
    model = VAE()
    terms = benchmark.negative_elbo(model, DATA.train)
    torch.manual_seed(1)
    logits, mu, log_var, _ = model(DATA.train)
    pixels = F.binary_cross_entropy(logits.sigmoid(), DATA.train, reduction="none").sum(1).mean()
    prior = torch.distributions.Normal(0.0, 1.0)
    posterior = torch.distributions.Normal(mu, (0.5 * log_var).exp())
    kl = torch.distributions.kl_divergence(posterior, prior).sum(1).mean()
    assert terms["KL"].item() == pytest.approx(kl.item(), rel=1e-4)
    assert terms["reconstruction"].item() == pytest.approx(pixels.item(), rel=2e-2)


@pytest.mark.slow
def test_the_usual_way_and_fit_lower_the_loss():
    untrained = benchmark.loss_on(DATA.test, VAE())
    by_hand = benchmark.train(lambda: DATA.train.split(128), epochs=3)
    with_cycle = benchmark.train(lambda: DATA.train.split(128), epochs=3, cycle_of=9)
    with_fit = benchmark.train_with_fit(DATA.train, epochs=3)
    for model in (by_hand, with_cycle, with_fit):
        assert benchmark.loss_on(DATA.test, model) < 0.8 * untrained


def test_the_products_of_twice_the_images_are_counted_twice(monkeypatch):
    calls = []
    product = torch.Tensor.__matmul__
    monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b: calls.append(1) or product(a, b))
    benchmark.product_seconds(n=1024, batch=256)
    once = len(calls)
    benchmark.product_seconds(n=2048, batch=256)
    assert once == 4 * (4 + 4 + 3)
    assert len(calls) - once == 2 * once
