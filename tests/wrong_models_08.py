"""For each claim of notebook 08 a wrong model, under which the claim has to fail."""

from types import SimpleNamespace

import torch
from notebook_files import LESSONS, run_cells

from course_utils import losses, metrics
from course_utils.data import load_mnist
from course_utils.metrics import auroc
from course_utils.models import Autoencoder, pca_autoencoder, tie_weights

X = load_mnist(train_size=500, validation_size=1, test_size=1).train


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("08"))
    return run_cells(lesson, ["imports", *ids], values)


def sweep(gains, hits):
    return {"sweep": {k: [9.9, 0.99, g, 0.9, a] for k, (g, a) in enumerate(zip(gains, hits))}}


def labels_that_like_large_codes():
    return sweep((6, 7.3, 6, 4, 1), (0.8, 0.9, 0.92, 0.94, 0.96))


def noise_that_no_code_passes():
    return sweep((6, 7.3, 7.3, 7.3, 7.3), (0.8, 0.92, 0.92, 0.92, 0.91))


GRID = [(100, 2), (100, 8), (100, 32), (1000, 32), (10_000, 32)]


def errors_of(training, validation):
    return {"grid": GRID, "mean": torch.tensor([training, validation]).T}


def a_larger_code_that_harms_new_images():
    return errors_of([35.0, 12.0, 4.3, 18.0, 19.0], [44.0, 46.0, 48.0, 19.0, 19.1])


def no_overfitting():
    return errors_of([46.0, 34.0, 25.0, 18.0, 20.0], [46.0, 34.0, 25.0, 18.0, 20.0])


def stopped_at_the_lowest_point():
    """Early stopping: no code ends above its lowest validation error."""
    return {"curves": {k: torch.linspace(60, 20 + k, 50) for k in (2, 8, 32)}}


def largest_code_suffers_most():
    """What is often expected: the larger the code, the more it overfits."""
    ends = {2: 1.2, 8: 1.4, 32: 1.6}
    return {"curves": {k: torch.tensor([60.0, 30.0, 30.0 * end]) for k, end in ends.items()}}


MEASURES = ("error", "effective units", "s", "gain, dB")
RESULTS = {
    "PCA": [12.0, 19, 0.89, 7.3],
    "VAE": [15.7, 10, 2.8, 4.4],
    "KL sparse": [10.7, 50, 9.6, 3.7],
    "denoising": [10.6, 36, 0.9, 8.1],
    "without noise": [4.5, 50, 6.6, 3.8],
    "contractive": [8.3, 70, 1.3, 8.0],
    "no penalty": [6.0, 74, 1.92, 7.5],
}


def capstone(**rows):
    """As measured but for the given rows, three seeds each."""
    named = {name.replace("_", " "): row for name, row in rows.items()}
    results = {n: torch.tensor([named.get(n, r)] * 3).float() for n, r in RESULTS.items()}
    return cells("capstone-groups", measures=MEASURES, results=results)


def families_all_alike():
    return capstone(**{name.replace(" ", "_"): RESULTS["PCA"] for name in RESULTS})


def a_vae_that_uses_all_its_units():
    return capstone(VAE=[15.7, 30, 2.8, 4.3])


def a_vae_with_one_seed_inside_the_others():
    names = capstone()
    names["results"]["VAE"][0, 0] = 11.9
    return names


def a_denoiser_trained_without_noise():
    return capstone(denoising=RESULTS["without noise"])


def noise_that_calms_the_code_alone():
    return capstone(denoising=[10.6, 36, 0.9, 3.9])


def a_control_with_a_small_code():
    """Another size in place of another loss: s falls, and the gain stays."""
    return capstone(without_noise=[12.0, 19, 0.9, 3.8])


def a_penalty_that_does_nothing():
    return capstone(contractive=RESULTS["no penalty"])


def a_penalty_on_the_scale_alone():
    """It shrinks the code and its Jacobian: s, which is free of the scale, stays."""
    return capstone(contractive=[6.0, 74, 1.92, 8.0])


def a_calmer_code_that_restores_no_better():
    return capstone(contractive=[8.3, 70, 1.3, 7.5])


def settings(slow, seeds=(11.5, 11.6, 11.7)):
    return {"by_setting": {"learning rate ÷ 10": slow}, "by_seed": seeds}


