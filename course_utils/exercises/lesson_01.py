"""Checkers of lesson 01: undercomplete autoencoders and PCA."""

from collections.abc import Callable

import torch

from course_utils.exercises.checking import check


def check_reconstruction_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x) against the mean over the batch of ‖x − x′‖²."""
    check(
        answer,
        solution=lambda a, b: (a - b).square().sum(1).mean(),
        wrong={
            "this is the mean over the features, too (MSE); the formula sums over the features of "
            "an example and averages over the examples only": lambda a, b: (a - b).square().mean(),
            "this is the sum over the whole batch; divide by the number of examples, or λ will "
            "mean something else at every batch size": lambda a, b: (a - b).square().sum(),
            "this averages over the features and sums over the examples; the formula does it the "
            "other way round": lambda a, b: (a - b).square().sum() / a.shape[1],
            "the differences are not squared: these are absolute values": (
                lambda a, b: (a - b).abs().sum(1).mean()
            ),
            "the differences are not squared, so that they cancel each other": (
                lambda a, b: (a - b).sum(1).mean()
            ),
            "the differences are not squared, so that they cancel (and x − x′ is turned)": (
                lambda a, b: (b - a).sum(1).mean()
            ),
            "this is the mean of the norms ‖x − x′‖; the formula has their squares": (
                lambda a, b: (a - b).square().sum(1).sqrt().mean()
            ),
            "this is half of the formula; this course has no ½ in the error": (
                lambda a, b: (a - b).square().sum(1).mean() / 2
            ),
            "this is one number per example; average them over the batch": (
                lambda a, b: (a - b).square().sum(1)
            ),
            "these are the squares, not yet summed over the features and averaged over the batch": (
                lambda a, b: (a - b).square()
            ),
            "the differences are squared, but their sum is divided by 784; divide by the number of "
            "examples": lambda a, b: (a - b).square().sum() / 784,
            "this is the mean over everything (MSE) times 784, the pixels of a digit; these "
            "examples have another number of features. Sum over them": (
                lambda a, b: 784 * (a - b).square().mean()
            ),
            "this compares the summed image with the summed reconstruction; square the difference "
            "of every feature first, then sum": lambda a, b: (a - b).sum(1).square().mean(),
        },
        draw=lambda n: (torch.rand(n, 7), torch.rand(n, 7)),
        praise="summed over features, averaged over examples. It will mean the same at every batch "
        "size, and beside every penalty of this course.",
        seed=seed,
        trained=(0,),
    )


def check_pca_reconstruct(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, k): x (n, features) projected onto its first k principal components."""

    def reconstruct(x, rows=slice(None), center=True, add_mean=True, scale=False):
        mean = x.mean(0) if center else torch.zeros_like(x[0])
        spread = x.std(0) if scale else torch.ones_like(x[0])
        v = torch.linalg.svd((x - mean) / spread, full_matrices=False).Vh[rows]
        projected = (x - mean) / spread @ v.T @ v * spread
        return projected + mean if add_mean else projected

    def uncentred_projection(x, k):
        v = torch.linalg.svd(x - x.mean(0), full_matrices=False).Vh[:k]
        return x @ v.T @ v

    def codes(x, k):
        u, s, _ = torch.linalg.svd(x - x.mean(0), full_matrices=False)
        return u[:, :k] * s[:k]

    def columns_of_v(x, k):
        v = torch.linalg.svd(x - x.mean(0), full_matrices=False).Vh[:, :k]
        return (x - x.mean(0)) @ v @ v.T + x.mean(0)

    def one_mean_for_all(x, k):
        v = torch.linalg.svd(x - x.mean(), full_matrices=False).Vh[:k]
        return (x - x.mean()) @ v.T @ v + x.mean()

    def features_of_the_transpose(x, k):
        centred = x - x.mean(1, keepdim=True)
        v = torch.linalg.svd(centred, full_matrices=False).Vh[:k]
        return centred @ v.T @ v + x.mean(1, keepdim=True)

    def left_vectors(x, k):
        u, _, vt = torch.linalg.svd(x - x.mean(0), full_matrices=False)
        return u[:, :k] @ vt[:k] + x.mean(0)

    def draw(n):
        """Features of standard deviations in fixed ratios, and of a mean far from 0."""
        directions = torch.linalg.qr(torch.randn(8, 8)).Q
        scores = torch.randn(n + 6, 6)
        scores = torch.linalg.qr(scores - scores.mean(0)).Q * torch.tensor(
            [12.0, 9, 7, 4, 2.5, 1.5]
        )
        mean = torch.tensor([1.5, 0, 1, 2, 0, 0, 5, 3]) @ directions
        return scores @ directions[:6] + mean, 2 + n % 2

    check(
        answer,
        solution=lambda x, k: reconstruct(x, slice(k)),
        wrong={
            "the mean is not subtracted before the SVD: the first direction then points at the "
            "mean image": lambda x, k: reconstruct(x, slice(k), center=False),
            "the mean is not added back after the projection": (
                lambda x, k: reconstruct(x, slice(k), add_mean=False)
            ),
            "the directions are right, but x itself was projected, not x minus its mean": (
                uncentred_projection
            ),
            "x itself was projected, not x minus its mean, and the mean was added to that": (
                lambda x, k: uncentred_projection(x, k) + x.mean(0)
            ),
            "these are the last k directions, those of the smallest variance; `svd` sorts from "
            "large to small": lambda x, k: reconstruct(x, slice(x.shape[1] - k, None)),
            "this keeps k + 1 directions": lambda x, k: reconstruct(x, slice(k + 1)),
            "this keeps k − 1 directions": lambda x, k: reconstruct(x, slice(k - 1)),
            "this leaves the first direction out": lambda x, k: reconstruct(x, slice(1, k + 1)),
            "each feature was divided by its standard deviation; PCA as we use it keeps the units "
            "of the pixels": lambda x, k: reconstruct(x, slice(k), scale=True),
            "these are the codes, one row of k numbers per example; multiply them with the "
            "directions to come back to the features": codes,
            "Σ is missing between U and Vᵀ: multiply the columns of U with the singular values": (
                left_vectors
            ),
            "torch.linalg.svd returns Vᵀ: its rows, not its columns, are the directions": (
                columns_of_v
            ),
            "the mean is one number for the whole table; it is one number per feature, over the "
            "examples (dim=0)": one_mean_for_all,
            "the mean was taken over the features of each example; it is the mean over the "
            "examples, one number per feature": features_of_the_transpose,
        },
        draw=draw,
        praise="the best k-dimensional linear reconstruction there is, and the mark that every "
        "autoencoder of this course has to pass.",
        seed=seed,
    )


