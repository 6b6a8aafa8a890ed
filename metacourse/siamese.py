"""Metric learning: embeddings in which images of one class lie together (chapter 04).

The functions take embeddings z, made by any network, of one task or one batch. More of them are
`torch.func.vmap` of it (but for sampling); a shape that begins with … may have task axes there.
N ways, S support images, Q queries, M unlabelled images, P pairs or triplets, D features.
Labels are checked wherever they can be looked at: not inside vmap and torch.compile, where a class
without an image gives NaN instead of a ValueError.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from metacourse.nets import Params


def squared_distance(z_a: Tensor, z_b: Tensor) -> Tensor:
    """Return d² = ‖z_a − z_b‖²: (…, D) and (…, D), broadcast against each other → (…)."""
    return (z_a - z_b).square().sum(-1)


def distance(z_a: Tensor, z_b: Tensor) -> Tensor:
    """Return d = ‖z_a − z_b‖, with gradient 0 where the two are the same.

    There √ has an infinite slope, which the chain rule multiplies by 0: NaN. A point at distance
    zero is therefore left out twice, before the root and after it, and no ε changes the others.
    Shapes: (…, D) and (…, D), broadcast against each other → (…).
    """
    squares = squared_distance(z_a, z_b)
    zero = squares == 0
    return torch.where(zero, 0, torch.where(zero, 1, squares).sqrt())


def pair_distances(z, labels):
    """The distances of all pairs of images: (of the same class, of different ones).

    Shapes: z (n, D), labels (n,) → (n_same,), (n_different,).
    """
    first, second = torch.triu_indices(len(z), len(z), 1)
    d = distance(z[first], z[second])
    same = labels[first] == labels[second]
    return d[same], d[~same]


# pairs and triplets ------------------------------------------------------------------------------


def contrastive_loss(z_a: Tensor, z_b: Tensor, same: Tensor, *, margin: float = 1.0) -> Tensor:
    """Pull pairs of one class together, push the others apart until their distance is the margin.

    Mean over pairs of y d² + (1 − y) max(0, m − d)², with d = ‖z_a − z_b‖ and y = same: 1 for one
    class, 0 for two (Hadsell, Chopra & LeCun 2006, Eq. 4, where Y = 0 means similar and both terms
    carry a ½; here neither). At d = m the gradient is 0; at d = 0 a different pair is pushed in no
    direction, because all are equal.
    Shapes: z_a (P, D), z_b (P, D), same (P,) → ().
    Raises ValueError if the shapes differ, there is no pair, same is not 0 or 1, or the margin is
    negative.
    """
    _check_alike(z_a=z_a, z_b=z_b)
    if same.shape != z_a.shape[:-1]:
        raise ValueError(f"same needs the shape {tuple(z_a.shape[:-1])}, got {tuple(same.shape)}")
    if _fails((same == 0) | (same == 1)):
        raise ValueError(f"same must be 1 (one class) or 0 (two), got {same.unique().tolist()}")
    _check_margin(margin)
    same = same.to(z_a.dtype)
    pull = squared_distance(z_a, z_b)
    push = F.relu(margin - distance(z_a, z_b)).square()
    return (same * pull + (1 - same) * push).mean()


def triplet_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *, margin: float = 1.0
) -> Tensor:
    """Want the anchor nearer to its own class than to another, by a margin between squares.

    Mean over triplets of max(0, d²(a, p) − d²(a, n) + m) (Schroff, Kalenichenko & Philbin 2015,
    Eq. 3, where it is a sum). The distances are squared as in the paper: no root, so no trouble at
    zero. A triplet exactly at the margin is content: its gradient is 0.
    Shapes: three times (P, D) → ().
    Raises ValueError if the shapes differ, there is no triplet, or the margin is negative.
    """
    _check_alike(anchor=anchor, positive=positive, negative=negative)
    _check_margin(margin)
    return F.relu(
        squared_distance(anchor, positive) - squared_distance(anchor, negative) + margin
    ).mean()


def similarity_logit(params: Params, z_a: Tensor, z_b: Tensor) -> Tensor:
    """Say how much two images look like one class: the sigmoid of the answer is p(same).

    w · |z_a − z_b| + b, learned with cross-entropy (Koch, Zemel & Salakhutdinov 2015, Sec. 3.1).
    Without b, which the paper's formula lacks, equal embeddings would always get p = ½.
    Shapes: params["weight"] (D,), params["bias"] (); z_a (…, D), z_b (…, D), broadcast → (…).
    Raises ValueError if weight and embeddings differ in D.
    """
    weight = params["weight"]
    if not weight.shape == z_a.shape[-1:] == z_b.shape[-1:]:
        shapes = [tuple(tensor.shape) for tensor in (weight, z_a, z_b)]
        raise ValueError(f'params["weight"], z_a and z_b need one D at the end, got {shapes}')
    return (z_a - z_b).abs() @ weight + params["bias"]


def sample_triplets(
    y: Tensor, *, n_triplets: int, generator: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw triplets of images, (anchor, positive, negative), as indices into y.

    An anchor is any image that is not the only one of its class, a positive any other image of
    the class, a negative any image of another class; all have the same chance.
    Shapes: y (S,), any integers → three times (P,).
    Raises ValueError if n_triplets is negative or y lacks a second class, or a second image of one.
    """
    _, label, counts = y.unique(return_inverse=True, return_counts=True)
    if y.ndim != 1 or len(counts) < 2 or counts.max() < 2:
        raise ValueError(f"y (S,) needs 2 classes, one with 2 images; got {_short(y)}")
    if n_triplets < 0:
        raise ValueError(f"the number of pairs or triplets must be 0 or more, got {n_triplets}")

    def below(bounds):
        sizes = {"size": (n_triplets,), "device": generator.device}
        return torch.randint(2**31, generator=generator, **sizes).to(y.device) % bounds

    candidates = (counts[label] > 1).nonzero().flatten()
    anchor = candidates[below(len(candidates))]
    order = label.argsort(stable=True)  # class after class, seen as a ring
    place, size = order.argsort()[anchor], counts[label[anchor]]
    first = (counts.cumsum(0) - counts)[label[anchor]]
    positive = order[first + (place - first + 1 + below(size - 1)) % size]
    negative = order[(first + size + below(len(y) - size)) % len(y)]
    return anchor, positive, negative