def a_rate_that_does_not_matter():
    return settings(11.8)


def seeds_that_matter_as_much():
    return settings(18.0, (11.0, 11.5, 14.0))


def jacobians(in_loss=losses.sigmoid_contractive_penalty, in_s=metrics.sensitivity):
    torch.manual_seed(0)
    model = tie_weights(Autoencoder((784, 128), code_activation=torch.nn.Sigmoid))
    return {
        "models": {"no penalty": [model]}, "x_test": X.repeat_interleave(20, 0),
        "losses": SimpleNamespace(sigmoid_contractive_penalty=in_loss),
        "metrics": SimpleNamespace(sensitivity=in_s),
    }  # fmt: skip


def units_added_before_the_square(h, weight):
    """‖Jᵀ1‖², one projection of the Jacobian in place of all of it."""
    return ((h * (1 - h)) @ weight).square().sum(1).mean()


def one_projection_as_the_price():
    return jacobians(in_loss=units_added_before_the_square)


def one_projection_in_s():
    def wrong(model, x):
        h = metrics.encode(model, x)
        projected = units_added_before_the_square(h, model.encoder[0].weight)
        return (projected / h.var(0).sum()).item()

    return jacobians(in_s=wrong)


def s_without_the_variance():
    def wrong(model, x):
        return metrics.sensitivity(model, x) * metrics.encode(model, x).var(0).sum().item()

    return jacobians(in_s=wrong)


def counted(mean=lambda h: h.mean(0), descending=True):
    """Effective units by the definition, one number of kept units after the other."""

    @torch.no_grad()
    def effective_units(model, x, allowed):
        h, units = model.encode(x), model.encode(x).shape[1]
        rest = mean(h).expand_as(h)

        def added(kept):
            rebuilt = model.decode(torch.where(kept, h, rest))
            return (rebuilt - x).square().sum(1)

        alone = [added(torch.arange(units).expand_as(h) != unit) for unit in range(units)]
        order = torch.stack(alone, 1).argsort(1, descending=descending).argsort(1)
        full = added(torch.ones_like(h, dtype=bool)).mean()
        return next(m for m in range(units + 1) if added(order < m).mean() <= full + allowed)

    models = {"PCA": [pca_autoencoder(X, 32)]}
    errors = lambda model, x: (x - model(x).x_hat).detach().square().sum(1)  # noqa: E731
    given = cells("hand-shifted", models=models, x_test=X.repeat_interleave(10, 0), errors=errors)
    return given | {"metrics": SimpleNamespace(effective_units=effective_units)}


def other_units_at_zero():
    return counted(mean=lambda h: torch.zeros(h.shape[1]))


def the_cheapest_units_kept():
    return counted(descending=False)


def one_epoch_only():
    torch.manual_seed(0)
    value = auroc(torch.randn(5000), torch.randn(5000))
    return {"auroc": lambda normal, anomalies: value}


def the_better_of_both_signs():
    def wrong(normal, anomalies):
        area = auroc(normal, anomalies)
        return max(area, 1 - area)

    return {"auroc": wrong}


WRONG_MODELS = {
    "claim-labels": [labels_that_like_large_codes, noise_that_no_code_passes],
    "claim-overfit": [no_overfitting, a_larger_code_that_harms_new_images],
    "claim-longer": [stopped_at_the_lowest_point, largest_code_suffers_most],
    "claim-capstone": [
        families_all_alike, a_vae_that_uses_all_its_units, a_vae_with_one_seed_inside_the_others,
    ],
    "claim-noise": [
        a_denoiser_trained_without_noise, noise_that_calms_the_code_alone,
        a_control_with_a_small_code,
    ],
    "claim-price": [
        a_penalty_that_does_nothing, a_penalty_on_the_scale_alone,
        a_calmer_code_that_restores_no_better,
    ],
    "claim-settings": [a_rate_that_does_not_matter, seeds_that_matter_as_much],
    "claim-jacobian": [one_projection_as_the_price, one_projection_in_s, s_without_the_variance],
    "claim-effective": [other_units_at_zero, the_cheapest_units_kept],
    "claim-best-of": [one_epoch_only, the_better_of_both_signs],
}  # fmt: skip
