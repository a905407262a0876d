"""What the helpers ask of their arguments, once for all modules; every message names the argument.

Above a function, `@checks.arguments(x=checks.finite(), k=checks.whole())` is its door: a rule for
each argument, called as rule(name, value), which returns the value, or raises TypeError or
ValueError. Losses look at kinds and shapes only, because `fit` stops at the first number that is
not finite; metrics and corruptions refuse nan and infinity, too.
"""

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real

import torch
from torch import Tensor, nn

Rule = Callable[[str, object], object]
Batch = Tensor | tuple[Tensor, ...]


def arguments(alike: Sequence[str] = (), **rules: Rule) -> Callable[[Callable], Callable]:
    """Make a decorator that checks the arguments of a function, by name, before it runs.

    alike: names of tensors that must have one shape; broadcasting would hide a mistake.
    """

    def decorate(function: Callable) -> Callable:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args, **options):
            given = signature.bind(*args, **options)
            given.apply_defaults()
            for name, rule in rules.items():
                given.arguments[name] = rule(name, given.arguments[name])
            same_shape(**{name: given.arguments[name] for name in alike})
            return function(*given.args, **given.kwargs)

        return call

    return decorate


# Tensors


def floats(dims: str = "n features", rows: int = 1, columns: int = 1) -> Rule:
    """Make the rule: a tensor of floating-point numbers with these dimensions.

    dims: a word, or a size, for each dimension; more may follow a last word that ends in "…". rows,
    columns: how many there must be at least.
    """
    words = dims.split()
    sizes = {place: int(word) for place, word in enumerate(words) if word.isdigit()}

    def rule(name: str, x: Tensor) -> Tensor:
        if not isinstance(x, Tensor) or not x.is_floating_point():
            raise TypeError(f"{name} must be a tensor of floating-point numbers, got {_kind(x)}")
        fits = x.dim() >= len(words) if dims.endswith("…") else x.dim() == len(words)
        fits = fits and all(x.shape[place] == size for place, size in sizes.items())
        if not fits or x.numel() == 0:
            shape = tuple(x.shape)
            raise ValueError(f"{name} must have the shape ({', '.join(words)}), got {shape}")
        if len(x) < rows or (columns > 1 and x.shape[1] < columns):
            least = f"{rows} rows" if len(x) < rows else f"{columns} columns"
            raise ValueError(f"{name} must hold at least {least}, got shape {tuple(x.shape)}")
        return x

    return rule


def finite(
    dims: str = "n features", interval: str = "(-inf, inf)", rows: int = 1, columns: int = 1
) -> Rule:
    """Make the rule: as `floats`, without nan or infinity, every value in the interval.

    An interval is written as in mathematics: "[0, 1]" holds its ends, "(0, inf)" does not.
    """
    tensor = floats(dims, rows, columns)

    def rule(name: str, x: Tensor) -> Tensor:
        least, most = (end.item() for end in tensor(name, x).detach().aminmax())
        if not (_inside(least, interval) and _inside(most, interval)):
            raise ValueError(f"{name} must be in {interval}, got {least:.10g} to {most:.10g}")
        return x

    return rule


def square_images(interval: str = "(-inf, inf)") -> Rule:
    """Make the rule: finite images of side × side pixels as rows (n, side²)."""
    rows = finite("n pixels", interval)

    def rule(name: str, x: Tensor) -> Tensor:
        if math.isqrt(rows(name, x).shape[1]) ** 2 != x.shape[1]:
            raise ValueError(f"{name} must be square images (n, side²), got {tuple(x.shape)}")
        return x

    return rule


def same_shape(**tensors: Tensor) -> None:
    """Refuse tensors of different shapes."""
    _same({name: tuple(tensor.shape) for name, tensor in tensors.items()}, "shape")


def same_columns(**tensors: Tensor) -> None:
    """Refuse matrices that differ in their number of columns."""
    _same({name: tensor.shape[1] for name, tensor in tensors.items()}, "number of columns")


def same_rows(**tensors: Tensor) -> None:
    """Refuse tensors that differ in their length."""
    _same({name: len(tensor) for name, tensor in tensors.items()}, "length")


def _same(values: dict[str, object], what: str) -> None:
    if len(set(values.values())) > 1:
        found = " and ".join(map(str, values.values()))
        raise ValueError(f"{' and '.join(values)} must have one {what}, got {found}")


def probability(name: str, value: float | Tensor) -> float | Tensor:
    """Rule: a number, or a tensor of numbers, in [0, 1]."""
    if isinstance(value, Tensor) and value.dim():
        return finite("entries…", "[0, 1]")(name, value)
    number("[0, 1]")(name, value)
    return value


