"""The networks of the course: plain `nn.Module`s with `encode` and `decode`.

Symbols: f encoder, g decoder, h = f(x) code, x′ = g(h) reconstruction. No losses, no training. All
raise TypeError or ValueError, naming the argument, for sizes and inputs that do not fit.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import weight_norm

from course_utils import checks

# 01: encoder, code, decoder


class Output(NamedTuple):
    """What an autoencoder returns: the reconstruction x′ and the code h."""

    x_hat: Tensor
    code: Tensor


class Autoencoder(nn.Module):
    """A fully connected autoencoder, h = f(x) and x′ = g(h), whose decoder mirrors its encoder.

    sizes: the widths from input to code; (784, 256, 2) is 784 → 256 → 2 → 256 → 784.
    activation: the nonlinearity after every hidden layer. code_activation: the one after the code
    layer. The output has none. With two sizes and no code_activation, f and g are linear maps.
    """

    @checks.arguments(
        sizes=checks.widths, activation=checks.layer_class, code_activation=checks.layer_class
    )
    def __init__(
        self,
        sizes: Sequence[int],
        activation: Callable[[], nn.Module] = nn.ReLU,
        code_activation: Callable[[], nn.Module] = nn.Identity,
    ):
        super().__init__()
        self.sizes = sizes
        self.encoder = nn.Sequential(*fully_connected(sizes, activation), code_activation())
        self.decoder = fully_connected(sizes[::-1], activation)

    def encode(self, x: Tensor) -> Tensor:
        """Map inputs (n, sizes[0]) to codes (n, sizes[-1])."""
        checks.model_input("x", x, self.sizes[0], self)
        return self.encoder(x)

    def decode(self, code: Tensor) -> Tensor:
        """Map codes (n, sizes[-1]) to reconstructions (n, sizes[0])."""
        checks.model_input("code", code, self.sizes[-1], self)
        return self.decoder(code)

    def forward(self, x: Tensor) -> Output:
        """Encode, then decode: inputs (n, sizes[0]) to both results."""
        code = self.encode(x)
        return Output(self.decode(code), code)


@checks.arguments(sizes=checks.widths, activation=checks.layer_class)
def fully_connected(sizes: Sequence[int], activation: Callable[[], nn.Module]) -> nn.Sequential:
    """Chain linear layers of the given widths, the activation between them, none at the end."""
    layers: list[nn.Module] = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Linear(n_in, n_out), activation()]
    return nn.Sequential(*layers[:-1])


@checks.arguments(x=checks.finite(rows=2))
def pca_autoencoder(x: Tensor, k: int) -> Autoencoder:
    """Return PCA with k components, written as a linear autoencoder.

    f(x) = V (x − μ) and g(h) = Vᵀ h + μ, with μ the mean of x and the rows of V, of shape
    (k, features), the first k principal components that scikit-learn finds in x (n, features), n at
    least 2. k: from 1 to the smaller side of x.
    """
    k = checks.whole(1, min(x.shape))("k", k)
    pca = PCA(k, svd_solver="covariance_eigh").fit(x.detach().cpu().double().numpy())
    components, mean = (torch.from_numpy(a).to(x.dtype) for a in (pca.components_, pca.mean_))
    model = Autoencoder((x.shape[1], k)).to(x.dtype).requires_grad_(False)
    model.encoder[0].weight.copy_(components)
    model.encoder[0].bias.copy_(-components @ mean)
    model.decoder[0].weight.copy_(components.T)
    model.decoder[0].bias.copy_(mean)
    return model


@checks.arguments(model=checks.instance(nn.Module))
def count_parameters(model: nn.Module) -> int:
    """Count the numbers that training may change."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# 02: columns of length 1


