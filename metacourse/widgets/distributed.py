"""The live picture of notebook 11a: what many processes would gain, by the model of the cost."""

import math

import numpy as np

from metacourse.communication import all_reduce_time, step_time
from metacourse.figures import distributed as draw
from metacourse.widgets.live import LiveFigure, choice, int_slider, log_slider

N_PROCESSES = tuple(2**power for power in range(10))
HIDDEN = 0.1  # communication is hidden if it takes this part of the computing, or less
N_BYTES = 4  # of a number


def cost_widget(latency, bandwidth, *, n_tasks=12, per_task=0.022, fixed=0.003, n_weights=30_000):
    """What P processes take for a step, and what part of P times one they bring.

    latency in seconds and bandwidth in bytes a second of a ring, per_task and fixed in seconds.
    Controls: the number of processes; tasks a step, the time of one, what every process does
    besides; weights, of 4 bytes; latency and bandwidth.
    """
    controls = {
        "chosen": choice("Processes", {str(n): place for place, n in enumerate(N_PROCESSES)}, 2),
        "n_tasks": int_slider("Tasks a step", n_tasks, 1, 512),
        "per_task": log_slider("A task takes", 1e3 * per_task, 0.01, 1000, "ms"),
        "fixed": log_slider("Every process besides", 1e3 * fixed, 0.01, 100, "ms"),
        "n_weights": log_slider("Weights", n_weights, 1e3, 1e9),
        "latency": log_slider("Latency", 1e6 * latency, 1, 10_000, "µs"),
        "bandwidth": log_slider("Bandwidth", bandwidth / 1e9, 0.01, 100, "GB/s"),
    }
    sweeps = [
        {"n_weights": [1e4, 1e6, 1e8], "per_task": [0.1, 20, 500], "chosen": 4},
        {"n_tasks": [12, 128, 512], "chosen": 4},
        {"latency": [3, 300], "bandwidth": [0.1, 1, 50], "n_weights": [3e4, 1e7]},
    ]
    alt = "Left, the milliseconds of a step by processes; right, the efficiency."
    return LiveFigure(_show, controls, alt=alt, columns=2, size=(9.6, 3.9), sweeps=sweeps)


def costs(n_tasks, per_task, fixed, n_weights, latency, bandwidth):
    """Milliseconds of a step and of its parts for each of N_PROCESSES; sizes as the controls have
    them. The process with most tasks says how long computing takes."""
    ring = {"latency": latency / 1e6, "bandwidth": 1e9 * bandwidth}
    messages = [1e3 * all_reduce_time(N_BYTES * n_weights, n, **ring) for n in N_PROCESSES]
    computing = [per_task * math.ceil(n_tasks / n) for n in N_PROCESSES]
    steps = [step_time(c, fixed, m, 1) for c, m in zip(computing, messages, strict=True)]
    found = {"the step": steps, "computing": computing, "messages": messages}
    return {name: np.array(of) for name, of in found.items()} | {
        "fixed": np.full(len(N_PROCESSES), fixed)
    }


def _show(axes, chosen, n_tasks, per_task, fixed, n_weights, latency, bandwidth):
    times = costs(n_tasks, per_task, fixed, n_weights, latency, bandwidth)
    step = times["the step"]
    gain = step[0] / step
    efficiency = gain / N_PROCESSES
    hidden = times["messages"] <= HIDDEN * times["computing"]
    draw.draw_step_times(axes[0], N_PROCESSES, times, chosen)
    draw.draw_efficiency(axes[1], N_PROCESSES, efficiency, hidden, chosen)
    n, best = N_PROCESSES[chosen], int(step.argmin())
    told = f"{n} processes: " if n > 1 else "1 process: "
    share = times["messages"][chosen] / times["computing"][chosen]
    return (
        f"{told}a step takes {step[chosen]:.3g} ms, of one {step[0]:.3g}; {gain[chosen]:.2f} times "
        f"as fast, efficiency {efficiency[chosen]:.0%}. Messages take {share:.0%} of the "
        f"computing. Fastest: {N_PROCESSES[best]}, {gain[best]:.3g} times."
    )
