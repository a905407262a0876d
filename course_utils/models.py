"""The networks of the course: plain `nn.Module`s with `encode` and `decode`.

Symbols: f encoder, g decoder, h = f(x) code, x′ = g(h) reconstruction. No losses, no training.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn
from torch.nn.utils import parametrize


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

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Callable[[], nn.Module] = nn.ReLU,
        code_activation: Callable[[], nn.Module] = nn.Identity,
    ):
        super().__init__()
        _check_sizes(sizes)
        self.encoder = nn.Sequential(*fully_connected(sizes, activation), code_activation())
        self.decoder = fully_connected(sizes[::-1], activation)

    def encode(self, x: Tensor) -> Tensor:
        """Map inputs (n, sizes[0]) to codes (n, sizes[-1])."""
        return self.encoder(x)

    def decode(self, code: Tensor) -> Tensor:
        """Map codes (n, sizes[-1]) to reconstructions (n, sizes[0])."""
        return self.decoder(code)

    def forward(self, x: Tensor) -> Output:
        """Encode, then decode: inputs (n, sizes[0]) to both results."""
        code = self.encode(x)
        return Output(self.decode(code), code)


def _check_sizes(sizes: Sequence[int]) -> None:
    """Refuse what is not two or more widths."""
    if not isinstance(sizes, Sequence) or any(type(size) is not int for size in sizes):
        raise TypeError(f"sizes must be a sequence of whole numbers, got {sizes!r}")
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes must be two or more widths of at least 1, got {sizes}")


def fully_connected(sizes: Sequence[int], activation: Callable[[], nn.Module]) -> nn.Sequential:
    """Chain linear layers of the given widths, the activation between them, none at the end."""
    layers: list[nn.Module] = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Linear(n_in, n_out), activation()]
    return nn.Sequential(*layers[:-1])


def unit_norm_columns(layer: nn.Linear) -> nn.Linear:
    """Let a linear layer have only weights whose columns are of length 1; return the same layer.

    The weight W becomes a function of a free matrix V of the same shape: wⱼ = vⱼ / ‖vⱼ‖. Gradients
    reach V, so that any optimizer keeps the constraint. In a decoder, column j is what unit j adds
    to the reconstruction. Raises TypeError for another layer, ValueError for a column of zeros,
    here and when the weight is assigned.
    """
    if not isinstance(layer, nn.Linear):
        raise TypeError(f"layer must be a torch.nn.Linear, got {type(layer).__name__}")
    return parametrize.register_parametrization(layer, "weight", _UnitNormColumns())


class _UnitNormColumns(nn.Module):
    """Divide each column of a matrix by its Euclidean length."""

    def forward(self, v: Tensor) -> Tensor:
        # What torch's own weight_norm calls: in plain operations, with their temporary matrices,
        # v / v.norm(dim=0) takes longer than the layer's matrix products.
        return torch._weight_norm(v, v.new_ones(1, v.shape[1]), 1)

    def right_inverse(self, w: Tensor) -> Tensor:
        if (w == 0).all(dim=0).any():
            raise ValueError("weight has a column of zeros, which no length can make a unit vector")
        return w


def pca_autoencoder(x: Tensor, k: int) -> Autoencoder:
    """Return PCA with k components, written as a linear autoencoder.

    f(x) = V (x − μ) and g(h) = Vᵀ h + μ, with μ the mean of x and the rows of V, of shape
    (k, features), the first k principal components that scikit-learn finds in x (n, features).
    Raises ValueError when k is not from 1 to the smaller side of x.
    """
    if not isinstance(x, Tensor) or not x.is_floating_point() or x.dim() != 2:
        raise TypeError("x must be a tensor (n, features) of floating-point numbers")
    if type(k) is not int:
        raise TypeError(f"k must be a whole number, got {k!r}")
    if len(x) < 2:
        raise ValueError(f"x must hold at least two examples, got {len(x)}")
    if not 1 <= k <= min(x.shape):
        raise ValueError(f"k must be from 1 to {min(x.shape)} for x of shape {tuple(x.shape)}: {k}")
    pca = PCA(k, svd_solver="covariance_eigh").fit(x.detach().cpu().double().numpy())
    components, mean = (torch.from_numpy(a).to(x.dtype) for a in (pca.components_, pca.mean_))
    model = Autoencoder((x.shape[1], k)).to(x.dtype).requires_grad_(False)
    model.encoder[0].weight.copy_(components)
    model.encoder[0].bias.copy_(-components @ mean)
    model.decoder[0].weight.copy_(components.T)
    model.decoder[0].bias.copy_(mean)
    return model


def count_parameters(model: nn.Module) -> int:
    """Count the numbers that training may change."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


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

    def __init__(
        self, sizes: Sequence[int] = (784, 400, 20), activation: Callable[[], nn.Module] = nn.ReLU
    ):
        super().__init__()
        _check_sizes(sizes)
        self.encoder = fully_connected([*sizes[:-1], 2 * sizes[-1]], activation)
        self.decoder = fully_connected(sizes[::-1], activation)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map inputs (n, sizes[0]) to μ and log σ² of q(z|x), each (n, sizes[-1])."""
        mu, log_var = self.encoder(x).chunk(2, dim=1)
        return mu, log_var

    def encode(self, x: Tensor) -> Tensor:
        """Map inputs (n, sizes[0]) to their mean codes μ (n, sizes[-1]); nothing is sampled."""
        return self.posterior(x)[0]

    def decode(self, code: Tensor) -> Tensor:
        """Map codes (n, sizes[-1]) to pixel means in (0, 1), (n, sizes[0])."""
        return self.decoder(code).sigmoid()

    def forward(self, x: Tensor) -> VAEOutput:
        """Encode, sample one code per input, decode."""
        mu, log_var = self.posterior(x)
        code = reparameterize(mu, log_var)
        return VAEOutput(self.decoder(code), mu, log_var, code)


def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    """Draw z = μ + σε, σ = exp(½ log σ²), ε ~ N(0, 1): gradients reach μ and log σ².

    mu, log_var: of one shape, which z has, too. Source: Kingma and Welling (2014).
    """
    if mu.shape != log_var.shape:
        raise ValueError(
            f"mu and log_var must have one shape, got {tuple(mu.shape)} and {tuple(log_var.shape)}"
        )
    return mu + (0.5 * log_var).exp() * torch.randn_like(mu)


class TiedLinear(nn.Module):
    """The map g(h) = h W + c back from a layer f(x) = x Wᵀ + b: the same weights, transposed.

    layer: the linear layer whose weight W (code, in) is shared. Only the bias c (in,), which starts
    at 0, is its own.
    """

    def __init__(self, layer: nn.Linear):
        super().__init__()
        if not isinstance(layer, nn.Linear):
            raise TypeError(f"layer must be a torch.nn.Linear, got {type(layer).__name__}")
        self.layer = layer
        self.bias = nn.Parameter(layer.weight.new_zeros(layer.in_features))

    @property
    def weight(self) -> Tensor:
        """Wᵀ, of shape (in, code), as the weight of a linear layer in this place would be."""
        return self.layer.weight.T

    def forward(self, h: Tensor) -> Tensor:
        """Map codes (n, code) to (n, in)."""
        return nn.functional.linear(h, self.weight, self.bias)


def tie_weights(model: Autoencoder) -> Autoencoder:
    """Let the decoder use the transposed weights of the encoder, layer by layer; return the model.

    A code that shrinks can then not be undone by a decoder that grows. Biases stay free. Raises
    TypeError for another model, ValueError when it is tied already, or when its decoder does not
    mirror the encoder or has a parametrisation. Source: Vincent, Larochelle,
    Bengio and Manzagol (2008).
    """
    if not isinstance(model, Autoencoder):
        raise TypeError(f"model must be an Autoencoder, got {type(model).__name__}")
    if any(isinstance(layer, TiedLinear) for layer in model.decoder):
        raise ValueError("model has tied weights already")
    layers = [layer for layer in model.encoder if isinstance(layer, nn.Linear)]
    decoding = [layer for layer in model.decoder if isinstance(layer, nn.Linear)]
    if any(parametrize.is_parametrized(layer) for layer in decoding):
        raise ValueError("model has a parametrised decoder, which tied weights would replace")
    mirrored = [layer.weight.shape[::-1] for layer in layers[::-1]]
    if [layer.weight.shape for layer in decoding] != mirrored:
        raise ValueError("model must have a decoder that mirrors its encoder")
    model.decoder = nn.Sequential(
        *(TiedLinear(layers.pop()) if isinstance(part, nn.Linear) else part
          for part in model.decoder)
    ).train(model.training)  # fmt: skip
    return model
