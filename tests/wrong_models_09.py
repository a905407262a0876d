"""For each claim of notebook 09 a wrong model, under which the claim has to fail."""

import torch
from notebook_files import LESSONS, run_cells
from torch.nn import functional as F

from course_utils.data import load_mnist

DATA = load_mnist(train_size=1000, validation_size=1, test_size=400)


def cells(*ids, **values):
    """What the named cells of the lesson define, beside the given values."""
    (lesson,) = (path for path in LESSONS if path.name.startswith("09"))
    return run_cells(lesson, ["imports", *ids], values)


def window(kernel, W):
    """The names of the claim on the matrix, for a given kernel and matrix."""
    names = cells("loop-code", images=DATA.test.reshape(-1, 1, 28, 28))
    torch.manual_seed(0)
    return names | {"small": torch.rand(6, 6), "kernel": kernel, "W": W}


def turned_kernel():
    """The convolution of mathematics."""
    kernel = torch.arange(9.0).reshape(3, 3)
    eye = torch.eye(36).reshape(-1, 1, 6, 6)
    return window(kernel, F.conv2d(eye, kernel.flip(0, 1)[None, None]).flatten(1).T)


def weights_of_a_linear_layer():
    """A kernel as large as the image, at one place."""
    kernel = torch.arange(36.0).reshape(6, 6)
    return window(kernel, kernel.flatten()[None])


def sees_all():
    """The gradient of a linear layer."""
    names = cells("field-code", options={"kernel_size": 4, "stride": 2, "padding": 1})
    return names | {"fields": [names["fields"][3]] * 4}


def strides_left_out():
    field = torch.zeros(56, 56)
    field[10:17, 10:17] = 1
    return sees_all() | {"fields": [field] * 4}


def shares(at_2, at_4):
    return {"unequal": {"stride 2, twice": [0.1, at_2, 0.1, at_4]}}


def linear_encoder():
    """Without shared weights a moved image is another one."""
    return shares(0.5, 0.6)


def invariant_encoder():
    return shares(0.0, 0.0)


def spread_by(**changes):
    torch.manual_seed(0)
    kernel, h = torch.randn(1, 1, 4, 4), torch.randn(1, 1, 4, 4)
    eye = torch.eye(64).reshape(-1, 1, 8, 8)
    right = {
        "h": h, "W": F.conv2d(eye, kernel, stride=2, padding=1).flatten(1).T,
        "spread": F.conv_transpose2d(h, kernel, stride=2, padding=1),
    }  # fmt: skip
    return right | {name: change(right, kernel) for name, change in changes.items()}


def stamps_turned_around():
    return spread_by(
        spread=lambda names, kernel: F.conv_transpose2d(
            names["h"], kernel.flip(2, 3), stride=2, padding=1
        )
    )


def inverse_of_the_convolution():
    return spread_by(W=lambda names, kernel: torch.linalg.pinv(names["W"]).T)


def errors_at_32(dense, convolutional):
    return {"errors": {"fully connected": dense, "convolutional": convolutional}}


def untrained_convolutions():
    return errors_at_32(9.8, 100.0)


def permuted_pixels():
    """Nothing of what it knows is true."""
    return errors_at_32(9.8, 11.0)


def strange(pca, dense, by_map):
    return {"on_strange": {"PCA": pca, "fully connected": dense, "a map": by_map}}


def flat_code_in_the_place_of_the_map():
    """The convolutional network of section 8, whose linear layers know the place."""
    rivals = [9.2, 14.3, 27.0, 12.8, 14.5], [8.3, 13.5, 27.5, 12.4, 14.1]
    return strange(*rivals, [6.5, 10.8, 23.5, 9.9, 11.1])


def map_that_forgets_all():
    """Trained on permuted pixels: as bad everywhere; and rivals that were shown turned digits."""
    return strange([9, 9, 9, 9, 9], [8, 8, 8, 8, 8], [45.0] * 5)


def sizes(per_digit, single):
    return {"per_digit": per_digit, "single": single}


def sum_over_the_whole_image():
    return sizes(38.0, 9.5)


