"""For each claim of notebook 07 a wrong model, under which the claim has to fail."""

import torch
from notebook_files import LESSONS, run_cells

from course_utils.data import load_mnist
from course_utils.metrics import auroc
from course_utils.models import Autoencoder

DATA = load_mnist(train_size=500, validation_size=500, test_size=1000)


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("07"))
    return run_cells(lesson, ["imports-libraries", "imports", "imports-measures", *ids], values)


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
    "claim-promise": [quantile_for_the_helper, largest_score_for_the_helper],
    "claim-auroc": [area_of_one_threshold, interval_of_all_pairs],
    "claim-best-of": [one_epoch_only, the_better_of_both_signs],
}  # fmt: skip
