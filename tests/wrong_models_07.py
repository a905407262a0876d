"""For each claim of notebook 07 a wrong model, under which the claim has to fail."""

from types import SimpleNamespace

import torch
from notebook_files import LESSONS, run_cells

from course_utils import losses
from course_utils.data import load_mnist
from course_utils.metrics import auroc
from course_utils.models import Autoencoder

DATA = load_mnist(train_size=500, validation_size=500, test_size=1000)


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("07"))
    return run_cells(lesson, ["imports", *ids], values)


SIZES = (2, 4, 8, 32)
BY_PCA = [(0.38, 0.74), (0.56, 0.87), (0.82, 0.966), (0.92, 0.997)]


BY_AE = [(0.46, 0.81), (0.69, 0.93), (0.84, 0.975), (0.92, 0.995)]


def codes(by_ae=BY_AE):
    return {"sizes": SIZES, "by_pca": BY_PCA, "by_ae": by_ae}


def codes_no_better_than_pca():
    """A linear autoencoder, which finds PCA's subspace."""
    return codes(by_ae=BY_PCA)


def codes_of_a_network_that_was_never_trained():
    return codes(by_ae=[(a - 0.1, t - 0.1) for a, t in BY_PCA])


def files(**changes):
    """What the claim on bytes sees when 8-bit codes stand beside JPEG."""
    return {"by_8": 18.8, "sheet_psnr": 19.05, "code_bits": 0.327, "sheet_bits": 0.305} | changes


def another_quality_of_jpeg():
    """A file of good quality: more bits, and a PSNR that nobody asked for."""
    return files(sheet_psnr=27.2, sheet_bits=1.26)


def every_image_in_a_file_of_its_own():
    return files(sheet_bits=2.03)


GAINS = {
    "Gaussian (trained on)": 8.1, "salt and pepper": 7.8, "white bars": 8.6, "masking": 0.7,
    "black block": 0.3, "half as bright": -2.2,
}  # fmt: skip


def gains(ours):
    return {"gains": {"denoising": ours}}


def copies_the_damage():
    return gains(dict.fromkeys(GAINS, 0.0))


def undoes_everything():
    return gains(dict.fromkeys(GAINS, 8.0))


def puts_back_missing_ink():
    return gains(GAINS | {"masking": 8.0})


def threshold_of_the_wrong_tail():
    return {"detectors": [0, 1, 2], "achieved": lambda model, rate: (1 - rate, 0.99)}


def scores_that_know_nothing():
    return {"detectors": [0, 1, 2], "achieved": lambda model, rate: (rate, rate)}


def detectors(score):
    def errors(model, x):
        return score(x)

    given = {
        "x_test": DATA.test, "labels_test": DATA.test_labels, "detectors": [0, 1, 2],
        "normal": DATA.test[DATA.test_labels == 8], "errors": errors,
    }  # fmt: skip
    return cells("fails-table", "fails-ink", **given)


def an_untrained_detector():
    torch.manual_seed(0)
    model = Autoencoder((784, 16, 8))
    return detectors(lambda x: (x - model(x).x_hat).detach().square().sum(1))


def a_detector_that_sees_every_digit():
    """Distance to the nearest test 8: 0 for each of them, above 0 for all others."""
    eights = DATA.test[DATA.test_labels == 8]
    return detectors(lambda x: torch.cdist(x, eights).amin(1))


def a_detector_for_which_only_a_zero_is_strange():
    """The 1s fail, as claimed, but so does another digit."""
    return {"areas": [{d: 0.9 if d == 0 else 0.42 for d in range(10) if d != 8}]}


def areas(ink=0.06, per_ink=0.86):
    return {"alone": {1: ink}, "per_ink": [{1: per_ink}]}


def paper_for_ink():
    """The sum of 1 − x: most for a 1."""
    return areas(ink=0.94)


def error_times_ink():
    return areas(per_ink=0.2)


SCORES = ("autoencoder", "PCA", "isolation forest", "one-class SVM", "distance to the mean")


def tumours(areas):
    return {"over_splits": {n: [a] * 5 for n, a in zip(SCORES, areas)}}


def a_sign_turned():
    """score_samples of scikit-learn taken as it is: large for normal rows."""
    return tumours((0.93, 0.93, 0.04, 0.04, 0.96))


def the_network_ahead():
    return tumours((0.99, 0.93, 0.96, 0.96, 0.96))


