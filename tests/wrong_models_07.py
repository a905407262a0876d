"""For each claim of notebook 07 a wrong model, under which the claim has to fail."""

from functools import cache

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


def codes(by_ae=BY_AE, families=0.93, kl_trust=0.98):
    """What the claim on codes sees: families' accuracy and the KL family's trustworthiness."""
    of_codes = {
        "PCA": [(0.923, 0.0), (0.997, 0.0)],
        "KL sparse": [(0.888, 0.007), (kl_trust, 0.0006)],
        "contractive": [(families, 0.002), (0.998, 0.0001)],
    }
    return {"sizes": SIZES, "by_pca": BY_PCA, "by_ae": by_ae, "of_codes": of_codes}


def codes_no_better_than_pca():
    """A linear autoencoder, which finds PCA's subspace."""
    return codes(by_ae=BY_PCA)


def codes_of_a_network_that_was_never_trained():
    return codes(by_ae=[(a - 0.1, t - 0.1) for a, t in BY_PCA])


def codes_that_saw_the_labels():
    return codes(families=0.97)


def a_kl_family_that_keeps_its_neighbours():
    return codes(kl_trust=0.999)


def files(**changes):
    """What the claim on bytes sees when 8-bit codes stand beside JPEG."""
    seen = {
        "by_8": 18.8, "by_4": 18.6, "sheet_psnr": 19.05, "code_bits": 0.327, "sheet_bits": 0.305,
        "singly_bits": 2.03, "quality": 1,
        "prices": {"single": [2500.0, 2300.0], "sheet": ["never", 30_000.0]},
    }  # fmt: skip
    return seen | changes


def float_codes():
    """32 code numbers of 32 bits each."""
    prices = {"single": [3900.0, 2500.0], "sheet": ["never", 9e9]}
    return files(code_bits=32 * 32 / 784, prices=prices)


def decoder_not_counted():
    return files(prices={"single": [0.0, 0.0], "sheet": ["never", 0.0]})


def another_quality_of_jpeg():
    """A file of good quality: more bits, and a PSNR that nobody asked for."""
    return files(sheet_psnr=27.2, sheet_bits=1.26, quality=50)


def codes_smaller_than_the_sheet():
    """8-bit codes after a compression of their own: the sheet's saving pays for the decoder."""
    prices = {"single": [2400.0, 2300.0], "sheet": [45_000.0, 30_000.0]}
    return files(code_bits=0.25, prices=prices)


GAINS = {
    "Gaussian (trained on)": 8.1, "salt and pepper": 7.8, "white bars": 8.6, "masking": 0.7,
    "black block": 0.3, "half as bright": -2.2,
}  # fmt: skip


def gains(ours, linear=7.3):
    return {"gains": {"denoising": ours, "PCA": dict.fromkeys(GAINS, linear)}}


def copies_the_damage():
    return gains(dict.fromkeys(GAINS, 0.0))


def undoes_everything():
    return gains(dict.fromkeys(GAINS, 8.0))


def puts_back_missing_ink():
    return gains(GAINS | {"masking": 8.0})


def a_linear_rival_that_only_copies():
    return gains(GAINS, linear=0.0)


def threshold_of_the_wrong_tail():
    return {"detectors": [0, 1, 2], "achieved": lambda model, rate: (1 - rate, 0.99)}


def scores_that_know_nothing():
    return {"detectors": [0, 1, 2], "achieved": lambda model, rate: (rate, rate)}


ON_DIGITS = {"autoencoder": 0.85, "PCA": 0.8, "isolation forest": 0.72, "one-class SVM": 0.87}


def detectors(score):
    def errors(model, x):
        return score(x)

    given = {
        "x_test": DATA.test, "labels_test": DATA.test_labels, "detectors": [0, 1, 2],
        "normal": DATA.test[DATA.test_labels == 8], "errors": errors,
    }  # fmt: skip
    on_digits = {name: (None, area, None) for name, area in ON_DIGITS.items()}
    return cells("fails-table", "fails-ink", on_digits=on_digits, **given)


def an_untrained_detector():
    torch.manual_seed(0)
    model = Autoencoder((784, 16, 8))
    return detectors(lambda x: (x - model(x).x_hat).detach().square().sum(1))


def a_detector_that_sees_every_digit():
    """Distance to the nearest test 8: 0 for each of them, above 0 for all others."""
    eights = DATA.test[DATA.test_labels == 8]
    return detectors(lambda x: torch.cdist(x, eights).amin(1))


