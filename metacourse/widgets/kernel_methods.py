"""The live picture of notebook 07c: features on their way to sin and cos."""

from math import pi

import torch

from metacourse import kernel_methods as km
from metacourse.experiments import curves
from metacourse.figures import kernel_methods as draw
from metacourse.tasks.sinusoids import INPUTS
from metacourse.widgets.live import LiveFigure, choice, float_slider, int_slider

PLACES = torch.linspace(*INPUTS, 101, dtype=torch.float64)[:, None]
POINTS = torch.tensor([1.0, -3.5, 3.2, -1.2, 4.5, -4.6, 2.1, 0.1, -2.4, 3.9]).double()[:, None]


def features_widget(checkpoints):
    """The two main features of a network at a step of its training, and what is then believed of a
    new sinusoid.

    checkpoints: {step: params} from `experiments.curves.trained`. Controls: the step, the number of
    points, amplitude and phase of the sinusoid.
    """

    def draw_both(axes, step, n_shot, amplitude, phase):
        params = checkpoints[step]
        phi = km.features(params, PLACES)
        turned, spread = curves.main_features(phi)
        _, from_waves = curves.explained(phi, PLACES)
        x = PLACES[:, 0]
        draw.draw_main_features(axes[0], x, turned[:, :2], nearest_waves(turned[:, :2]))
        points, truth = POINTS[:n_shot], amplitude * torch.sin(PLACES + phase)[:, 0]
        labels = amplitude * torch.sin(points + phase)[:, 0]
        mean, variance = km.feature_predict(params, points, labels, PLACES)
        seen = points[:, 0], labels
        draw.draw_belief(axes[1], x, mean, variance.sqrt(), seen, truth)
        error = (mean - truth).square().mean().item()
        return (
            f"Step {step}: sin and cos explain {from_waves:.1%} of the features; the third varies "
            f"{spread[2]:.3f} times as much as the first. Squared error of the curve {error:.2g}."
        )

    steps = {f"{step:,}".replace(",", " "): step for step in checkpoints}
    controls = {
        "step": choice("Step of the training", steps, list(checkpoints)[-1]),
        "n_shot": int_slider("Points", 3, 0, len(POINTS)),
        "amplitude": float_slider("Amplitude A", 3.0, 0.1, 5.0, 0.1),
        "phase": float_slider("Phase φ", 1.0, 0.0, round(2 * pi, 2), 0.05, "radians"),
    }
    alt = "Left, the two main features and the nearest waves; right, a sinusoid, mean and band."
    sweeps = [
        {"n_shot": [0, 1, 2, 3], "phase": [2, 3, 3.5, 4.5]},
        {"n_shot": [4, 5]},
        {"amplitude": 6},
    ]
    return LiveFigure(draw_both, controls, alt=alt, columns=2, size=(10, 4), sweeps=sweeps)


def nearest_waves(turned):
    """The mixtures of sin x, cos x and a constant next to some features: (S, M) → (S, M)."""
    waves = torch.cat([PLACES.sin(), PLACES.cos(), torch.ones_like(PLACES)], dim=1)
    return waves @ torch.linalg.lstsq(waves, turned).solution
