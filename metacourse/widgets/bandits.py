"""The live pictures of notebook 09a: a bandit under the learner's own hand, and what exploring is
worth with so many pulls left."""

import math

import ipywidgets
import torch

from metacourse import bandits
from metacourse.figures import bandits as draw
from metacourse.widgets.live import LiveFigure, int_slider, toggle
from metacourse.widgets.pulls import N_PULLS, as_arms, drawn, plays, says
from metacourse.widgets.recorded_bandit import bandit_json

N_BANDITS = 50
MOST_LEFT = 20
MOST_TOLD = 10  # of a slider of counts


def bandit_widget(networks=None):
    """Ten pulls of a bandit by the learner's hand: what can be believed after them, what others
    would do now; at the end the truth, and what others earn on average on this very bandit.

    networks: {name: params} of memories that read pulls (`rl2`), to stand beside the rules.
    Controls: the buttons "Pull A" and "Pull B"; the pulls as letters, which can be typed as well;
    the number of the bandit, each with its chances and its luck; whether others are shown.
    """
    return _Bandit(networks or {})


class _Bandit(LiveFigure):
    def __init__(self, networks):
        self._networks = networks
        known = bandits.beliefs(N_PULLS)
        self._optimum = bandits.larger(bandits.bandit_optimum(N_PULLS)[1])
        self._policies = {
            "optimum": self._optimum,
            "greedy": bandits.greedy(known),
            "UCB1": bandits.ucb(known, math.sqrt(2)),
            "Thompson": bandits.thompson(known),
        }
        wide = {"description_width": "initial"}
        pulls = ipywidgets.Text("", description="Pulls (A or B)", style=wide)
        controls = {
            "number": int_slider("Bandit, number", 4, 1, N_BANDITS),
            "pulls": pulls,
            "others": toggle("Show what others would do", True),
        }
        alt = "Left, beliefs about two arms; right, which arm others would pull now."
        super().__init__(self._judge, controls, alt=alt, columns=2, size=(9.4, 3.9))
        row = self.children[0]
        number, text, others, reset = row.children
        row.children = [*map(self._button, draw.ARMS), reset, text, number, others]

    def _button(self, arm):
        button = ipywidgets.Button(description=f"Pull {arm}", button_style="primary")
        button.layout = ipywidgets.Layout(width="auto", min_width="90px")
        button.on_click(lambda _: self.pull(arm))
        return button

    def pull(self, arm):
        """Pull an arm, "A" or "B", if a pull is left."""
        if len(self.controls["pulls"].value) < N_PULLS:
            self.controls["pulls"].value += arm

    def _judge(self, axes, number, pulls, others):
        chances, luck = drawn(number)
        arms = as_arms(pulls)
        rewards = (luck[range(len(arms)), arms] < chances[arms]).double()
        belief = torch.zeros(2, 2, dtype=torch.float64)
        for arm, reward in zip(arms, rewards, strict=True):
            belief = bandits.belief_update(belief, arm, reward)
        earned, left = int(rewards.sum()), N_PULLS - len(arms)
        told = "".join("●" if reward else "○" for reward in rewards)
        so_far = f"Bandit {number}: {earned} of {len(arms)} pulls paid {told}".strip()
        draw.draw_beliefs(axes[0], belief, None if left else chances)
        corner = {"transform": axes[0].transAxes, "ha": "right", "va": "top"}
        axes[0].text(0.97, 0.95, f"bandit {number}, {left} left", **corner)
        if not left:
            return f"{so_far}. {self._end(axes[1], chances, earned)}"
        if not others:
            axes[1].set_axis_off()
            return f"{so_far}. {left} left."
        choices = self._choices(belief, arms, rewards)
        draw.draw_choices(axes[1], choices)
        said = ", ".join(f"{name} {chance:.0%}" for name, chance in choices.items())
        return f"{so_far}. {left} left. Chance of A: {said}."

    def _choices(self, belief, arms, rewards):
        place = int((bandits.beliefs(N_PULLS) == belief).all((-2, -1)).nonzero())
        choices = {name: policy[place].item() for name, policy in self._policies.items()}
        for name, params in self._networks.items():
            choices[name] = says(params, arms, rewards)
        return choices

    def _means(self, chances):
        def world(belief):
            return chances.expand(*belief.shape[:-1])

        means = {
            name: bandits.belief_return(policy, N_PULLS, world).item()
            for name, policy in self._policies.items()
        }
        return means | {name: plays(params, chances) for name, params in self._networks.items()}

    def record(self):
        """All bandits as the web edition lets them be pulled: see `static/bandit.js`."""
        worlds = [(*drawn(n + 1), self._means(drawn(n + 1)[0])) for n in range(N_BANDITS)]
        return bandit_json(self, self._policies, self._networks, worlds)

    def _end(self, ax, chances, earned):
        means = self._means(chances)
        draw.draw_totals(ax, {"you": earned, **means}, N_PULLS)
        first, second = chances.tolist()
        told = ", ".join(f"{name} {mean:.2f}" for name, mean in means.items())
        return (
            f"A pays with {first:.2f} and B with {second:.2f}: on average the others earn {told}; "
            f"always the better arm {10 * max(first, second):.2f}."
        )


