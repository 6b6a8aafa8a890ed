"""The widgets of chapter 01: a game of one-shot recognition, and a look inside episodes."""

import base64
import io
from functools import lru_cache

import anywidget
import torch
import traitlets
from PIL import Image
from torch import Generator

from metacourse.concepts import find_leaks, fingerprints, leak_class, leak_image, nearest_neighbour
from metacourse.episodes import Episode, sample_episodes
from metacourse.figures.concepts import draw_alarm, draw_episode, draw_round
from metacourse.figures.stand_in import StandIn
from metacourse.figures.style import new_figure, style
from metacourse.trained.embeddings import embed, load_embedding, nearest_prototype
from metacourse.widgets.live import LiveFigure, choice, int_slider
from metacourse.widgets.picture import static_output
from metacourse.widgets.recorded_state import recorded

N_ROUNDS = 100
N_RECORDED = 25  # rounds, in the web edition


class Game(StandIn, anywidget.AnyWidget):
    """Five letters with a number each, and a sixth: which of the five is it?

    `tasks` holds 5-way 1-shot tasks with one query, (B, …); `machines` the answers (B,) of others
    to the same queries: {role: (name, answers)}. Played by `answer(place)` and `next_round()`.
    """

    view = traitlets.Dict().tag(sync=True)

    def __init__(self, tasks, machines):
        self.tasks, self.machines, self.answers = tasks, machines, []
        super().__init__()
        self.on_msg(lambda _, message, __: self.receive(message))
        self.next_round()

    def receive(self, message):
        if "answer" in message:
            self.answer(message["answer"])
        elif "next" in message:
            self.next_round()

    def answer(self, place):
        """Give the learner's answer 0…4 to the round that is open; a second answer is ignored."""
        if self.round == len(self.answers) and place in (0, 1, 2, 3, 4):
            self.answers.append(place)
            self.view = self._view()

    def next_round(self):
        """Open the next round; ignored while a round is unanswered and after the last one."""
        if len(self.answers) < len(self.tasks.x_query):
            self.round = len(self.answers)
            self.view = self._view()

    def scores(self):
        """How many rounds each player got right so far: {role: (name, right)}; before the first
        answer, what the machines get right in all rounds."""
        n_rounds = len(self.answers) or len(self.tasks.x_query)
        truth = self._truths()[:n_rounds]
        players = self.machines | ({"learner": ("You", self.answers)} if self.answers else {})
        return {
            role: (name, int((torch.as_tensor(answers)[:n_rounds] == truth).sum()))
            for role, (name, answers) in players.items()
        }

    def _truths(self):
        """The place 0…4 of the right letter in every round, (B,); places are numbered by label."""
        return self.tasks.y_query[:, 0]

    def _letters(self):
        """The support images of this round in the order of their labels, and the query image."""
        x_support, y_support, x_query, _ = (tensor[self.round] for tensor in self.tasks)
        return x_support[y_support.argsort()], x_query[0]

    def _view(self):
        support, query = self._letters()
        answered = self.round < len(self.answers)
        scores = self.scores() if self.answers else {}
        return {
            "round": self.round + 1,
            "letters": [picture_url(image) for image in support],
            "query": picture_url(query),
            "truth": int(self._truths()[self.round]) if answered else -1,
            "given": self.answers[self.round] if answered else -1,
            "message": self._message() if answered else "Which of the five is this letter?",
            "scores": [
                f"{name}: {right} of {len(self.answers)}" for name, right in scores.values()
            ],
        }

    def _message(self):
        truth, given = int(self._truths()[self.round]), self.answers[self.round]
        verdict = "Right" if given == truth else f"It is {truth + 1}"
        last = " That was the last round." if len(self.answers) == len(self._truths()) else ""
        others = [
            f"{name}: {int(answers[self.round]) + 1}" for name, answers in self.machines.values()
        ]
        return f"{verdict}. The others said – {', '.join(others)}.{last}"

    def record(self):
        """The first rounds, as the web edition plays them: see `static/game.js`."""
        tasks = Episode(*(tensor[:N_RECORDED] for tensor in self.tasks))
        game = Game(tasks, {k: (name, a[:N_RECORDED]) for k, (name, a) in self.machines.items()})
        data = {
            "question": game.view["message"],
            "rounds": [game._recorded(n) for n in range(len(tasks.x_query))],
            "machines": [
                {"name": name, "answers": answers.tolist()}
                for name, answers in game.machines.values()
            ],
        }
        return recorded(game, brain="game", data=data, static=self.stand_in("")["text/html"])

    def _recorded(self, n):
        """A round as JSON, with what is told after each of the five answers."""
        self.round, messages = n, []
        for place in range(5):
            self.answers = [*[0] * n, place]
            messages.append(self._message())
        letters, query = self._letters()
        return {
            "letters": [picture_url(image, times=1) for image in letters],
            "query": picture_url(query, times=1),
            "truth": int(self._truths()[n]),
            "messages": messages,
        }

    def stand_in(self, note="Run this cell to play."):
        alt = "A round of the game: five letters, numbered 1 to 5, and a sixth to be recognised."
        figure, ax = new_figure(size=(8, 1.9))
        with style():
            draw_round(ax, *self._letters())
        return static_output(figure, alt, "Which of the five is the last letter?", note)

    _esm = """
    export default {
      render({ model, el }) {
        el.classList.add("metacourse-game");
        el.tabIndex = 0;
        el.setAttribute("role", "group");
        el.setAttribute("aria-label", "Which letter is it? Keys 1 to 5, Enter for the next round.");
        el.dataset.lmSuppressShortcuts = "true";  // else JupyterLab takes the keys 1–5 for itself
        const make = (tag, parent, name) => {
          const node = document.createElement(tag);
          node.className = name || "";
          parent.append(node);
          return node;
        };
        const row = make("div", el, "row");
        const asked = make("figure", row, "asked");
        const query = make("img", asked);
        query.alt = "the letter to be recognised";
        make("figcaption", asked).textContent = "new";
        const buttons = [1, 2, 3, 4, 5].map((number) => {
          const button = make("button", row);
          button.onclick = () => {
            model.send({ answer: number - 1 });
            el.focus({ preventScroll: true });  // a disabled button would lose the keyboard
          };
          const image = make("img", button);
          image.alt = `letter ${number}`;
          button.caption = make("span", button);
          return button;
        });
        const message = make("div", el, "message");
        message.setAttribute("role", "status");
        const bar = make("div", el, "bar");
        const next = make("button", bar, "next");
        next.textContent = "Next round";
        next.onclick = () => { model.send({ next: true }); el.focus({ preventScroll: true }); };
        const scores = make("span", bar);
        el.onkeydown = (event) => {
          const number = Number(event.key);
          if (number >= 1 && number <= 5) model.send({ answer: number - 1 });
          else if (event.key === "Enter" && event.target === el) model.send({ next: true });
          else return;
          event.preventDefault();
          event.stopPropagation();
        };
        const draw = () => {
          const view = model.get("view");
          const answered = view.truth >= 0;
          query.src = view.query;
          buttons.forEach((button, place) => {
            button.firstChild.src = view.letters[place];
            const right = answered && place === view.truth;
            const wrong = answered && place === view.given && !right;
            button.className = right ? "right" : wrong ? "wrong" : "";
            button.caption.textContent = `${place + 1}${right ? " ✓" : wrong ? " ✗" : ""}`;
            button.disabled = answered;
          });
          message.textContent = `Round ${view.round}. ${view.message}`;
          next.disabled = !answered;
          scores.textContent = view.scores.join("   ·   ");
        };
        model.on("change:view", draw);
        draw();
      },
    };
    """
    _css = """
    .metacourse-game { padding: 6px; font-family: var(--jp-ui-font-family);
      font-size: 14px; color: var(--jp-ui-font-color1); }
    .metacourse-game:focus { outline: 2px solid #0072B2; }
    .metacourse-game .row { display: flex; gap: 8px; align-items: flex-end; }
    .metacourse-game .asked { margin: 0 32px 0 0; text-align: center; }
    .metacourse-game img { width: 92px; height: 92px; display: block; background: white; }
    .metacourse-game .asked img { border: 3px solid #0072B2; }
    .metacourse-game .row button { padding: 0 0 2px; border: 3px solid #999; border-radius: 4px;
      font-size: 14px; background: white; color: black; cursor: pointer; }
    .metacourse-game .row button:disabled { opacity: 1; cursor: default; }
    .metacourse-game button.right { border-color: #009E73; background: #C9EADF; }
    .metacourse-game button.wrong { border-color: #D55E00; background: #F8DCC8; }
    .metacourse-game .message { min-height: 1.5em; margin: 8px 0; }
    .metacourse-game .bar { display: flex; gap: 16px; align-items: center; min-height: 32px;
      white-space: pre-wrap; }
    .metacourse-game .next { padding: 4px 12px; font-size: 14px; }
    """


