"""What the web edition needs to let the bandits of notebook 09a be pulled: `static/bandit.js`."""

from metacourse.figures.bandits import ARMS, role_of
from metacourse.figures.style import COLOURS, MARKERS
from metacourse.widgets.recorded_state import control_json, params_json


def bandit_json(figure, policies, networks, worlds) -> dict:
    """The recording of a figure of ten pulls.

    policies: {name: chances of arm A (N,)} at all beliefs; networks: {name: params}; worlds: of
    each bandit its chances (2,), its luck (10, 2), and {name: what is earned on it}.
    """
    players = {name: role_of(name) for name in ("you", *policies, *networks)}
    controls = {name: figure.controls[name] for name in ("number", "others")}
    return {
        "kind": "bandit",
        "static": figure.stand_in("")["text/html"],
        "looks": {
            name: {"colour": _on_any_paper(COLOURS[role]), "marker": MARKERS[role]}
            for name, role in (players | ARMS).items()
        },
        "policies": {name: [round(p, 6) for p in each.tolist()] for name, each in policies.items()},
        "networks": {name: params_json(params) for name, params in networks.items()},
        "worlds": [
            {"chances": chances.tolist(), "luck": luck.tolist(), "earn": earn}
            for chances, luck, earn in worlds
        ],
        "controls": [control_json(name, control) for name, control in controls.items()],
    }


def _on_any_paper(colour):
    """Black is the colour of words: in the dark they are light."""
    return "currentColor" if colour == COLOURS["black"] else colour