def sample_pairs(y: Tensor, *, n_pairs: int, generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Draw pairs of images, (a, b, same): indices into y, and 1 for one class, 0 for two.

    Different and same take turns, so half are the same, of an odd number one fewer; drawn blindly,
    1 pair in N would be. A pair is two sides of a triplet (`sample_triplets`), so no image meets
    itself.
    Shapes: y (S,), any integers → three times (P,).
    Raises ValueError as `sample_triplets` does.
    """
    a, positive, negative = sample_triplets(y, n_triplets=n_pairs, generator=generator)
    same = torch.arange(n_pairs, device=y.device) % 2
    return a, torch.where(same == 1, positive, negative), same


def hardest_triplets(z: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Give every image of a batch its furthest positive and its nearest negative, as indices.

    p = argmax d(a, ·) over the other images of a's class, n = argmin d(a, ·) over all other
    classes (batch hard: Hermans, Beyer & Leibe 2017, Eq. 5). The first wins among equals.
    Shapes: z (S, D), y (S,), any integers → anchor, positive, negative, each (S,).
    Raises ValueError if y has fewer than 2 classes, or a class fewer than 2 images.
    """
    if y.shape != z.shape[:-1] or y.ndim != 1:
        raise ValueError(f"z needs (S, D) and y (S,), got {tuple(z.shape)} and {tuple(y.shape)}")
    squares = squared_distance(z[:, None], z)  # (S, S), in the order of the distances
    same = y[:, None] == y
    anchor = torch.arange(len(y), device=y.device)
    other = same & (anchor[:, None] != anchor)
    if len(y) == 0 or _fails(other.any(1) & ~same.all(1)):
        raise ValueError(f"y needs 2 classes or more, each with 2 images or more; got {_short(y)}")
    positive = squares.masked_fill(~other, -torch.inf).argmax(1)
    negative = squares.masked_fill(same, torch.inf).argmin(1)
    return anchor, positive, negative


def positive_pairs(y: Tensor) -> tuple[Tensor, Tensor]:
    """All pairs of two images of one class, (anchor, positive), each pair both ways round.

    Shapes: y (S,), any integers → twice (P,), P the sum of K (K − 1) over classes of K images.
    """
    itself = torch.eye(len(y), dtype=torch.bool, device=y.device)
    return ((y[:, None] == y) & ~itself).nonzero().unbind(1)


def semi_hard_negatives(z: Tensor, y: Tensor, anchor: Tensor, positive: Tensor) -> Tensor:
    """Give every pair of one class a negative a little further away than the positive.

    Of all images of other classes that are further from the anchor than its positive, the nearest;
    where none is, the furthest of all (Schroff, Kalenichenko & Philbin 2015, Sec. 3.2).
    Shapes: z (S, D), y (S,), any integers, anchor and positive (P,), indices into y → (P,), too.
    Raises ValueError if z and y do not fit, or y has fewer than 2 classes.
    """
    if y.shape != z.shape[:-1] or y.ndim != 1 or _fails((y != y[:1]).any()):
        raise ValueError(f"z needs (S, D), y (S,) and 2 classes; got {tuple(z.shape)}, {_short(y)}")
    squares = squared_distance(z[:, None], z)[anchor]  # (P, S)
    other = y != y[anchor][:, None]
    further = other & (squares > squares.gather(1, positive[:, None]))
    nearest = squares.masked_fill(~further, torch.inf).argmin(1)
    furthest = squares.masked_fill(~other, -torch.inf).argmax(1)
    return torch.where(further.any(1), nearest, furthest)


def all_pairs_loss(z: Tensor, y: Tensor, *, temperature: float = 1.0) -> Tensor:
    """Of each pair of one class, either image has to find the other among all other classes.

    mean over pairs i ≠ j with y_i = y_j of −log e^{−d²_ij/T} / (e^{−d²_ij/T} + Σ_k e^{−d²_ik/T}),
    k over y_k ≠ y_i, d_ij = ‖z_i − z_j‖. Each term is a 1-shot task (Snell, Swersky & Zemel 2017,
    Eq. 2, with that one image for a prototype); with cosines for −d² it is close to N-pairs
    (Sohn 2016), InfoNCE (van den Oord et al. 2018) and supervised contrastive (Khosla et al. 2020,
    whose denominator also holds the other images of the class).
    Shapes: z (S, D), y (S,), any integers → ().
    Raises ValueError if z and y do not fit, no class has 2 images or the temperature is not
    positive.
    """
    if y.shape != z.shape[:-1] or y.ndim != 1:
        raise ValueError(f"z needs (S, D) and y (S,), got {tuple(z.shape)} and {tuple(y.shape)}")
    if _fails(torch.as_tensor(temperature) > 0):
        raise ValueError(f"temperature must be positive, got {temperature}")
    same = y[:, None] == y
    pairs = same & ~torch.eye(len(y), dtype=torch.bool, device=y.device)
    if _fails(pairs.any()):
        raise ValueError(f"y needs two images of one class, got {_short(y)}")
    logits = prototypical_logits(z, z) / temperature  # (S, S)
    others = logits.masked_fill(same, -torch.inf).logsumexp(dim=1, keepdim=True)  # (S, 1)
    return torch.where(pairs, F.softplus(others - logits), 0).sum() / pairs.sum()


# from pairs to N ways ----------------------------------------------------------------------------


def answer_n_way(scores: Tensor, y_support: Tensor, n_way: int) -> Tensor:
    """Answer an N-way question with a model of pairs: the class whose images score best.

    ŷ = argmax_n mean of s(query, x) over the support images x with y = n: for K = 1 the nearest
    support image (Koch, Zemel & Salakhutdinov 2015, Sec. 4.3). s says how alike two images are,
    such as −`distance` or `similarity_logit`; among equals the lowest class wins.
    Shapes: scores (…, Q, S), y_support (S,) → (…, Q), classes in 0…N−1.
    Raises ValueError as `prototypes` does.
    """
    members = _members(y_support, n_way, scores.shape[-1:], scores.dtype)
    means = scores @ members / members.sum(dim=-2, keepdim=True)  # (…, Q, N)
    return means.argmax(dim=-1)


def prototypes(z_support: Tensor, y_support: Tensor, n_way: int) -> Tensor:
    """Return the mean embedding of each class's support images, its prototype.

    c_n = mean of z_s over the s with y_s = n (Snell, Swersky & Zemel 2017, Eq. 1).
    Shapes: z_support (…, S, D), y_support (…, S) in 0…N−1 → (…, N, D).
    Raises ValueError if an image has no label, a class no image, or a label is not in 0…N−1.
    """
    members = _members(y_support, n_way, z_support.shape[:-1], z_support.dtype)
    return members.mT @ z_support / members.sum(dim=-2)[..., None]


def prototypical_logits(z_query: Tensor, prototypes: Tensor) -> Tensor:
    """Say how near a query is to each prototype, −‖z_q − c_n‖²: its softmax is p(class | query).

    Written as 2 c_n · z_q − ‖c_n‖² − ‖z_q‖²: but for the last term, which is the same for every
    class, a linear classifier with weights 2 c_n and biases −‖c_n‖² (Snell, Swersky & Zemel 2017,
    Eq. 2 and 8).
    Shapes: z_query (…, Q, D), prototypes (…, N, D) → (…, Q, N).
    Raises ValueError if the two differ in D.
    """
    if z_query.shape[-1] != prototypes.shape[-1]:
        shapes = f"{tuple(z_query.shape)} and {tuple(prototypes.shape)}"
        raise ValueError(f"z_query and prototypes need one D at the end, got {shapes}")
    squares = z_query.square().sum(-1)[..., None] + prototypes.square().sum(-1)[..., None, :]
    return 2 * z_query @ prototypes.mT - squares


def matching_probabilities(
    z_query: Tensor, z_support: Tensor, y_support: Tensor, n_way: int
) -> Tensor:
    """Let each support image vote for its class with a weight that says how alike the two are.

    p(n | q) = Σ_s a(q, s) over y_s = n, where a = softmax over s of cos(z_q, z_s) (Vinyals et al.
    2016, Eq. 1, without full context embeddings). The cosine of a zero vector counts as 0.
    Shapes: z_query (…, Q, D), z_support (…, S, D), y_support (…, S) → (…, Q, N).
    Raises ValueError as `prototypes` does.
    """
    members = _members(y_support, n_way, z_support.shape[:-1], z_support.dtype)
    attention = (_unit(z_query) @ _unit(z_support).mT).softmax(dim=-1)  # (…, Q, S)
    return attention @ members


# unlabelled images -------------------------------------------------------------------------------


def soft_assignment(
    prototypes: Tensor, z: Tensor, *, distractor_radius: float | Tensor | None = None
) -> Tensor:
    """Share each unlabelled image out among the classes: the softmax of −‖z − c_n‖².

    With a distractor radius r there is one more cluster, at the origin, with the logit
    −‖z‖² / r² − log r, and what it takes is lost to the classes, whose radius is 1
    (Ren et al. 2018, Eq. 5 and 6).
    Shapes: prototypes (…, N, D), z (…, M, D) → (…, M, N).
    Raises ValueError if the radius is not positive, or as `prototypical_logits` does.
    """
    logits = prototypical_logits(z, prototypes)
    if distractor_radius is None:
        return logits.softmax(dim=-1)
    radius = torch.as_tensor(distractor_radius, dtype=z.dtype, device=z.device)
    if _fails(radius > 0):
        raise ValueError(f"distractor_radius must be positive, got {distractor_radius}")
    distractor = -z.square().sum(-1, keepdim=True) / radius.square() - radius.log()
    return torch.cat([logits, distractor], dim=-1).softmax(dim=-1)[..., :-1]


def refined_prototypes(
    prototypes: Tensor,
    z_support: Tensor,
    y_support: Tensor,
    z_unlabelled: Tensor,
    *,
    distractor_radius: float | Tensor | None = None,
) -> Tensor:
    """Move the prototypes by one step of soft k-means: unlabelled images count by their shares.

    c_n ← (Σ_s [y_s = n] z_s + Σ_j w_jn z_j) / (Σ_s [y_s = n] + Σ_j w_jn), w = `soft_assignment`
    to the prototypes as they were (Ren et al. 2018, Eq. 4; with a distractor radius Eq. 5 and 6,
    against unlabelled images that are of none of the classes).
    Shapes: prototypes (…, N, D), z_support (…, S, D), y_support (…, S), z_unlabelled (…, M, D)
    → (…, N, D).
    Raises ValueError as `prototypes` and `soft_assignment` do.
    """
    members = _members(y_support, prototypes.shape[-2], z_support.shape[:-1], z_support.dtype)
    shares = soft_assignment(prototypes, z_unlabelled, distractor_radius=distractor_radius)
    totals = members.mT @ z_support + shares.mT @ z_unlabelled  # (…, N, D)
    return totals / (members.sum(dim=-2) + shares.sum(dim=-2))[..., None]


def _unit(z: Tensor) -> Tensor:
    """The same directions with length 1; a zero vector stays one."""
    lengths = distance(z, torch.zeros_like(z))[..., None]
    return z / torch.where(lengths == 0, 1, lengths)


def _members(y_support: Tensor, n_way: int, shape: torch.Size, dtype: torch.dtype) -> Tensor:
    """1 where a support image is of a class, else 0: y_support (…, S) → (…, S, N); shape (…, S)."""
    if n_way < 1 or y_support.shape[-1:] != shape[-1:]:
        sizes = f"{tuple(y_support.shape)} for (…, S) = {tuple(shape)} and n_way = {n_way}"
        raise ValueError(f"y_support needs a label for each of S images, n_way ≥ 1; got {sizes}")
    members = y_support[..., None] == torch.arange(n_way, device=y_support.device)
    if _fails(members.any(dim=-1)) or _fails(members.any(dim=-2)):
        needed = f"every label of 0…{n_way - 1} and no other, in every task"
        raise ValueError(f"y_support needs {needed}; got {_short(y_support)}")
    return members.to(dtype)


def _fails(condition: Tensor) -> bool:
    """Whether a condition is false somewhere, as far as its values can be looked at."""
    if torch.compiler.is_compiling():
        return False
    try:
        return not condition.all()
    except RuntimeError:  # inside vmap
        return False


def _check_alike(**z: Tensor) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in z.items()}
    if len(set(shapes.values())) != 1 or any(0 in shape for shape in shapes.values()):
        raise ValueError(f"{', '.join(z)} need the same shape (P, D), P ≥ 1; got {shapes}")


def _check_margin(margin: float) -> None:
    if _fails(torch.as_tensor(margin) >= 0):
        raise ValueError(f"margin must be 0 or more, got {margin}")


def _short(y: Tensor) -> str:
    """Labels for a message, not more than fit on a line."""
    return f"{y.flatten()[:10].tolist()}{' …' if y.numel() > 10 else ''} of shape {tuple(y.shape)}"
