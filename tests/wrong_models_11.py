"""For each claim of notebook 11 a wrong model, under which the claim has to fail."""

import torch
from notebook_files import LESSONS, SOLUTIONS, run_cells

from course_utils.corruption import diffuse, noise_schedule

LEVELS = noise_schedule(200)


def cells(*ids, paths=LESSONS, **values):
    """What the named cells of the lesson define, beside the given values."""
    (path,) = (path for path in paths if path.name.startswith("11"))
    return run_cells(path, ["imports", *ids], {"alpha_bar": LEVELS, **values})


def plane():
    """The five Gaussians and their exact score."""
    return cells("plane-data", "noisy-code", "exact-code")


def shares_without_their_roots():
    """One formula with ᾱ and 1 − ᾱ where their roots belong, beside the right steps."""
    x0, noise = torch.full((20_000, 1), 1.5), torch.randn(20_000, 1)
    a = LEVELS[120]
    return {"x": diffuse(x0, a, noise), "at_once": a * x0 + (1 - a) * noise}


def score_of_the_clean_data():
    known = plane()
    return known | {"exact_score": lambda x, a: known["exact_score"](x, 1.0)}


def likeliest_component_alone():
    known = plane()

    def score(x, a):
        parts = known["components"](a)
        best = (known["pi"].log() + parts.log_prob(x[:, None])).argmax(1)
        gaps = (parts.mean[best] - x)[..., None]
        return torch.linalg.solve(parts.covariance_matrix[best], gaps)[..., 0]

    return known | {"exact_score": score}


def network_that_finds_no_noise():
    """It always answers 0: furthest off where nearly all is noise."""
    known, excess = plane(), []
    for t in (1, 10, 25, 50, 100, 150, 200):
        a = LEVELS[t].double()
        x = diffuse(known["points"].double(), a, torch.randn(10_000, 2).double())
        best = (1 - a).sqrt() * known["exact_score"](x, a)
        excess.append(best.square().sum(1).mean().item())
    return {"excess": excess}


def spreads(one, hundred):
    return {"spread": {1: one, 100: hundred}, "x0": 0.86 * torch.randn(4000, 2)}


def denoiser_that_returns_its_input():
    return spreads(1.0, 1.0)


def walk_that_ends_at_the_mean():
    return spreads(0.2, 0.2)


def gathered(deterministic, ancestral):
    found = {"deterministic": deterministic, "ancestral": ancestral}
    return {"gathered": found, "data_spread": 0.86}


def walk_that_always_draws():
    return gathered(0.87, 0.87)


def walk_that_never_draws():
    return gathered(0.0, 0.0)


def kl_without_the_half():
    known = cells("kl-code")
    return known | {"step_kl": lambda *given: 2 * cells("kl-code")["step_kl"](*given)}


def kl_with_the_levels_exchanged():
    right = cells("kl-code")["step_kl"]
    return cells("kl-code") | {"step_kl": lambda x, c, now, then: right(x, c, then, now)}


def bounds(first=2.4, learnt=1.11):
    return {"truth": 0.66, "nats": {50: first, 200: 1.0, 800: 0.73}, "learnt": learnt}


def levels_that_do_not_help():
    return bounds(first=1.0)


def untrained_network():
    return bounds(learnt=14.0)


def bound_without_its_last_step():
    return bounds(learnt=-4.5)


def distances(diffusion=1.9, forty=1.1):
    names = ("mixture of 1", "VAE, N(0, I)", "mixture of 40", "diffusion, 50 steps")
    return {"d": dict(zip(names, (8.7, 20.6, forty, diffusion)))}


def diffusion_no_better_than_a_gaussian():
    return distances(diffusion=8.7)


def diffusion_ahead_of_forty():
    return distances(diffusion=1.0)


def steps(*found):
    return {"by_steps": {"deterministic": list(found)}}


def steps_that_change_nothing():
    return steps(2.0, 2.0, 2.0, 2.0, 2.0)


def steps_that_always_help():
    return steps(20.0, 10.0, 5.0, 2.0, 1.0)


def guidance_without_effect():
    return {"far": {f"ω = {omega}": 2.5 for omega in (0, 0.25, 1, 4)}}


def guidance_that_is_not_obeyed():
    return {"right": {"ω = 0.25": 0.89, "2 Gaussians a digit": 0.92}}


def never_a_copy():
    return {"quotients": {100: 1.0, 10_000: 1.1}}


def always_a_copy():
    return {"quotients": {100: 0.2, 10_000: 0.2}}


def painter_as_good_as_a_look_up():
    return {"read": {"nearest half": 0.88, "diffusion": 0.88}}


def solution(*ids):
    return cells(*ids, paths=SOLUTIONS)


def noise_taken_at_its_full_size():
    def answer(x, noise, levels):
        return (x - noise) / levels[:, None].sqrt()

    return {"clean_from_noise": answer}


def division_left_out():
    def answer(x, noise, levels):
        return x - (1 - levels[:, None]).sqrt() * noise

    return {"clean_from_noise": answer}


def score_of_the_shrunk_data():
    return {"score_from_noise": lambda e, a: -e / (1 - a[:, None]).sqrt()}


def noise_put_back_at_its_old_size():
    def answer(x, clean, now, then):
        return then.sqrt() * clean + x - now.sqrt() * clean

    return {"deterministic_step": answer}


def coefficients(change):
    right = solution("ancestral-answer")["ancestral_coefficients"]
    return {"ancestral_coefficients": lambda now, then: change(*right(now, then))}


def ancestral_step_without_noise():
    return coefficients(lambda a, b, variance: (a, b, 0 * variance))


def ancestral_weights_exchanged():
    return coefficients(lambda a, b, variance: (b, a, variance))


def weight_of_the_data():
    known = solution("ancestral-answer")
    return known | {"noise_weight": lambda a, b: (b / (1 - b) - a / (1 - a)) / 2}


def one_weight_for_all():
    return {"noise_weight": lambda a, b: torch.ones_like(a)}


WRONG_MODELS = {
    "claim-closed": [shares_without_their_roots],
    "claim-exact": [score_of_the_clean_data, likeliest_component_alone],
    "claim-network": [network_that_finds_no_noise],
    "claim-walk": [denoiser_that_returns_its_input, walk_that_ends_at_the_mean],
    "claim-fresh": [walk_that_always_draws, walk_that_never_draws],
    "claim-kl": [kl_without_the_half, kl_with_the_levels_exchanged],
    "claim-bound": [levels_that_do_not_help, untrained_network, bound_without_its_last_step],
    "claim-codes": [diffusion_no_better_than_a_gaussian, diffusion_ahead_of_forty],
    "claim-steps": [steps_that_change_nothing, steps_that_always_help],
    "claim-guide": [guidance_without_effect],
    "claim-obeyed": [guidance_that_is_not_obeyed],
    "claim-copy": [never_a_copy, always_a_copy],
    "claim-inpaint": [painter_as_good_as_a_look_up],
    "claim-own-clean": [noise_taken_at_its_full_size, division_left_out],
    "claim-own-score": [score_of_the_shrunk_data],
    "claim-own-step": [noise_put_back_at_its_old_size],
    "claim-own-ancestral": [ancestral_step_without_noise, ancestral_weights_exchanged],
    "claim-own-weight": [weight_of_the_data],
    "claim-weights": [one_weight_for_all],
}