def picture_url(image, *, times=4):
    """A 28 × 28 image, ink 255, as black on white in a PNG data URL, so many times as large."""
    size = [times * side for side in image.shape]
    picture = Image.fromarray(255 - image.numpy()).resize(size, Image.Resampling.BICUBIC)
    file = io.BytesIO()
    picture.save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def game_widget(images_by_class, *, seed=0):
    """A game of 5-way 1-shot tasks from these classes (C, M, 28, 28), against two machines."""
    sizes = {"n_way": 5, "n_shot": 1, "n_query": 1, "n_tasks": N_ROUNDS}
    tasks = sample_episodes(images_by_class, **sizes, generator=Generator().manual_seed(seed))
    tasks = tasks._replace(x_query=tasks.x_query[:, :1], y_query=tasks.y_query[:, :1])
    x_support, y_support, x_query, _ = tasks
    params = load_embedding("meta_trained")
    pixels = torch.vmap(nearest_neighbour)(x_support, y_support, x_query)
    learned = nearest_prototype(embed(params, x_support), y_support, embed(params, x_query))
    machines = {
        "pixels": ("nearest neighbour on pixels", pixels[:, 0]),
        "meta_trained": ("meta-trained", learned[:, 0]),
    }
    return Game(tasks, machines)


IMAGE, CLASS = "a support image among the queries", "a test class in training"
LEAKS = {"no leak": lambda episode: episode, IMAGE: leak_image, CLASS: leak_class}