@checks.arguments(layer=checks.instance(nn.Linear))
def unit_norm_columns(layer: nn.Linear) -> nn.Linear:
    """Let a linear layer have only weights whose columns are of length 1; return the same layer.

    The weight W becomes a function of a free matrix V of the same shape: wⱼ = vⱼ / ‖vⱼ‖. Gradients
    reach V, so that any optimizer keeps the constraint. In a decoder, column j is what unit j adds
    to the reconstruction. By torch's `weight_norm`, wⱼ = gⱼ vⱼ / ‖vⱼ‖, with gⱼ fixed at 1. Raises
    ValueError for a column of zeros, here and when the weight is assigned.
    """
    _refuse_zero_columns(layer.weight)
    weight_norm(layer, dim=1)
    layer.parametrizations.weight.original0.requires_grad_(False).fill_(1)
    return parametrize.register_parametrization(layer, "weight", _WithoutLengths())


class _WithoutLengths(nn.Module):
    """Take the lengths from a weight that is assigned: weight_norm would store them in g."""

    def forward(self, w: Tensor) -> Tensor:
        return w

    def right_inverse(self, w: Tensor) -> Tensor:
        _refuse_zero_columns(w)
        return w / w.norm(dim=0)


def _refuse_zero_columns(weight: Tensor) -> None:
    if (weight == 0).all(dim=0).any():
        raise ValueError("weight has a column of zeros, which cannot get the length 1")


# 05: a code that is drawn


class VAEOutput(NamedTuple):
    """What a VAE returns: the decoder's logits, μ and log σ², and the sampled code z."""

    logits: Tensor
    mu: Tensor
    log_var: Tensor
    code: Tensor

    @property
    def x_hat(self) -> Tensor:
        """The mean of the pixels given the sampled code, sigmoid(logits), in (0, 1)."""
        return self.logits.sigmoid()