def areas(ink=0.06, per_ink=0.86, **on_digits):
    """As measured but for the given areas: of 1s by their ink, and of methods on all digits."""
    names = {name.replace("_", " "): area for name, area in on_digits.items()}
    return {
        "areas": [{d: 0.42 if d == 1 else 0.9 for d in range(10) if d != 8}],
        "alone": {1: ink}, "per_ink": [{1: per_ink}],
        "on_digits": {n: (None, names.get(n, a), None) for n, a in ON_DIGITS.items()},
    }  # fmt: skip


def no_better_than_pca():
    return areas(PCA=0.85)


def svm_with_pixels_as_they_are():
    return areas(**{"one-class SVM": 0.75})


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


@cache
def table_of_tumours():
    """The cell on the real table; each of its 500 splits is made once."""
    names = cells("tumours-code")
    return names | {"split": cache(names["split"])}


def promise(choose):
    return table_of_tumours() | {"false_alarm_threshold": choose}


def threshold_of_the_other_tail():
    return promise(lambda scores, rate: scores.quantile(rate))


def threshold_without_false_alarms():
    return promise(lambda scores, rate: scores.max())


INVENTED = {
    "VAE, N(0, I)": 24.0, "VAE, fitted mixture": 2.6, "plain, N(0, I)": 56.0,
    "plain, fitted Gaussian": 26.0, "plain, fitted mixture": 8.3,
}  # fmt: skip


HALVES = {"first_against_last": 13.3}


def samples_all_alike():
    return {**HALVES, "invented": dict.fromkeys(INVENTED, 10.0)}


def a_vae_whose_codes_are_its_prior():
    return {**HALVES, "invented": INVENTED | {"VAE, N(0, I)": 2.6}}


def a_mixture_of_one():
    return {**HALVES, "invented": INVENTED | {"plain, fitted mixture": 26.0}}


def a_vae_no_better_than_a_plain_decoder():
    return {**HALVES, "invented": INVENTED | {"VAE, fitted mixture": 8.3}}


def halves_much_alike():
    """Every other test image against the rest, in place of the first 5,000 against the last."""
    return {"invented": INVENTED, "first_against_last": 1.2}


def sweep(gains, hits, errors=(29.0, 13.2, 7.1, 3.4, 0.3)):
    rows = zip(errors, gains, hits)
    return {"sweep": {k: [e, 0.99, g, 0.9, a] for k, (e, g, a) in enumerate(rows)}}


def labels_that_like_large_codes():
    return sweep((6, 7.3, 6, 4, 1), (0.8, 0.9, 0.92, 0.94, 0.96))


def noise_that_no_code_passes():
    return sweep((6, 7.3, 7.3, 7.3, 7.3), (0.8, 0.92, 0.92, 0.92, 0.91))


def components_in_the_wrong_order():
    """From the smallest variance: 400 of them leave most of it."""
    return sweep((6, 7.3, 6, 4, 1), (0.8, 0.9, 0.9, 0.9, 0.9), (52.9, 52.8, 52.7, 52.6, 52.0))


GRID = [(100, 2), (100, 8), (100, 32), (1000, 32), (10_000, 32)]


def errors_of(training, validation):
    return {"grid": GRID, "mean": torch.tensor([training, validation]).T}


def a_larger_code_that_harms_new_images():
    return errors_of([35.0, 12.0, 4.3, 18.0, 19.0], [44.0, 46.0, 48.0, 19.0, 19.1])


def no_overfitting():
    return errors_of([46.0, 34.0, 25.0, 18.0, 20.0], [46.0, 34.0, 25.0, 18.0, 20.0])


def overfitting_that_data_do_not_cure():
    return errors_of([35.0, 12.0, 4.3, 4.3, 4.3], [46.0, 34.0, 25.0, 25.0, 25.0])


def stopped_at_the_lowest_point():
    """Early stopping: no code ends above its lowest validation error."""
    return {"curves": {k: torch.linspace(60, 20 + k, 50) for k in (2, 8, 32)}}


def largest_code_suffers_most():
    """What is often expected: the larger the code, the more it overfits."""
    ends = {2: 1.2, 8: 1.4, 32: 1.6}
    return {"curves": {k: torch.tensor([60.0, 30.0, 30.0 * end]) for k, end in ends.items()}}


def settings(by_setting, by_seed=(12.1, 12.2, 12.0)):
    return {
        "by_seed": list(by_seed),
        "by_setting": by_setting,
        "mean_and_sd": lambda v: (sum(v) / len(v), None),
    }


def settings_that_do_nothing():
    return settings({"a": 12.1, "b": 12.2, "c": 12.0})


def seeds_that_move_more_than_settings():
    return settings({"a": 14.0, "b": 15.0, "c": 20.0}, by_seed=(10.0, 12.0, 14.0))


