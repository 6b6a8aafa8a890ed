"""How many tasks a second the episode sampler draws."""

import statistics
import time
from collections.abc import Iterator

import torch

from metacourse.episodes import sample_episodes


def measure(n_tasks: int = 32, n_rounds: int = 50) -> Iterator[tuple[str, str, str]]:
    torch.set_num_threads(2)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (900, 20, 28, 28), dtype=torch.uint8, generator=generator)
    shape = {"n_way": 20, "n_shot": 1, "n_query": 1, "n_tasks": n_tasks}
    sample_episodes(images, **shape, generator=generator)
    seconds = []
    for _ in range(n_rounds):
        start = time.perf_counter()
        sample_episodes(images, **shape, generator=generator)
        seconds.append(time.perf_counter() - start)
    rate = n_tasks / statistics.median(seconds)
    yield "sampler, 20-way 1-shot, 1 query, 28 × 28, 2 threads", f"{rate:,.0f} tasks/s", "≥ 2,000"
