"""The checkers of the exercises.

A checker calls the student's function on several random draws and prints one verdict: not
attempted, right (and why it matters), or wrong. A wrong answer is compared with the plausible wrong
answers that the checker knows, so that the student reads which step to look at again. Nothing that
the student's function does can raise from here.

One module for each lesson; `checking` holds what they share.
"""

from course_utils.exercises.lesson_01 import (
    check_bottleneck_size,
    check_fading_weight,
    check_pca_reconstruct,
    check_reconstruction_loss,
)
from course_utils.exercises.lesson_02 import (
    check_activity,
    check_repaired_loss,
    check_soft_threshold,
    check_sparse_loss,
)
from course_utils.exercises.lesson_03 import (
    check_bernoulli_kl,
    check_kl_penalty,
    check_kl_slope,
    check_sampling_bias,
)
from course_utils.exercises.lesson_04 import (
    check_denoising_loss,
    check_mask,
    check_matrix_row,
    check_posterior_mean,
    check_psnr,
)
from course_utils.exercises.lesson_05 import (
    check_beta_of_sigma,
    check_gaussian_kl,
    check_interpolate,
    check_sample_code,
)
from course_utils.exercises.lesson_06 import (
    check_contractive_loss,
    check_layer_jacobian,
    check_layer_spectrum,
    check_norm_estimate,
)
from course_utils.exercises.lesson_07 import (
    check_auroc,
    check_detect,
    check_model_choice,
    check_protocol_flaws,
)

__all__ = [
    "check_activity",
    "check_auroc",
    "check_bernoulli_kl",
    "check_beta_of_sigma",
    "check_bottleneck_size",
    "check_contractive_loss",
    "check_denoising_loss",
    "check_detect",
    "check_fading_weight",
    "check_gaussian_kl",
    "check_interpolate",
    "check_kl_penalty",
    "check_kl_slope",
    "check_layer_jacobian",
    "check_layer_spectrum",
    "check_mask",
    "check_matrix_row",
    "check_model_choice",
    "check_norm_estimate",
    "check_pca_reconstruct",
    "check_posterior_mean",
    "check_protocol_flaws",
    "check_psnr",
    "check_reconstruction_loss",
    "check_repaired_loss",
    "check_sample_code",
    "check_sampling_bias",
    "check_soft_threshold",
    "check_sparse_loss",
]