MEASURES = ("error", "effective units", "s", "gain, dB", "probe", "AUROC", "sample distance")
RESULTS = {
    "PCA": [12.0, 19, 0.89, 7.3, 0.65, 0.93, 24.5],
    "undercomplete": [11.0, 20, 2.9, 5.2, 0.70, 0.96, 25.4],
    "L1 sparse": [13.1, 28, 2.6, 5.6, 0.71, 0.96, 41],
    "KL sparse": [10.7, 50, 9.6, 3.7, 0.71, 0.85, 47],
    "denoising": [10.6, 36, 0.9, 8.1, 0.72, 0.96, 34],
    "contractive": [8.3, 70, 1.3, 8.0, 0.73, 0.91, 33],
    "no penalty": [6.0, 74, 1.92, 7.5, 0.73, 0.91, 33.5],
    "VAE": [15.7, 10, 2.8, 4.4, 0.69, 0.94, 23.6],
}


def capstone(wide_pca=(2.75,), **rows):
    names = {name.replace("_", " "): row for name, row in rows.items()}
    results = {n: torch.tensor([names.get(n, r)] * 3).float() for n, r in RESULTS.items()}
    given = {"measures": MEASURES, "results": results, "drawn": 35.3, "wide_pca": wide_pca}
    return cells("capstone-first", "capstone-groups", **given)


def families_all_alike():
    return capstone(**{n.replace(" ", "_"): RESULTS["PCA"] for n in RESULTS})


def a_vae_that_uses_all_its_units():
    return capstone(VAE=[15.7, 30, 2.8, 4.3, 0.69, 0.94, 23.6])


def a_denoiser_trained_without_noise():
    return capstone(denoising=[9.0, 36, 3.0, 5.3, 0.7, 0.96, 34])


def a_penalty_that_does_nothing():
    return capstone(contractive=RESULTS["no penalty"])


def a_penalty_that_does_it_all():
    """Without it the tied network is no better against noise than the undercomplete one."""
    return capstone(no_penalty=[6.0, 74, 2.9, 5.2, 0.7, 0.96, 33.5])


def a_wide_pca_that_is_no_better():
    return capstone(wide_pca=(6.0,))


def a_winner_inside_the_spread():
    """The mean without penalty is the smallest, but one of its seeds is not."""
    names = capstone()
    names["results"]["no penalty"][0, 0] = 8.9
    return names


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
    "claim-codes": [
        codes_no_better_than_pca, codes_of_a_network_that_was_never_trained,
        codes_that_saw_the_labels, a_kl_family_that_keeps_its_neighbours,
    ],
    "claim-bytes": [
        float_codes, decoder_not_counted, another_quality_of_jpeg, codes_smaller_than_the_sheet,
    ],
    "claim-unseen": [
        copies_the_damage, undoes_everything, puts_back_missing_ink,
        a_linear_rival_that_only_copies,
    ],
    "claim-threshold": [threshold_of_the_wrong_tail, scores_that_know_nothing],
    "claim-fails": [
        an_untrained_detector, a_detector_that_sees_every_digit, no_better_than_pca,
        svm_with_pixels_as_they_are, paper_for_ink, error_times_ink,
    ],
    "claim-tumours": [a_sign_turned, the_network_ahead],
    "claim-promise-table": [threshold_of_the_other_tail, threshold_without_false_alarms],
    "claim-invent": [
        samples_all_alike, a_vae_whose_codes_are_its_prior, a_mixture_of_one,
        a_vae_no_better_than_a_plain_decoder, halves_much_alike,
    ],
    "claim-labels": [
        labels_that_like_large_codes, noise_that_no_code_passes, components_in_the_wrong_order,
    ],
    "claim-overfit": [
        no_overfitting, overfitting_that_data_do_not_cure, a_larger_code_that_harms_new_images,
    ],
    "claim-longer": [stopped_at_the_lowest_point, largest_code_suffers_most],
    "claim-settings": [settings_that_do_nothing, seeds_that_move_more_than_settings],
    "claim-capstone": [
        families_all_alike, a_vae_that_uses_all_its_units, a_denoiser_trained_without_noise,
        a_winner_inside_the_spread, a_penalty_that_does_nothing, a_penalty_that_does_it_all,
        a_wide_pca_that_is_no_better,
    ],
    "claim-promise": [quantile_for_the_helper, largest_score_for_the_helper],
    "claim-auroc": [area_of_one_threshold, interval_of_all_pairs],
    "claim-best-of": [one_epoch_only, the_better_of_both_signs],
}  # fmt: skip
