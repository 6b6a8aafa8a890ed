"""How well letters are told apart that nobody trained on, and how fast prototypes are trained.

Accuracy: the eight alphabets of Omniglot's small background sets, drawn by hand, 6,000 tasks (600
where MAML adapts); nothing was trained on them, and no label of theirs was used for any choice.
Training: episodes a second, beside a plain loop and learn2learn's classifier, all with one network,
optimiser and thread; each first agrees with our loss on a fixed task.
"""

import random
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.maml import described, interleaved, one_thread
from benchmarks.peers import learn2learn, module_of
from metacourse.episodes import Episode
from metacourse.evaluation import confidence_interval, evaluate
from metacourse.nets import Params, channels_last, init_convnet
from metacourse.tasks.glyphs import load_glyphs
from metacourse.tasks.omniglot import OmniglotMissing, load_omniglot
from metacourse.trained.concepts import N_QUERY, N_WAY, prototypical_loss, sample_training_task
from metacourse.trained.embeddings import embed, load_embedding, nearest_prototype
from metacourse.trained.maml import MAML_STEPS, adapted_answer, load_maml

SETTINGS = {"5-way 1-shot": (5, 1), "5-way 5-shot": (5, 5), "20-way 1-shot": (20, 1)}
GOALS = {"5-way 1-shot": "≥ 90 %", "20-way 1-shot": "≥ 77 %"}  # of the encoder for handwriting
PRINTED = "Greek", "Latin"  # alphabets whose printed letters were trained on
ROUNDS = 15, 5  # rounds, steps in each
# Published, in the order of SETTINGS: networks trained on Omniglot itself, tested on other
# characters of it, without our framing. For orientation only.
PAPERS = {
    "matching networks (Vinyals et al. 2016)": "98.1 / 98.9 / 93.8 %",
    "prototypical networks (Snell et al. 2017)": "98.8 / 99.7 / 96.0 %",
    "MAML (Finn et al. 2017)": "98.7 / 99.9 / 95.8 %",
}


def measure() -> Iterator[tuple[str, str, str]]:
    yield "threads", one_thread(), ""
    yield from accuracies()
    for what, told in PAPERS.items():
        yield f"not comparable, trained on handwriting: {what}", told, ""
    yield from episodes_a_second()


def accuracies() -> Iterator[tuple[str, str, str]]:
    try:
        letters, alphabets, _ = load_omniglot("small")
    except OmniglotMissing as missing:
        yield "handwriting", "not here", str(missing)
        return
    encoders = {
        "random network": init_convnet(generator=torch.Generator().manual_seed(0)),
        **{name: load_embedding(name) for name in ("pretrained", "maml", "meta_trained")},
        "handwriting": load_embedding("handwriting"),
    }
    features = {"pixels": letters.flatten(2) / 255}
    features |= {name: embed(params, letters) for name, params in encoders.items()}
    for name, z in features.items():
        yield from scored(name, nearest_prototype, z, GOALS if name == "handwriting" else {})
    new = torch.tensor([alphabet not in PRINTED for alphabet in alphabets])
    yield from scored(
        "handwriting, without Greek and Latin", nearest_prototype, features["handwriting"][new], {}
    )
    accuracy = evaluate(
        adapted_answer(load_maml(), **MAML_STEPS), letters, n_way=5, n_shot=1, n_query=5
    )
    yield "MAML, adapted: 5-way 1-shot", str(confidence_interval(accuracy)), ""


def scored(name: str, answer: Callable, z: Tensor, goals: dict) -> Iterator[tuple[str, str, str]]:
    for setting, (n_way, n_shot) in SETTINGS.items():
        accuracy = evaluate(answer, z, n_way=n_way, n_shot=n_shot, n_query=5, n_tasks=6000)
        yield f"{name}: {setting}", str(confidence_interval(accuracy)), goals.get(setting, "")


# ---- training ----------------------------------------------------------------------------------


def episodes_a_second() -> Iterator[tuple[str, str, str]]:
    images = load_glyphs("train").images
    params = init_convnet(generator=torch.Generator().manual_seed(0))
    task = sample_training_task(images, torch.Generator().manual_seed(1))
    reference = prototypical_loss(params, task).item()
    steps = {}
    for name, make in {"ours": ours, "plain loop": plain, "learn2learn": with_learn2learn}.items():
        try:
            loss, step = make(params, images)
        except ImportError as missing:
            yield f"training: {name}", "not here: see requirements.txt", str(missing)
            continue
        error = abs(loss(task).item() / reference - 1)
        if error > 1e-5:
            yield f"training: {name}", f"DISAGREES: {error:.0e}", "≤ 1e-05"
        else:
            steps[name] = step
    times = interleaved(steps, *ROUNDS)
    for name, milliseconds in times.items():
        yield f"training: {name}", described(1000 / milliseconds, " episodes/s"), ""
    for name in steps.keys() - {"ours"}:
        yield f"training: {name} / ours", described(times[name] / times["ours"], " ×"), "≥ 1"


def ours(params: Params, images: Tensor) -> tuple[Callable, Callable]:
    params = {name: tensor.clone().requires_grad_() for name, tensor in params.items()}
    generator = torch.Generator().manual_seed(2)

    def loss(task: Episode) -> Tensor:
        return prototypical_loss(channels_last(params), task)

    return loss, training(loss, params.values(), lambda: sample_training_task(images, generator))


def plain(params: Params, images: Tensor) -> tuple[Callable, Callable]:
    network = module_of(params)

    def loss(task: Episode) -> Tensor:
        z_support, z_query = (network(x / 255) for x in (task.x_support, task.x_query))
        means = [z_support[task.y_support == label].mean(0) for label in range(N_WAY)]
        distances = torch.cdist(z_query, torch.stack(means))
        return F.cross_entropy(-distances.square(), task.y_query)

    return loss, training(loss, network.parameters(), lambda: drawn_one_by_one(images))


def with_learn2learn(params: Params, images: Tensor) -> tuple[Callable, Callable]:
    network = module_of(params)
    classifier = learn2learn("learn2learn.nn.protonet").PrototypicalClassifier()

    def loss(task: Episode) -> Tensor:
        z_support, z_query = (network(x / 255) for x in (task.x_support, task.x_query))
        classifier.fit_(z_support, task.y_support)
        return F.cross_entropy(classifier(z_query), task.y_query)

    return loss, training(loss, network.parameters(), lambda: drawn_one_by_one(images))


def training(loss: Callable, parameters, draw: Callable) -> Callable:
    optimizer = torch.optim.Adam(list(parameters), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        loss(draw()).backward()
        optimizer.step()

    return step


def drawn_one_by_one(images: Tensor) -> Episode:
    """As a data set with one item an image is sampled: an image at a time, stacked."""
    support, query = [], []
    for label, row in enumerate(random.sample(range(len(images)), N_WAY)):
        chosen = random.sample(range(images.shape[1]), 1 + N_QUERY)
        items = [(images[row, place], label) for place in chosen]
        support, query = support + items[:1], query + items[1:]
    parts = []
    for items in (support, query):
        parts += [torch.stack([image for image, _ in items]), torch.tensor([y for _, y in items])]
    return Episode(*parts)