def check_component_variances(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, columns): the k variances of PCA within the span of the columns (n, k)."""

    def basis(columns):
        return torch.linalg.qr(columns).Q

    def covariance(x, directions):
        h = (x - x.mean(0)) @ directions
        return h.T @ h / len(x)

    def largest_first(values):
        return values.sort(descending=True).values

    def principal(matrix):
        return torch.linalg.eigvalsh(matrix).flip(0)

    def right(x, columns):
        return principal(covariance(x, basis(columns)))

    def along_columns(x, columns):
        return covariance(x, columns / columns.norm(dim=0)).diagonal()

    def along_basis(x, columns):
        return covariance(x, basis(columns)).diagonal()

    check(
        answer,
        solution=right,
        wrong={
            "these are the variances along the columns themselves; columns are mixtures of the "
            "components": along_columns,
            "these are the variances along the columns, sorted; a mixture stays one in any order": (
                lambda x, c: largest_first(along_columns(x, c))
            ),
            "the basis is orthonormal, but not yet turned to the components: use the whole k × k "
            "covariance of the coordinates, not its diagonal alone": along_basis,
            "these are the variances along the basis that QR chose, sorted; rotate to the "
            "principal axes first: eigenvalues of the k × k covariance": (
                lambda x, c: largest_first(along_basis(x, c))
            ),
            "these are the variances along the basis that QR chose, by n − 1; rotate to the "
            "principal axes first: eigenvalues of the k × k covariance, by n": (
                lambda x, c: largest_first(along_basis(x, c)) * len(x) / (len(x) - 1)
            ),
            "these are the variances along the basis that QR chose, by n − 1 and not sorted; "
            "rotate to the principal axes first: eigenvalues of the k × k covariance, by n": (
                lambda x, c: along_basis(x, c) * len(x) / (len(x) - 1)
            ),
            "the coordinates are products with the columns, which are not orthonormal; take an "
            "orthonormal basis of their span first": lambda x, c: principal(covariance(x, c)),
            "the columns are of length 1 now, but not orthogonal to each other; take an "
            "orthonormal basis of their span (QR)": (
                lambda x, c: principal(covariance(x, c / c.norm(dim=0)))
            ),
            "these are the largest variances of all the data; the columns span another subspace, "
            "and the answer stays within it": (
                lambda x, c: principal(covariance(x, torch.eye(len(c))))[: c.shape[1]]
            ),
            "the smallest stands first; turn the order round": (lambda x, c: right(x, c).flip(0)),
            "this divides by the number of examples minus 1": (
                lambda x, c: right(x, c) * len(x) / (len(x) - 1)
            ),
            "these are sums of squares; divide by the number of examples": (
                lambda x, c: right(x, c) * len(x)
            ),
            "these are standard deviations; the variances are their squares": (
                lambda x, c: right(x, c).sqrt()
            ),
            "these are singular values; square them and divide by the number of examples": (
                lambda x, c: (right(x, c) * len(x)).sqrt()
            ),
            "the mean of the data is not subtracted": (
                lambda x, c: principal((x @ basis(c)).T @ (x @ basis(c)) / len(x))
            ),
            "this comes from the columns alone; the variances are those of the data": (
                lambda x, c: principal(c.T @ c)
            ),
        },
        draw=lambda n: (torch.randn(n + 4, 7) * torch.arange(1, 8.0) + 1, torch.randn(7, 3)),
        praise="the span is all that training fixes, and all that PCA needs. The same few lines "
        "turn any linear code into one with ordered, uncorrelated units.",
        seed=seed,
    )


def check_bottleneck_size(answer: Callable, seed: int = 0) -> None:
    """Check answer(sizes): (compression ratio, parameters) of Autoencoder(sizes)."""

    def count(sizes, weights=2, encoder_bias=True, decoder_bias=True):
        pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
        biases = sum(b for _, b in pairs) * encoder_bias + sum(a for a, _ in pairs) * decoder_bias
        return weights * sum(a * b for a, b in pairs) + biases

    def draw(n):
        return (
            tuple(
                torch.randint(2, 60, (int(torch.randint(3, 6, ())),)).sort().values.tolist()
                + [61 + int(torch.randint(0, 50, ()))]
            )[::-1],
        )

    check(
        answer,
        solution=lambda sizes: (sizes[0] / sizes[-1], count(sizes)),
        wrong={
            "the ratio is upside down: inputs divided by code units": (
                lambda sizes: (sizes[-1] / sizes[0], count(sizes))
            ),
            "the ratio is right, but the biases are not counted": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes, 2, False, False))
            ),
            "the ratio is right, but only the encoder is counted; the decoder mirrors it": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes, 1, True, False))
            ),
            "the encoder's weights alone, without biases and decoder, are counted": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes, 1, False, False))
            ),
            "the encoder is counted twice; the decoder's biases are other numbers, as its layers "
            "end in other widths": (
                lambda sizes: (sizes[0] / sizes[-1], 2 * count(sizes, 1, True, False))
            ),
            "the biases of the decoder are missing": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes, 2, True, False))
            ),
            "the biases of the encoder are missing": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes, 2, False, True))
            ),
            "only the first layer and its mirror are counted; go over all pairs of widths": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes[:2]))
            ),
            "the ratio is rounded down; divide with / instead of //": (
                lambda sizes: (sizes[0] // sizes[-1], count(sizes))
            ),
            "the ratio compares the input with the next layer; compare it with the code, the last "
            "width": lambda sizes: (sizes[0] / sizes[1], count(sizes)),
            "the two numbers are in the wrong order: first the ratio, then the parameters": (
                lambda sizes: (count(sizes), sizes[0] / sizes[-1])
            ),
        },
        draw=draw,
        praise="a code of a few numbers comes with a decoder of many: a compression ratio that "
        "leaves the decoder out flatters the autoencoder.",
        seed=seed,
    )


def check_fading_weight(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, shifted, mean): the α with ‖x − ((1−α)x + α·mean)‖ = ‖x − shifted‖."""

    def ratio(x, y, mean):
        return (x - y).square().sum(1) / (x - mean).square().sum(1)

    check(
        answer,
        solution=lambda x, y, mean: ratio(x, y, mean).sqrt(),
        wrong={
            "α² times ‖x − mean‖² is the error of the faded image, so a square root is missing": (
                ratio
            ),
            "the fraction is upside down": lambda x, y, mean: ratio(x, y, mean).rsqrt(),
            "the fraction is upside down, and a square root is missing": (
                lambda x, y, mean: 1 / ratio(x, y, mean)
            ),
            "this is one number for the whole batch; every image has its own α": (
                lambda x, y, mean: ((x - y).square().sum() / (x - mean).square().sum()).sqrt()
            ),
            "these are ratios of absolute differences; the errors to be matched are squared": (
                lambda x, y, mean: (x - y).abs().sum(1) / (x - mean).abs().sum(1)
            ),
            "the denominator compares the shifted image with the mean; it is the distance of x "
            "itself from the mean": (
                lambda x, y, mean: ((x - y).square().sum(1) / (y - mean).square().sum(1)).sqrt()
            ),
            "the numerator and the denominator are summed over the examples; sum over the "
            "features (dim=1)": (
                lambda x, y, mean: ((x - y).square().sum(0) / (x - mean).square().sum(0)).sqrt()
            ),
            "the sign is wrong: a negative α moves away from the mean": (
                lambda x, y, mean: -ratio(x, y, mean).sqrt()
            ),
            "this is 1 − α, the weight of x; α is the weight of the mean": (
                lambda x, y, mean: 1 - ratio(x, y, mean).sqrt()
            ),
        },
        draw=lambda n: (torch.rand(n, 7), torch.rand(n, 7), torch.rand(7)),
        praise="two reconstructions with one and the same error, and nobody would confuse them. "
        "The number says how much is wrong, not what.",
        seed=seed,
    )