def episode_widget(images_by_class, train_images, *, n_tasks=100):
    """A look inside episodes: choose the task and its sizes, leak, and see the alarm and the score.

    images_by_class: (C, M, 28, 28) of the test; train_images: (n, 28, 28), all that was trained on.
    """

    trained_on = set(fingerprints(train_images))

    @lru_cache(maxsize=64)
    def tasks(n_way, n_shot, n_query):
        sizes = {"n_way": n_way, "n_shot": n_shot, "n_query": n_query, "n_tasks": n_tasks}
        batch = sample_episodes(images_by_class, **sizes, generator=Generator().manual_seed(1))
        return [Episode(*task) for task in zip(*batch, strict=True)]

    @lru_cache(maxsize=64)
    def score(n_way, n_shot, n_query, leak):
        """Accuracy of nearest neighbour over all tasks of this size, with this leak."""
        episodes = [LEAKS[leak](episode) for episode in tasks(n_way, n_shot, n_query)]
        right = [nearest_neighbour(*episode[:3]) == episode.y_query for episode in episodes]
        return torch.stack(right).double().mean().item()

    def draw(axes, task, leak, **sizes):
        episode, seen = tasks(**sizes)[task], trained_on
        if leak == IMAGE:
            episode = leak_image(episode)
        if leak == CLASS:
            seen = seen | set(fingerprints(leak_class(episode).x_support))
        copies = find_leaks(episode.x_query, episode.x_support)
        known = [i for i, key in enumerate(fingerprints(episode.x_query)) if key in seen]
        draw_episode(axes, episode, copies, known, rows=4)
        draw_alarm(axes[0], len(copies), len(known), len(episode.x_query))
        honest, reported = score(**sizes, leak="no leak"), score(**sizes, leak=leak)
        over = f"over {n_tasks} tasks of this size"
        if not copies and not known:
            return f"Task {task}: no alarm. Nearest neighbour on pixels scores {honest:.1%} {over}."
        leaked = f"{len(copies or known)} of {len(episode.x_query)} queries"
        found = "copied from the support set" if copies else "seen in training"
        return (
            f"Task {task}: alarm, {leaked} {found}. "
            f"Reported: {reported:.1%}, honest: {honest:.1%}, {over}."
        )

    controls = {
        "task": int_slider("Task", 0, 0, n_tasks - 1),
        "n_way": int_slider("Ways N", 5, 2, 8),
        "n_shot": int_slider("Shots K", 1, 1, 4),
        "n_query": int_slider("Queries Q", 3, 1, 4),
        "leak": choice("Leak", {name: name for name in LEAKS}),
    }
    alt = "The images of one task, a column for each class: support set left, query set right."
    sweeps = [{"task": 12, "leak": LEAKS}]
    return LiveFigure(draw, controls, alt=alt, columns=2, size=(9, 2.8), sweeps=sweeps)