def border_that_costs():
    return sizes(9.5, 10.5)


def scrambled(dense, by_map):
    return {
        "before": {"fully connected": 8.3, "a map": 9.6},
        "permuted": {"fully connected": dense, "a map": by_map},
    }


def network_that_was_not_trained_again():
    return scrambled(83.0, 80.0)


def order_that_changes_nothing():
    return scrambled(8.3, 9.6)


def patterns(kernel_4, resized):
    return {"uneven": {"kernel 3": 0.1, "kernel 4": kernel_4, "resized": resized}}


def decoder_of_even_kernels():
    """All weights of each kernel alike: nothing to tell pixels apart."""
    return patterns(0.0, 0.0)


def resizing_after_the_convolution():
    return patterns(0.08, 0.05)


def neighbours(by_code, by_pixels):
    return {"found": {"convolutional": [0, 0, by_code], "pixels": [0, 0, by_pixels]}}


def codes_no_better_than_pixels():
    return neighbours(0.62, 0.615)


def clothes(of_2, of_32):
    """Errors of the fully connected network, beside those of PCA."""
    return {
        "of_clothes": {
            "PCA, 2": 35.7, "fully connected, 2": of_2,
            "PCA, 32": 11.9, "fully connected, 32": of_32,
        }
    }  # fmt: skip


def linear_network():
    return clothes(35.7, 11.9)


def clothes_that_are_digits():
    """Three quarters of PCA's error at both sizes."""
    return clothes(27.0, 8.9)


def kernel_of_mathematics():
    """The solution with its kernel turned by 180°."""

    def matrix(kernel, rows, columns):
        single = torch.eye(rows * columns).reshape(-1, 1, rows, columns)
        return F.conv2d(single, kernel.flip(0, 1)[None, None]).flatten(1).T

    return {"convolution_matrix": matrix}


def strides_forgotten():
    return {"receptive_field": lambda layers: 1 + sum(kernel - 1 for kernel, _ in layers)}


def without_the_one():
    def sides(side, layers):
        found = [side]
        for kernel, stride, padding in layers:
            found.append((found[-1] + 2 * padding - kernel) // stride)
        return found[1:]

    return {"output_sides": sides}


def stamps_without_overlap():
    """Each stamp overwrites the one before."""

    def transposed(h, kernel, stride):
        image = torch.zeros(5, 7)
        for i in range(4):
            for j in range(5):
                image[i : i + 2, j : j + 3] = h[i, j] * kernel
        return image

    return {"transposed": transposed} | right_matrix()


def right_matrix():
    return {
        "convolution_matrix": lambda kernel, rows, columns: F.conv2d(
            torch.eye(rows * columns).reshape(-1, 1, rows, columns), kernel[None, None]
        ).flatten(1).T
    }  # fmt: skip


def last_layer_forgotten():
    return {"permuted_weights": lambda first, last, bias, order: (first[:, order], last, bias)}


WRONG_MODELS = {
    "claim-matrix": [turned_kernel, weights_of_a_linear_layer],
    "claim-field": [sees_all, strides_left_out],
    "claim-equivariant": [linear_encoder, invariant_encoder],
    "claim-transposed": [stamps_turned_around, inverse_of_the_convolution],
    "claim-same-code": [untrained_convolutions, permuted_pixels],
    "claim-moved": [flat_code_in_the_place_of_the_map, map_that_forgets_all],
    "claim-upside": [flat_code_in_the_place_of_the_map, map_that_forgets_all],
    "claim-size": [sum_over_the_whole_image, border_that_costs],
    "claim-permuted": [network_that_was_not_trained_again, order_that_changes_nothing],
    "claim-board": [decoder_of_even_kernels, resizing_after_the_convolution],
    "claim-near": [codes_no_better_than_pixels],
    "claim-clothes": [linear_network, clothes_that_are_digits],
    "claim-solution-matrix": [kernel_of_mathematics],
    "claim-solution-sides": [without_the_one],
    "claim-solution-field": [strides_forgotten],
    "claim-solution-back": [stamps_without_overlap],
    "claim-solution-permute": [last_layer_forgotten],
}
