"""What the best device gains over the CPU: tasks a second, and steps of the course's trainings.

`METACOURSE_DEVICE=cpu` measures the CPU alone. Rates use as many threads as torch takes by itself;
trainings and evaluations are timed on the CPU with one thread, as the chapters run them.
"""

import contextlib
import io
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch.func import grad_and_value, vmap

from benchmarks.maml import leaves, mse
from metacourse.devices import best_device, compiled, describe
from metacourse.episodes import sample_episodes
from metacourse.evaluation import evaluate
from metacourse.learned_optimisers import optimise
from metacourse.lstm import init_lstm, memory_prediction, memory_sequence
from metacourse.maml import losses_by_step, maml_loss
from metacourse.nets import Params, convnet, init_convnet, init_mlp, to_device
from metacourse.tasks.quadratics import quadratic_loss, sample_quadratics
from metacourse.tasks.sinusoids import sample_sinusoids
from metacourse.trained.__main__ import all_recipes
from metacourse.trained.embeddings import nearest_prototype
from metacourse.trained.maml import adapted_answer, load_maml
from metacourse.trained.recipes import Recipe
from metacourse.training import compiled_step, gradient_step

CPU = torch.device("cpu")
META_BATCHES = 16, 256, 4096
SECONDS = 1.0  # that a measurement takes, or one call


def measure() -> Iterator[tuple[str, str, str]]:
    places = dict.fromkeys((CPU, best_device()))  # one, if that is the CPU
    yield "device", describe(), ""
    yield "CPU", f"{torch.get_num_threads()} threads for tasks/s, 1 for trainings", ""
    for name, make in LEARNERS.items():
        for n_tasks in META_BATCHES:
            rates = [n_tasks / seconds(make(n_tasks, place)) for place in places]
            goal = "≥ 50 ×" if n_tasks == max(META_BATCHES) else ""
            yield f"{name}, B = {n_tasks:,}", compared("{:,.0f}", rates, " tasks/s"), goal
    torch.set_num_threads(1)
    for name, make in (trainings() | evaluations()).items():
        times = [1e3 * seconds(make(place)) for place in places]
        yield name, compared("{:#.3g}", times, " ms"), ""


def compared(form: str, values: list[float], unit: str) -> str:
    """The CPU's value, the device's, and the second divided by the first."""
    told = " → ".join(form.format(value) for value in values) + unit
    return told if len(values) < 2 else f"{told} ({values[1] / values[0]:#.2g} ×)"


def seconds(call: Callable[[], torch.Tensor]) -> float:
    """The median time of a call that ends with its result on the CPU."""
    call()  # the device's libraries choose their algorithms
    times, start = [], time.perf_counter()
    while not times or time.perf_counter() - start < SECONDS:
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


# ---- learners: one call learns, or answers, B tasks ----------------------------------------------


def maml_gradients(n_tasks: int, device: torch.device) -> Callable:
    """Exact outer gradients of MAML: sinusoids, 10 points each, one inner step, 1–40–40–1."""

    def objective(params, tasks):
        return maml_loss(mse, params, tasks, lr_inner=0.01)

    generator = torch.Generator(device).manual_seed(0)
    return compiled_gradients(objective, init_mlp([1, 40, 40, 1], generator), n_tasks, generator)


def memory_gradients(n_tasks: int, device: torch.device) -> Callable:
    """Gradients of the memory of chapter 05: sinusoids, 10 points each, 64 units."""

    def objective(params, tasks):
        x, y = tasks[:2]
        return (memory_sequence(params, x, y) - y).square().mean()

    generator = torch.Generator(device).manual_seed(0)
    return compiled_gradients(objective, init_lstm(2, 64, 1, generator), n_tasks, generator)


def compiled_gradients(
    objective: Callable, params: Params, n_tasks: int, generator: torch.Generator
) -> Callable:
    torch.compiler.reset()  # what was compiled for another number of tasks
    gradient_and_loss = compiled(grad_and_value(objective))

    @torch.no_grad()
    def call():
        tasks = sample_sinusoids(n_tasks, n_shot=10, generator=generator)
        return gradient_and_loss(params, tasks)[1].cpu()

    with contextlib.redirect_stdout(io.StringIO()):
        call()
    return call


def prototype_answers(n_tasks: int, device: torch.device) -> Callable:
    """Answers of the nearest prototype: 5-way 1-shot, one query a class, images of 28 × 28."""
    generator = torch.Generator(device).manual_seed(0)
    params = init_convnet(generator=generator)
    noise = torch.randint(256, (150, 20, 28, 28), generator=generator, device=device)
    images = noise.to(torch.uint8)
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 1, "n_tasks": n_tasks}

    @torch.no_grad()
    def call():
        tasks = sample_episodes(images, **sizes, generator=generator)
        z = [
            convnet(params, x.flatten(0, 1)).unflatten(0, (n_tasks, 5))
            for x in (tasks.x_support, tasks.x_query)
        ]
        return nearest_prototype(z[0], tasks.y_support, z[1]).cpu()

    return call