INVENTED = {
    "VAE, N(0, I)": 24.0, "VAE, fitted mixture": 2.6, "plain, N(0, I)": 56.0,
    "plain, fitted Gaussian": 26.0, "plain, fitted mixture": 8.3,
}  # fmt: skip


def samples_all_alike():
    return {"invented": dict.fromkeys(INVENTED, 10.0)}


def a_vae_whose_codes_are_its_prior():
    return {"invented": INVENTED | {"VAE, N(0, I)": 2.6}}


def a_mixture_of_one():
    return {"invented": INVENTED | {"plain, fitted mixture": 26.0}}


def a_vae_no_better_than_a_plain_decoder():
    return {"invented": INVENTED | {"VAE, fitted mixture": 8.3}}


# What the inventions rest on


def clouds(draw=lambda mu, sd: mu + sd * torch.randn_like(mu), kl=losses.gaussian_kl):
    """A VAE whose clouds are as wide as those of a trained one: many narrow, some of the prior."""
    torch.manual_seed(0)
    mu, log_var = torch.randn(500, 32), torch.linspace(-5, 0, 32).expand(500, 32)

    def vae(x):
        return None, mu, log_var, draw(mu, (0.5 * log_var).exp())

    other = SimpleNamespace(gaussian_kl=kl)
    return {"models": {"VAE": vae}, "x_test": None, "losses": other}


def the_sign_of_log_var_turned():
    return clouds(kl=lambda mu, log_var: losses.gaussian_kl(mu, -log_var))


def half_of_the_divergence():
    return clouds(kl=lambda mu, log_var: losses.gaussian_kl(mu, torch.zeros_like(log_var)))


def variance_taken_for_its_root():
    return clouds(draw=lambda mu, sd: mu + sd.square() * torch.randn_like(mu))


def distances(frechet):
    """Two halves of images with their pixels as features, some of which go together."""
    real, other = DATA.test[::2, 300:340], DATA.test[1::2, 300:340]
    other_metrics = SimpleNamespace(frechet_distance=frechet)
    return {
        "metrics": other_metrics, "real": real, "other_half": other,
        "distance": lambda images: frechet(images, real),
    }  # fmt: skip


def distance_of_the_means_alone():
    return distances(lambda a, b: (a.mean(0) - b.mean(0)).square().sum().item())


def distance_with_variances_alone():
    def frechet(a, b):
        means = (a.mean(0) - b.mean(0)).square().sum()
        return (means + (a.std(0) - b.std(0)).square().sum()).item()

    return distances(frechet)


def quantile_for_the_helper():
    return {"false_alarm_threshold": lambda scores, rate: scores.quantile(1 - rate).item()}


def largest_score_for_the_helper():
    return {"false_alarm_threshold": lambda scores, rate: scores.max().item()}


def area_of_one_threshold():
    return {"my_auroc": lambda n, a: (a > n.mean()).double().mean()}


def interval_of_all_pairs():
    """As though the 10,000 pairs of a normal and an anomaly were independent."""

    def wrong(normal, anomalies):
        area = auroc(normal, anomalies)
        half = 1.96 * (area * (1 - area) / (len(normal) * len(anomalies))) ** 0.5
        return area - half, area + half

    return {"auroc_interval": wrong, "my_auroc": lambda n, a: torch.tensor(auroc(n, a))}


WRONG_MODELS = {
    "claim-codes": [codes_no_better_than_pca, codes_of_a_network_that_was_never_trained],
    "claim-bytes": [another_quality_of_jpeg, every_image_in_a_file_of_its_own],
    "claim-unseen": [copies_the_damage, undoes_everything, puts_back_missing_ink],
    "claim-threshold": [threshold_of_the_wrong_tail, scores_that_know_nothing],
    "claim-fails": [
        an_untrained_detector, a_detector_that_sees_every_digit,
        a_detector_for_which_only_a_zero_is_strange,
    ],
    "claim-ink": [paper_for_ink, error_times_ink],
    "claim-tumours": [a_sign_turned, the_network_ahead],
    "claim-invent": [
        samples_all_alike, a_vae_whose_codes_are_its_prior, a_mixture_of_one,
        a_vae_no_better_than_a_plain_decoder,
    ],
    "claim-kl": [the_sign_of_log_var_turned, half_of_the_divergence, variance_taken_for_its_root],
    "claim-frechet": [distance_of_the_means_alone, distance_with_variances_alone],
    "claim-promise": [quantile_for_the_helper, largest_score_for_the_helper],
    "claim-auroc": [area_of_one_threshold, interval_of_all_pairs],
}  # fmt: skip