def broadcastable(**values: float | Tensor) -> list[Tensor]:
    """Return tensors of one dtype, that of the tensors among them; refuse unmatched shapes."""
    tensors = [value for value in values.values() if isinstance(value, Tensor)]
    kinds = [value.dtype for value in tensors if value.is_floating_point()]
    dtype = functools.reduce(torch.promote_types, kinds) if kinds else torch.float64
    try:
        torch.broadcast_shapes(*(value.shape for value in tensors))
    except RuntimeError:
        shapes = " and ".join(str(tuple(value.shape)) for value in tensors)
        raise ValueError(f"{' and '.join(values)} must broadcast, got {shapes}") from None
    return [torch.as_tensor(value, dtype=dtype) for value in values.values()]


def labels(name: str, value: Tensor) -> Tensor:
    """Rule: a tensor of whole numbers, one label for each example."""
    if not isinstance(value, Tensor) or value.is_floating_point() or value.is_complex():
        raise TypeError(f"{name} must be a tensor of whole numbers, got {_kind(value)}")
    if value.dim() != 1 or len(value) == 0:
        raise ValueError(f"{name} must have the shape (n), got {tuple(value.shape)}")
    return value


# Numbers and words


def whole(low: int = 1, high: float = math.inf) -> Rule:
    """Make the rule: a whole number from low to high, Python's or NumPy's; it becomes an int."""

    def rule(name: str, value: int) -> int:
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise TypeError(f"{name} must be a whole number, got {value!r}")
        if not low <= value <= high:
            limits = f"at least {low}" if high == math.inf else f"from {low} to {high:,}"
            raise ValueError(f"{name} must be {limits}, got {value}")
        return int(value)

    return rule


def number(interval: str = "(-inf, inf)") -> Rule:
    """Make the rule: a finite number in the interval, or a tensor of one; it becomes a float."""

    def rule(name: str, value: float) -> float:
        if isinstance(value, Tensor) and value.dim() == 0:
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError(f"{name} must be a number, got {_kind(value)}")
        if not _inside(float(value), interval):
            raise ValueError(f"{name} must be a number in {interval}, got {value}")
        return float(value)

    return rule


def divisor(name: str, value: int, n: int) -> None:
    """Refuse what does not divide n."""
    if n % value:
        raise ValueError(f"{name} must divide {n}, got {value}")


def multiple(name: str, value: int, n: int) -> None:
    """Refuse what n does not divide."""
    if value % n:
        raise ValueError(f"{name} must be a multiple of {n}, got {value}")


def one_of(*choices: str) -> Rule:
    """Make the rule: one of a few words."""

    def rule(name: str, value: str) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
        return value

    return rule


# Several at once


def named(rule: Rule) -> Rule:
    """Make the rule: a mapping of one or more names, each to what another rule takes."""

    def each(name: str, values: Mapping) -> Mapping:
        if not isinstance(values, Mapping):
            raise TypeError(f"{name} must be a dict of name → values, got {_kind(values)}")
        if not values:
            raise ValueError(f"{name} must hold at least one name")
        return {key: rule(f"{name}[{key!r}]", value) for key, value in values.items()}

    return each


def optional(rule: Rule) -> Rule:
    """Make the rule: None, or what another rule takes."""
    return lambda name, value: None if value is None else rule(name, value)


# Models