LEARNERS = {
    "MAML, compiled": maml_gradients,
    "memory, compiled": memory_gradients,
    "prototypes": prototype_answers,
}


# ---- the course's own trainings ------------------------------------------------------------------


def trainings() -> dict[str, Callable]:
    """Name → device → a call that takes one step of a training."""
    found = {
        "chapter 03, 1 inner step": partial(sinusoid_step, n_steps=1, step_of=plain),
        "chapter 03, 5 inner steps": partial(sinusoid_step, n_steps=5, step_of=plain),
        "chapter 03, 5 inner steps, compiled": partial(
            sinusoid_step, n_steps=5, step_of=compiled_step
        ),
    }
    found |= {name: partial(recipe_step, recipe) for name, recipe in all_recipes().items()}
    return {f"a step of {name}": make for name, make in found.items()}


def plain(loss_fn: Callable, sample: Callable):
    return gradient_step(lambda params, generator: loss_fn(params, sample(generator)))


def sinusoid_step(device: torch.device, *, n_steps: int, step_of: Callable) -> Callable:
    def objective(params, tasks):
        return maml_loss(mse, params, tasks, lr_inner=0.01, n_steps=n_steps)

    step = step_of(
        objective, lambda generator: sample_sinusoids(25, n_shot=10, generator=generator)
    )
    generator = torch.Generator(device).manual_seed(0)
    return repeated(step, init_mlp([1, 40, 40, 1], generator), generator)


def recipe_step(recipe: Recipe, device: torch.device) -> Callable:
    generator = torch.Generator(device).manual_seed(0)
    return repeated(plain(recipe.loss, recipe.sample), recipe.start(generator), generator)


def repeated(step: Callable, params: Params, generator: torch.Generator) -> Callable:
    params = leaves(params)
    optimizer = torch.optim.Adam(params.values(), lr=1e-4)
    return lambda: float(step(params, optimizer, generator))


# ---- the course's own evaluations ----------------------------------------------------------------


def evaluations() -> dict[str, Callable]:
    """Name → device → a call that tests on as many tasks as a chapter does."""
    return {
        "200 tasks of images, adapted by 1 step": partial(adapted_images, n_steps=1),
        "200 tasks of images, adapted by 5 steps": partial(adapted_images, n_steps=5),
        "600 sinusoids, adapted by 10 steps": adapted_sinusoids,
        "600 sinusoids, remembered": remembered_sinusoids,
        "600 valleys, 100 steps of the learned optimiser": optimised_valleys,
    }


def adapted_images(device: torch.device, *, n_steps: int) -> Callable:
    start = to_device(load_maml(), device)
    answer = adapted_answer(start, lr_inner=0.1, n_steps=n_steps)
    generator = torch.Generator(device).manual_seed(0)
    noise = torch.randint(256, (50, 20, 28, 28), generator=generator, device=device)
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 3, "n_tasks": 200}
    return lambda: evaluate(answer, noise.to(torch.uint8), **sizes)


def adapted_sinusoids(device: torch.device) -> Callable:
    generator = torch.Generator(device).manual_seed(0)
    params = init_mlp([1, 40, 40, 1], generator)
    tasks = sample_sinusoids(600, n_shot=10, n_query=50, generator=generator)
    on_one = partial(losses_by_step, mse, params, rates=[0.01] * 10)
    return lambda: vmap(on_one)(tasks).cpu()


def remembered_sinusoids(device: torch.device) -> Callable:
    generator = torch.Generator(device).manual_seed(0)
    params = init_lstm(2, 64, 1, generator)
    tasks = sample_sinusoids(600, n_shot=10, n_query=20, generator=generator)

    @torch.no_grad()
    def call():
        return vmap(partial(memory_prediction, params))(tasks).cpu()

    return call


def optimised_valleys(device: torch.device) -> Callable:
    generator = torch.Generator(device).manual_seed(0)
    params = init_lstm(2, 20, 1, generator)
    tasks = sample_quadratics(600, n_dims=2, generator=generator)

    def on_one(hessian, minimum, start):
        loss_fn = partial(quadratic_loss, hessian=hessian, minimum=minimum)
        return optimise(params, loss_fn, start, n_steps=100)[1]

    @torch.no_grad()
    def call():
        return vmap(on_one)(*tasks).cpu()

    return call