def exploring_widget():
    """Two arms of which something is known, and which of them the optimum pulls with so many pulls
    left: how much more one is worth than the other.

    Controls: how many pulls are left, and how often each arm has paid and has not.
    """
    counts = {
        f"{kind}_{arm}": int_slider(f"Arm {arm} has {told}", start, 0, MOST_TOLD, "times")
        for arm, starts in (("A", (3, 2)), ("B", (0, 0)))
        for kind, told, start in zip(("paid", "not"), ("paid", "not paid"), starts, strict=True)
    }
    controls = {"left": int_slider("Pulls left", 10, 1, MOST_LEFT), **counts}
    alt = "Left, beliefs about two arms; right, how much more arm A is worth, by pulls left."
    sweeps = [
        {"left": [1, 3, 5, 10, 12, 13, 15, 20], "paid_A": [3, 5]},
        {"left": [1, 2, 3, 10], "paid_A": [6], "not_A": [2, 4]},
        {"left": [10, 20], "paid_A": [3, 5], "paid_B": [0, 1], "not_B": [0, 1]},
        {"left": [1, 10], "not_B": [0, 1, 2, 3, 5]},
        {"paid_A": [1, 2, 8]},
        {"not_A": [0, 1, 3, 6]},
        {"paid_B": [2, 3, 5]},
    ]
    look = {"alt": alt, "columns": 2, "size": (9.4, 3.9)}
    return LiveFigure(_draw_exploring, controls, **look, sweeps=sweeps)


def _draw_exploring(axes, left, **counts):
    belief = torch.tensor(
        [[counts["paid_A"], counts["not_A"]], [counts["paid_B"], counts["not_B"]]]
    ).double()
    more = worth_more(belief)
    draw.draw_beliefs(axes[0], belief)
    draw.draw_worth(axes[1], more, left)
    means = bandits.success(belief)
    ahead = means[0] - means[1]
    best = more[left - 1].item()
    if abs(best) < 1e-12:
        return f"With {left} pulls left both arms are worth the same."
    arm, other = ("A", "B") if best > 0 else ("B", "A")
    pulls = "pull" if left == 1 else "pulls"
    told = f"With {left} {pulls} left pull {arm}: it is worth {abs(best):.3f} more than {other}"
    if best * ahead.item() < -1e-12:
        return f"{told}, although its mean is {abs(ahead.item()):.3f} smaller. That is exploring."
    return f"{told}; its mean is {abs(ahead.item()):.3f} larger."


def worth_more(belief):
    """Q(A) − Q(B) with 1, 2, …, 20 pulls left: counts (2, 2) → (20,)."""

    def world(told):
        return bandits.success(belief + told)

    values = [bandits.bandit_optimum(left, world)[1][0] for left in range(1, MOST_LEFT + 1)]
    q = torch.stack(values)
    return q[:, 0] - q[:, 1]