def instance(*kinds: type) -> Rule:
    """Make the rule: an object of one of these classes."""

    def rule(name: str, value):
        if not isinstance(value, kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise TypeError(f"{name} must be a {wanted}, got {_kind(value)}")
        return value

    return rule


def has(*methods: str) -> Rule:
    """Make the rule: an object with these methods."""

    def rule(name: str, value):
        for method in methods:
            if not callable(getattr(value, method, None)):
                raise TypeError(f"{name} must have a method {method}, got {_kind(value)}")
        return value

    return rule


def function(name: str, value: Callable) -> Callable:
    """Rule: something that can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {_kind(value)}")
    return value


def widths(name: str, values: Sequence[int]) -> tuple[int, ...]:
    """Rule: two or more whole numbers of at least 1."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise TypeError(f"{name} must be widths such as (784, 32), got {values!r}")
    if len(values) < 2:
        raise ValueError(f"{name} must be two or more widths, got {values!r}")
    return tuple(whole()(f"every width in {name}", value) for value in values)


def layer_class(name: str, value: Callable) -> Callable:
    """Rule: what makes a new layer when it is called, `nn.ReLU` and not `nn.ReLU()`."""
    if isinstance(value, nn.Module) or not callable(value):
        raise TypeError(f"{name} must be a class such as nn.ReLU, without (), got {value!r}")
    return value


def model_input(name: str, x: Tensor, features: int, model: nn.Module) -> None:
    """Refuse what a model cannot take: another type, width, or dtype than its parameters'."""
    if not isinstance(x, Tensor):
        raise TypeError(f"{name} must be a tensor, got {_kind(x)}")
    dtype = next(model.parameters()).dtype
    if x.dtype != dtype or x.shape[-1:] != (features,):
        raise ValueError(
            f"{name} must have {features} features of {dtype}, as the model has, got "
            f"{tuple(x.shape)} of {x.dtype}"
        )


def maps(name: str, x: Tensor, channels: int, side: int | None, model: nn.Module) -> int:
    """Return the side of the maps that stand in rows (n, channels · side²); refuse other rows.

    side: the one that a model asks for, None where it takes any.
    """
    width = x.shape[-1] if isinstance(x, Tensor) and x.dim() else 0
    found = side or max(math.isqrt(width // channels), 1)
    model_input(name, x, channels * found**2, model)
    return found


def codes(h: Tensor, x: Tensor) -> Tensor:
    """Return codes (n, units) that model.encode made of x; refuse what has no gradient by x."""
    name = "model.encode(x)"
    floats("n code…")(name, h)
    same_rows(**{name: h, "x": x})
    depends(name, h.requires_grad, "x")
    return h.flatten(1)


def depends(name: str, recorded: bool, on: str) -> None:
    """Refuse a value when how it was computed is not recorded: it has no gradient."""
    if not recorded:
        raise ValueError(
            f"{name} must depend on {on} in a way that can be differentiated (not under no_grad)"
        )


# Training


def trainable(name: str, model: nn.Module) -> nn.Module:
    """Rule: a module with parameters to train."""
    instance(nn.Module)(name, model)
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(f"{name} has no parameters to train")
    return model


def examples(name: str, data: Batch) -> Batch:
    """Rule: a tensor, or a tuple of tensors of one length, all finite."""
    tensors = as_tuple(data)
    if not tensors or not all(isinstance(tensor, Tensor) for tensor in tensors):
        raise TypeError(f"{name} must be a tensor or a tuple of tensors, got {_kind(data)}")
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if any(not shape or 0 in shape or shape[0] != shapes[0][0] for shape in shapes):
        raise ValueError(f"{name} must hold tensors of one length of at least 1, got {shapes}")
    if not all(torch.stack(tensor.aminmax()).isfinite().all() for tensor in tensors):
        raise ValueError(f"{name} holds nan or infinity")
    return data


def like(name: str, data: Batch, x: Batch) -> None:
    """Refuse what differs from x in more than its length: in number, dtypes or shapes."""
    examples(name, data)
    kinds = [[(tuple(t.shape[1:]), t.dtype) for t in as_tuple(values)] for values in (data, x)]
    if type(data) is not type(x) or kinds[0] != kinds[1]:
        raise ValueError(f"{name} must be like x but for its length, got {kinds[0]} for {kinds[1]}")


def as_tuple(data: Batch) -> tuple[Tensor, ...]:
    """Return the tensors of a batch, one or several."""
    return data if isinstance(data, tuple) else (data,)


def scalars(terms: dict[str, Tensor], before: Sequence[str]) -> dict[str, Tensor]:
    """Return what loss returned, a dict of named scalars; refuse other names than before."""
    if not isinstance(terms, dict) or not terms:
        raise TypeError(f"loss must return a dict of named terms, got {_kind(terms)}")
    for name, term in terms.items():
        if not isinstance(term, Tensor) or term.dim() != 0:
            got = f"shape {tuple(term.shape)}" if isinstance(term, Tensor) else _kind(term)
            raise TypeError(f"loss term {name!r} must be a scalar tensor, got {got}")
    if before and sorted(terms) != sorted(before):
        raise ValueError(f"loss returned the terms {sorted(terms)}, before {sorted(before)}")
    return terms


def device(name: str, value: str | torch.device) -> torch.device:
    """Rule: a device that this machine has."""
    try:
        torch.zeros(1, device=value).item()
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(f"{name} {value!r} cannot be used on this machine: {error}") from error
    return torch.device(value)


def _inside(value: float, interval: str) -> bool:
    """Tell whether a number lies in an interval; nan lies in none, infinity in none of ours."""
    low, high = map(float, interval[1:-1].split(","))
    above = value >= low if interval[0] == "[" else value > low
    below = value <= high if interval[-1] == "]" else value < high
    return above and below


def _kind(value) -> str:
    return str(value.dtype) if isinstance(value, Tensor) else type(value).__name__