class VAE(nn.Module):
    """A variational autoencoder with a Gaussian code and Bernoulli pixels.

    q(z|x) = N(μ(x), σ²(x)), independent per code unit; p(z) = N(0, I); p(xᵢ = 1|z) = sigmoid of the
    decoder's logits. sizes: widths from input to code; (784, 400, 20) is that of Kingma and Welling
    (2014) as in PyTorch's example. activation: the nonlinearity after every hidden layer.
    """

    @checks.arguments(sizes=checks.widths, activation=checks.layer_class)
    def __init__(
        self, sizes: Sequence[int] = (784, 400, 20), activation: Callable[[], nn.Module] = nn.ReLU
    ):
        super().__init__()
        self.sizes = sizes
        self.encoder = fully_connected([*sizes[:-1], 2 * sizes[-1]], activation)
        self.decoder = fully_connected(sizes[::-1], activation)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map inputs (n, sizes[0]) to μ and log σ² of q(z|x), each (n, sizes[-1])."""
        checks.model_input("x", x, self.sizes[0], self)
        mu, log_var = self.encoder(x).chunk(2, dim=1)
        return mu, log_var

    def encode(self, x: Tensor) -> Tensor:
        """Map inputs (n, sizes[0]) to their mean codes μ (n, sizes[-1]); nothing is sampled."""
        return self.posterior(x)[0]

    def decode(self, code: Tensor) -> Tensor:
        """Map codes (n, sizes[-1]) to pixel means in (0, 1), (n, sizes[0])."""
        checks.model_input("code", code, self.sizes[-1], self)
        return self.decoder(code).sigmoid()

    def forward(self, x: Tensor) -> VAEOutput:
        """Encode, sample one code per input, decode."""
        mu, log_var = self.posterior(x)
        code = reparameterize(mu, log_var)
        return VAEOutput(self.decoder(code), mu, log_var, code)


@checks.arguments(mu=checks.floats("n…"), log_var=checks.floats("n…"), alike=("mu", "log_var"))
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    """Draw z = μ + σε, σ = exp(½ log σ²), ε ~ N(0, 1): gradients reach μ and log σ².

    mu, log_var: of one shape, which z has, too. Source: Kingma and Welling (2014).
    """
    return mu + (0.5 * log_var).exp() * torch.randn_like(mu)


# 06: one matrix for both ways


class TiedLinear(nn.Module):
    """The map g(h) = h W + c back from a layer f(x) = x Wᵀ + b: the same weights, transposed.

    layer: the linear layer whose weight W (code, in) is shared. Only the bias c (in,), which starts
    at 0, is its own.
    """

    @checks.arguments(layer=checks.instance(nn.Linear))
    def __init__(self, layer: nn.Linear):
        super().__init__()
        self.layer = layer
        self.bias = nn.Parameter(layer.weight.new_zeros(layer.in_features))

    @property
    def weight(self) -> Tensor:
        """Wᵀ, of shape (in, code), as the weight of a linear layer in this place would be."""
        return self.layer.weight.T

    def forward(self, h: Tensor) -> Tensor:
        """Map codes (n, code) to (n, in)."""
        checks.model_input("h", h, self.layer.out_features, self)
        return nn.functional.linear(h, self.weight, self.bias)


@checks.arguments(model=checks.instance(Autoencoder))
def tie_weights(model: Autoencoder) -> Autoencoder:
    """Let the decoder use the transposed weights of the encoder, layer by layer; return the model.

    A code that shrinks can then not be undone by a decoder that grows. Biases stay free. Raises
    ValueError when the decoder is tied already, does not mirror the encoder, or has a
    parametrisation. Source: Vincent, Larochelle, Bengio and Manzagol (2008).
    """
    layers = [layer for layer in model.encoder if isinstance(layer, nn.Linear)]
    decoding = [layer for layer in model.decoder if isinstance(layer, nn.Linear)]
    free = not any(map(parametrize.is_parametrized, decoding))
    if not free or [d.weight.shape[::-1] for d in decoding] != [
        l.weight.shape for l in layers[::-1]
    ]:
        raise ValueError("model must have a decoder of free weights that mirrors its encoder")
    model.decoder = nn.Sequential(
        *(TiedLinear(layers.pop()) if isinstance(part, nn.Linear) else part
          for part in model.decoder)
    ).train(model.training)  # fmt: skip
    return model


# 09: layers that know where a pixel is


class ConvolutionalAutoencoder(nn.Module):
    """An autoencoder of convolutions that halve the side, with a decoder that doubles it again.

    channels: from the image to the deepest map; (1, 16, 32) makes 28 × 28 → 14 × 14 → 7 × 7, by
    kernels of 4 × 4 pixels with stride 2 and padding 1, and back by transposed ones. code_size: how
    many numbers the code has at each place of the deepest map. With a side: how many it has in all,
    by linear layers that take images of side × side pixels only; without one, images of any side
    that every step can halve. activation: the nonlinearity after every hidden layer.

    Images and codes are rows, as in `Autoencoder`: the code's maps one after the other.
    """

    @checks.arguments(
        channels=checks.widths, code_size=checks.whole(), side=checks.optional(checks.whole()),
        activation=checks.layer_class,
    )  # fmt: skip
    def __init__(
        self,
        channels: Sequence[int],
        code_size: int,
        side: int | None = None,
        activation: Callable[[], nn.Module] = nn.ReLU,
    ):
        super().__init__()
        self.channels, self.code_size, self.side = channels, code_size, side
        self.step = 2 ** (len(channels) - 1)  # pixels between neighbours of the deepest map
        pairs, options = list(itertools.pairwise(channels)), {"stride": 2, "padding": 1}
        down = [p for a, b in pairs for p in (nn.Conv2d(a, b, 4, **options), activation())]
        into, out = self._code_layers(channels[-1])
        up = [
            part
            for a, b in reversed(pairs)
            for part in (activation(), nn.ConvTranspose2d(b, a, 4, **options))
        ]
        self.encoder, self.decoder = nn.Sequential(*down, *into), nn.Sequential(*out, *up)

    def _code_layers(self, deepest: int) -> tuple[list[nn.Module], list[nn.Module]]:
        """Make the layers around the code: a linear map at each place, or one for all of them."""
        if self.side is None:
            return [nn.Conv2d(deepest, self.code_size, 1)], [nn.Conv2d(self.code_size, deepest, 1)]
        checks.multiple("side", self.side, self.step)
        maps = (deepest, self.side // self.step, self.side // self.step)
        into = [nn.Flatten(-3), nn.Linear(math.prod(maps), self.code_size)]
        return into, [nn.Linear(self.code_size, math.prod(maps)), nn.Unflatten(-1, maps)]

    def encode(self, x: Tensor) -> Tensor:
        """Map images (n, side²) to codes: (n, code_size), without a side as many at each place."""
        side = checks.maps("x", x, self.channels[0], self.side, self)
        checks.multiple("the side of x", side, self.step)
        code = self.encoder(x.unflatten(-1, (self.channels[0], side, side)))
        return code if self.side else code.flatten(-3)

    def decode(self, code: Tensor) -> Tensor:
        """Map codes, as `encode` returns them, to images (n, side²)."""
        if self.side:
            checks.model_input("code", code, self.code_size, self)
        else:
            side = checks.maps("code", code, self.code_size, None, self)
            code = code.unflatten(-1, (self.code_size, side, side))
        return self.decoder(code).flatten(-3)

    def forward(self, x: Tensor) -> Output:
        """Encode, then decode: images (n, side²) to both results."""
        code = self.encode(x)
        return Output(self.decode(code), code)


# 10: the k largest


class TopK(nn.Module):
    """Keep the k largest positive activations of each example, and set the others to 0.

    k: how many, at least 1; an example with fewer positive ones keeps those. Of equal activations,
    those are kept that torch.topk names, never more than k. The gradient passes the kept ones
    unchanged and no other. As a code activation: `code_activation=lambda: TopK(16)`. Source:
    Makhzani and Frey (2014).
    """

    @checks.arguments(k=checks.whole())
    def __init__(self, k: int):
        super().__init__()
        self.k = k

    @checks.arguments(a=checks.floats("n units"))
    def forward(self, a: Tensor) -> Tensor:
        """Map pre-activations (n, units) to activations; k must be at most the number of units."""
        k = checks.whole(1, a.shape[1])("k", self.k)
        values, places = a.relu().topk(k, dim=1)
        return torch.zeros_like(a).scatter(1, places, values)


# 11: what noise is in it?


class NoiseNetwork(nn.Module):
    """Estimates the noise ε in xₜ = √ᾱ x₀ + √(1 − ᾱ) ε, told the level ᾱ and, if any, a label.

    ε̂ = √(1 − ᾱ) xₜ + √ᾱ F(xₜ, ᾱ, label), F fully connected with residual layers. Where nearly all
    is noise, xₜ itself is the estimate; F learns what is left (Salimans and Ho, 2022).
    features: numbers of an example. width, blocks: of the hidden layers. labels: how many labels
    there are; the label `labels` says that none is known.
    """

    @checks.arguments(
        features=checks.whole(), width=checks.whole(), blocks=checks.whole(),
        labels=checks.whole(0),
    )  # fmt: skip
    def __init__(self, features: int, width: int = 256, blocks: int = 2, labels: int = 0):
        super().__init__()
        self.features, self.labels = features, labels
        self.first = nn.Linear(features, width)
        self.level = nn.Linear(32, width)
        self.label = nn.Embedding(labels + 1, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.last = nn.Linear(width, features)

    def forward(self, x_t: Tensor, alpha_bar: Tensor, label: Tensor | None = None) -> Tensor:
        """Map noisy x_t (n, features), their levels (n,) in (0, 1) and labels (n,) to ε̂."""
        checks.model_input("x_t", x_t, self.features, self)
        _check_levels(x_t, alpha_bar)
        label = _or_unknown(label, x_t, self.labels)
        h = self.first(x_t) + self.level(_level_waves(alpha_bar)) + self.label(label)
        for layer in self.hidden:
            h = h + layer(nn.functional.gelu(h))
        return _with_the_input(x_t, alpha_bar, self.last(nn.functional.gelu(h)))


class ConvolutionalNoiseNetwork(nn.Module):
    """As NoiseNetwork, for square images as rows, with convolutions in place of full layers.

    Patches of 2 × 2 pixels become one place with four numbers; every layer sees 3 × 3 places. A
    learnt number for every place and channel says where on the image it is.
    side: even. channels, blocks: of the hidden layers.
    """

    @checks.arguments(side=checks.whole(2), channels=checks.whole(), blocks=checks.whole())
    def __init__(self, side: int, channels: int = 64, blocks: int = 3):
        super().__init__()
        checks.multiple("side", side, 2)
        self.side = side
        self.first = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4, channels, 3, padding=1))
        self.place = nn.Parameter(torch.zeros(channels, side // 2, side // 2))
        self.level = nn.ModuleList(nn.Linear(32, channels) for _ in range(blocks))
        self.hidden = nn.ModuleList(
            nn.Sequential(
                nn.GELU(), nn.Conv2d(channels, channels, 3, padding=1),
                nn.GELU(), nn.Conv2d(channels, channels, 1),
            )
            for _ in range(blocks)
        )  # fmt: skip
        self.last = nn.Sequential(
            nn.GELU(), nn.Conv2d(channels, 4, 3, padding=1), nn.PixelShuffle(2)
        )

    def forward(self, x_t: Tensor, alpha_bar: Tensor) -> Tensor:
        """Map noisy images x_t (n, side²) and their levels (n,) in (0, 1) to ε̂ (n, side²)."""
        checks.model_input("x_t", x_t, self.side**2, self)
        _check_levels(x_t, alpha_bar)
        waves = _level_waves(alpha_bar)
        h = self.first(x_t.reshape(-1, 1, self.side, self.side)) + self.place
        for level, layers in zip(self.level, self.hidden, strict=True):
            h = h + layers(h + level(waves)[:, :, None, None])
        return _with_the_input(x_t, alpha_bar, self.last(h).flatten(1))


def _with_the_input(x_t: Tensor, alpha_bar: Tensor, rest: Tensor) -> Tensor:
    """ε̂ = √(1 − ᾱ) xₜ + √ᾱ F."""
    level = alpha_bar[:, None]
    return (1 - level).sqrt() * x_t + level.sqrt() * rest


def _check_levels(x_t: Tensor, alpha_bar: Tensor) -> None:
    checks.finite("n", "(0, 1)")("alpha_bar", alpha_bar)
    checks.same_rows(x_t=x_t, alpha_bar=alpha_bar)


def _or_unknown(label: Tensor | None, x_t: Tensor, labels: int) -> Tensor:
    """Check labels against the examples; without any, return the label that says so for each."""
    if label is None:
        return torch.full((len(x_t),), labels, device=x_t.device)
    checks.labels("label", label)
    checks.same_rows(x_t=x_t, label=label)
    checks.finite("n", f"[0, {labels}]")("label", label.double())
    return label


def _level_waves(alpha_bar: Tensor, waves: int = 16) -> Tensor:
    """Write noise levels ᾱ (n,) as sines and cosines (n, 2 · waves), coarse to fine.

    With the angle φ = arccos √ᾱ: sin fφ and cos fφ, f from 1 to 50 in even ratios, so that a
    network tells levels apart that differ by little. After Vaswani and others (2017).
    """
    factors = torch.logspace(0, math.log10(50), waves, dtype=alpha_bar.dtype)
    angles = alpha_bar.sqrt().acos()[:, None] * factors.to(alpha_bar.device)
    return torch.cat([angles.sin(), angles.cos()], dim=1)
