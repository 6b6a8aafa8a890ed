"""Draw your own: invent letters, show each to a network once, and ask which one you draw next."""

import json
import math
from pathlib import Path

import anywidget
import ipywidgets
import torch
import traitlets
from torch import Generator

from metacourse.figures.siamese import projection
from metacourse.figures.stand_in import StandIn
from metacourse.figures.style import COLOURS, new_figure, style
from metacourse.siamese import prototypes, prototypical_logits
from metacourse.tasks.framing import frame_strokes
from metacourse.widgets.concepts import picture_url
from metacourse.widgets.pad import Pad, check_drawing, short
from metacourse.widgets.picture import static_output
from metacourse.widgets.recorded_network import SIZES, network_json
from metacourse.widgets.recorded_state import program_of, state_of

LETTER_COLOURS = [
    COLOURS[name]
    for name in ("blue", "vermillion", "green", "purple", "orange", "sky blue", "grey")
]
MOST_WAYS = len(LETTER_COLOURS)
MOST_DRAWINGS = 100  # of a letter, and of questions
MOST_BYTES = 20_000_000  # of a file of strokes


def letters_widget(embed, *, n_way=5, strokes=None, temperature=1.0):
    """Invent letters, draw each once, draw a question: which letter is it, and how near are all?

    embed(images (n, 28, 28) uint8) → (n, D), D ≥ 2. strokes: a file or a dict as `read_strokes`
    wants it, to begin with; without it nothing is drawn yet. `save(path)` writes such a file.
    temperature: that of the softmax that embed was trained with; shares are softmax(−d²/T).
    Raises ValueError if n_way is not 2…7, embed gives another shape or numbers that are not
    finite, or as `read_strokes` does.
    """
    if n_way not in range(2, MOST_WAYS + 1):
        raise ValueError(f"n_way needs a whole number from 2 to {MOST_WAYS}, got {n_way}")
    blank = torch.zeros(2, 28, 28, dtype=torch.uint8)
    with torch.no_grad():
        z = embed(blank)  # also warms up, so that the first stroke is answered at once
    if z.ndim != 2 or len(z) != 2 or z.shape[1] < 2:
        raise ValueError(
            f"embed needs to turn (n, 28, 28) into (n, D) with D ≥ 2; of (2, 28, 28) it made "
            f"{tuple(z.shape)}"
        )
    if not z.isfinite().all():
        raise ValueError("embed gives numbers that are not finite")
    return Letters(embed, n_way, {"letters": {}} if strokes is None else strokes, temperature)


def read_strokes(source, n_way=5):
    """Read drawings: a path to a JSON file, or what such a file holds, → (letters, questions).

    The document is {"letters": {"1": [drawing, …], …}, "questions": [drawing, …]}: letters are
    called "1" … "N", one that is missing is not drawn yet, and questions may be missing. A drawing
    is [[[x, y], …], …], strokes with x and y from 0 to 1, y downwards. letters is a list of
    n_way lists of drawings.
    Raises ValueError that says where in the document is what, and what is needed there.
    """
    document = source if isinstance(source, dict) else _from_file(Path(source))
    if not isinstance(document, dict) or not isinstance(document.get("letters"), dict):
        raise ValueError('strokes needs {"letters": {"1": [drawing, …], …}, "questions": […]}')
    unknown = [key for key in document if key not in ("letters", "questions")]
    if unknown:
        raise ValueError(f'strokes needs "letters" and "questions" only, got {short(unknown[0])}')
    names = [str(place + 1) for place in range(n_way)]
    for key in document["letters"]:
        if key not in names:
            raise ValueError(f'letters needs the keys "1" … "{n_way}", got {short(key)}')
    letters = [_drawings(document["letters"].get(name, []), f'letters["{name}"]') for name in names]
    return letters, _drawings(document.get("questions", []), "questions")


def _from_file(path):
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} needs at most {MOST_BYTES:,} bytes to be a file of strokes")
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} needs to be a JSON document: {error}") from None


def _drawings(drawings, name):
    if not isinstance(drawings, list | tuple) or len(drawings) > MOST_DRAWINGS:
        raise ValueError(f"{name} needs a list of at most {MOST_DRAWINGS} drawings")
    return [check_drawing(drawing, f"{name}[{i}]") for i, drawing in enumerate(drawings)]


# letters for those who do not draw ---------------------------------------------------------------


def _arc(x, y, radius, first, last):
    """Points of a circle between two angles in degrees, clockwise from the right."""
    angles = torch.deg2rad(torch.linspace(first, last, 13)).tolist()
    return [[x + radius * math.cos(a), y + radius * math.sin(a)] for a in angles]


INVENTED = [
    [[[0.3, 0.2], [0.3, 0.8], [0.7, 0.8], [0.7, 0.6]], [[0.2, 0.45], [0.6, 0.35]]],
    [_arc(0.5, 0.35, 0.17, 90, 450), [[0.5, 0.52], [0.5, 0.85]], [[0.35, 0.7], [0.65, 0.7]]],
    [_arc(0.5, 0.5, 0.3, 30, 330), [[0.5, 0.5], [0.85, 0.5]]],
    [[[0.2, 0.8], [0.35, 0.25], [0.5, 0.7], [0.65, 0.25], [0.8, 0.8]], [[0.5, 0.12], [0.5, 0.14]]],
    [[[0.25, 0.2], [0.75, 0.2], [0.3, 0.8], [0.78, 0.8]], _arc(0.68, 0.53, 0.1, 0, 360)],
    [_arc(0.5, 0.2, 0.28, 20, 160), _arc(0.5, 0.8, 0.28, 200, 340), [[0.5, 0.48], [0.5, 0.52]]],
    [[[0.2, 0.3], [0.8, 0.3]], [[0.35, 0.3], [0.25, 0.8]], [[0.65, 0.3], [0.62, 0.7], [0.78, 0.8]]],
]


def another_hand(strokes, generator):
    """Draw the same strokes as another hand would: turned, slanted, stretched, and a little bent.

    Every stroke is moved by itself as well; the drawing stays inside the pad.
    """

    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(*shape, generator=generator)

    turn = uniform(-0.2, 0.2, 1).item()
    rotate = torch.tensor([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    slant = torch.eye(2) + torch.tensor([[0, 1.0], [0, 0]]) * uniform(-0.25, 0.25, 1)
    affine = rotate @ slant @ uniform(0.75, 1.0, 2).diag()
    phases, waves = uniform(0, 2 * math.pi, 2), uniform(2, 7, 2)
    drawn = []
    for stroke in strokes:
        points = torch.tensor(stroke) - 0.5  # (P, 2): x, y
        points = points + 0.03 * torch.sin(waves * points.flip(1) + phases)
        points = points @ affine.T + 0.5 + uniform(-0.02, 0.02, 2)
        drawn.append([[round(v, 4) for v in point] for point in points.clamp(0, 1).tolist()])
    return drawn


def example_strokes(n_way=5, *, seed=0):
    """Invented letters, one drawing each, and two questions of each by other hands, in any order.

    A document as `read_strokes` wants it.
    """
    generator = Generator().manual_seed(seed)
    order = torch.randperm(2 * n_way, generator=generator) % n_way
    return {
        "letters": {
            str(place + 1): [another_hand(INVENTED[place], generator)] for place in range(n_way)
        },
        "questions": [another_hand(INVENTED[place], generator) for place in order.tolist()],
    }


# the map -----------------------------------------------------------------------------------------


class Map:
    """A plane through the embeddings of all shots: the two directions in which they differ most.

    z (S, D). `before` is the map until now: the plane's axes are turned so that what stays, stays.
    """

    def __init__(self, z, before=None):
        self.mean, self.directions = projection(z if len(z) > 1 else z.repeat(2, 1))
        if before is not None:
            u, _, v = torch.linalg.svd(self.directions.T @ before.directions)
            self.directions = self.directions @ u @ v  # turned or mirrored, nearest to the old axes
        flat = (z - self.mean) @ self.directions
        low, high = flat.amin(dim=0), flat.amax(dim=0)
        self.middle, self.side = (low + high) / 2, 1.5 * (high - low).max().item() or 1.0

    def places(self, z):
        """Where embeddings (…, D) lie in a square from 0 to 1, x to the right, y downwards.

        What lies outside is put on the edge. Returns lists of [x, y].
        """
        flat = ((z - self.mean) @ self.directions - self.middle) / self.side
        return (flat * torch.tensor([1.0, -1.0]) + 0.5).clamp(0.03, 0.97).tolist()


# the widget --------------------------------------------------------------------------------------


class Letters(StandIn, ipywidgets.Box):
    """The pad, and beside it the letters, the answer and the map; see `letters_widget`.

    Played by `choose(place)`, the pad, and the methods that the buttons call. `shots[place]` are
    the drawings of a letter, `question` is the drawing that is asked about, [] if there is none;
    `squares` and `shares` hold a number for every letter, None for one that is not drawn yet, and
    `nearest` is a place or None. Places are 0 … N−1 for letters and N for the question.
    """

    def __init__(self, embed, n_way, strokes, temperature):
        self.embed, self.n_way, self._temperature = embed, n_way, temperature
        self._generator = Generator().manual_seed(0)
        self._lost = None
        self.pad = Pad()
        self.board = Board(n_way=n_way)
        self._begin(*read_strokes(strokes, n_way))
        self.pad.observe(self._drawn, "strokes")
        self.pad.on_submit(self._submitted)
        self.board.observe(self._chosen, "chosen")
        self.board.on_msg(lambda _, message, __: self.receive(message))
        look = ipywidgets.Layout(
            flex_flow="row wrap", grid_gap="12px 20px", overflow="visible", padding="2px"
        )
        super().__init__([self.pad, self.board], layout=look)

    chosen = property(lambda self: self.board.chosen)
    readout = property(lambda self: self.board.view["readout"])

    def choose(self, place):
        """Draw this from now on: letter 0 … N−1, or the question N."""
        self.board.chosen = place

    def receive(self, message):
        actions = {
            "draw": self.draw_for_me,
            "remove": self.remove_last_shot,
            "example": self.load_example,
            "restart": self.start_over,
            "back": self.bring_back,
        }
        if message.get("do") in actions:
            actions[message["do"]]()

    def add_shot(self, place, drawing):
        """Show the network a drawing of a letter.

        Raises ValueError as `check_drawing` does, or if the letter has MOST_DRAWINGS already.
        """
        drawing = check_drawing(drawing)
        if len(self.shots[place]) == MOST_DRAWINGS:
            raise ValueError(f"Letter {place + 1} has {MOST_DRAWINGS} shots: there is no room")
        image, z = self._look([drawing])
        self.shots[place].append(drawing)
        self._images[place] = torch.cat([self._images[place], image])
        self._z[place] = torch.cat([self._z[place], z])
        self._shots_changed()

    def remove_last_shot(self):
        """Forget the newest drawing of the chosen letter."""
        if self.chosen < self.n_way and self.shots[self.chosen]:
            self.shots[self.chosen].pop()
            self._images[self.chosen] = self._images[self.chosen][:-1]
            self._z[self.chosen] = self._z[self.chosen][:-1]
            self._shots_changed()

    def draw_for_me(self):
        """Put a drawing of what is chosen on the pad: of a letter by another hand, or a question.

        Questions are those of the file, one after the other; without any, a letter by another hand.
        """
        if self.chosen == self.n_way and self.questions:
            self._asked = (self._asked + 1) % len(self.questions)
            self.pad.strokes = self.questions[self._asked]
            return
        place = self.chosen
        if place == self.n_way:
            drawn = [place for place, shots in enumerate(self.shots) if shots]
            drawn = drawn or range(self.n_way)
            place = drawn[torch.randint(len(drawn), (), generator=self._generator)]
        model = self.shots[place][0] if self.shots[place] else INVENTED[place]
        self.pad.strokes = another_hand(model, self._generator)

    def load_example(self):
        """Begin with letters that are drawn already."""
        self.load(example_strokes(self.n_way))

    def start_over(self):
        """Begin with nothing drawn."""
        self.load({"letters": {}})

    def bring_back(self):
        """Undo `load_example`, `start_over` or `load`: what they took away is there again."""
        if self._lost:
            self.load(self._lost)

    def load(self, source):
        """Begin with the drawings of a file or a dict; raises ValueError as `read_strokes` does."""
        letters, questions = read_strokes(source, self.n_way)
        if any(self.shots) or self.questions or self.question:
            self._lost = self.document()
        self._begin(letters, questions)

    def save(self, path):
        """Write all drawings to a JSON file, which `letters_widget(…, strokes=path)` reads."""
        Path(path).write_text(json.dumps(self.document()), encoding="utf-8")

    def document(self):
        """All drawings, as `read_strokes` wants them; the last question is the one on the pad."""
        unkept = [self.question] if self.question and self.question not in self.questions else []
        drawn = {str(place + 1): shots for place, shots in enumerate(self.shots) if shots}
        return {"letters": drawn, "questions": [*self.questions, *unkept][:MOST_DRAWINGS]}

    def _begin(self, letters, questions):
        self.shots, self.questions, self._asked = letters, questions, -1
        self.question, self._map = [], None
        images, z = self._look([drawing for shots in letters for drawing in shots])
        sizes = [len(shots) for shots in letters]
        self._images, self._z = list(images.split(sizes)), list(z.split(sizes))
        self._centres, self._centres_before = {}, {}
        empty = [place for place, shots in enumerate(letters) if not shots]
        with self.board.hold_sync(), self.pad.hold_sync():
            self.pad.strokes = []
            self.board.chosen = empty[0] if empty else self.n_way
            if not empty and questions:
                self._asked, self.question = 0, questions[0]
                self.pad.strokes = questions[0]
            self._name_submit()
            self._shots_changed()

    def _look(self, drawings):
        """What the network sees and makes of drawings: images (n, 28, 28), z (n, D)."""
        if not drawings:
            images = torch.zeros(1, 28, 28, dtype=torch.uint8)
            return images[:0], self.embed(images)[:0]
        images = torch.stack([frame_strokes(drawing) for drawing in drawings])
        with torch.no_grad():
            return images, self.embed(images)

    def _drawn(self, _):
        if self.chosen == self.n_way:
            self.question = self.pad.strokes
            self._answer()

    def _chosen(self, _):
        if self.chosen == self.n_way:
            if self.pad.strokes:
                self.question = self.pad.strokes
            else:
                self.pad.strokes = self.question
        self._name_submit()
        self._answer()

    def _name_submit(self):
        question = self.chosen == self.n_way
        self.pad.submit = "Keep question" if question else f"Add to letter {self.chosen + 1}"
        self.pad.label = "Question" if question else f"Letter {self.chosen + 1}"

    def _submitted(self, drawing):
        if not drawing:
            self._answer("Nothing is drawn on the pad yet. ")
        elif self.chosen == self.n_way:
            if len(self.questions) == MOST_DRAWINGS:
                self._answer(f"There are {MOST_DRAWINGS} questions: there is no room. ")
            else:
                if drawing not in self.questions:
                    self.questions.append(drawing)
                self._answer(f"Question {len(self.questions)} is kept. ")
        else:
            self._add(self.chosen, drawing)

    def _add(self, place, drawing):
        try:
            self.add_shot(place, drawing)
        except ValueError as error:
            self._answer(f"{error}. ")
            return
        empty = [place for place, shots in enumerate(self.shots) if not shots]
        if len(self.shots[place]) == 1:  # a new letter: on to the next one
            self.choose(empty[0] if empty else self.n_way)

    def _shots_changed(self):
        """Find prototypes, draw the map anew and answer again."""
        self._centres_before = self._centres
        drawn = [place for place, shots in enumerate(self.shots) if shots]
        self._centres = {}
        if drawn:
            z = torch.cat(self._z)  # (S, D), letter after letter
            y = torch.cat([torch.full((len(self._z[p]),), n) for n, p in enumerate(drawn)])
            centres = prototypes(z, y, len(drawn))
            self._centres = dict(zip(drawn, centres, strict=True))
            self._map = Map(z, self._map)
        self.board.letters = [[picture_url(image) for image in images] for images in self._images]
        self._answer()

    def _answer(self, note=""):
        """Compare the question with the prototypes and show it."""
        self.squares, self.shares, self.nearest = [None] * self.n_way, [None] * self.n_way, None
        url, z = "", None
        if self.question:
            image, z = self._look([self.question])
            url = picture_url(image[0])
        if self._centres and z is not None:
            logits = prototypical_logits(z, torch.stack([*self._centres.values()]))[0].double()
            logits = logits.clamp(max=0)  # above it only by rounding
            shares = (logits / self._temperature).softmax(0)
            for place, logit, share in zip(self._centres, logits, shares, strict=True):
                self.squares[place], self.shares[place] = abs(logit.item()), share.item()
            self.nearest = list(self._centres)[logits.argmax()]
        self.board.view = {
            "squares": self.squares,
            "shares": self.shares,
            "nearest": -1 if self.nearest is None else self.nearest,
            "scale": self._scale(),
            "question": url,
            "map": self._flat(z),
            "can_bring_back": self._lost is not None,
            "readout": note + self._told(),
        }

    def _scale(self):
        """The square distance that fills a bar: the largest there is, between prototypes too."""
        found = [square for square in self.squares if square is not None]
        if len(self._centres) > 1:
            found.append(torch.pdist(torch.stack([*self._centres.values()])).max().item() ** 2)
        return max(found, default=0.0) or 1.0

    def _flat(self, z_question):
        if not self._centres:
            return {"shots": [], "prototypes": [], "question": []}
        before = self._centres | self._centres_before  # of a new letter: where it is
        places = self._map.places
        return {
            "shots": [[p, *xy] for p, z in enumerate(self._z) for xy in places(z)],
            "prototypes": [
                [p, *places(centre), *places(before[p])] for p, centre in self._centres.items()
            ],
            "question": [] if z_question is None else places(z_question[0]),
        }

    def _told(self):
        if not self._centres:
            if self.chosen == self.n_way:
                return "There is nothing to compare with yet: choose a letter and draw it."
            return f"Invent a letter: draw it on the pad, then press “{self.pad.submit}”."
        missing = [str(p + 1) for p, shots in enumerate(self.shots) if not shots]
        lacking = f" Not drawn yet: {_listed('letter', missing)}." if missing else ""
        if self.nearest is None and self.chosen < self.n_way and not self.shots[self.chosen]:
            return f"Draw letter {self.chosen + 1}, then press “{self.pad.submit}”."
        if self.nearest is None:
            todo = (
                "Draw a question" if self.chosen == self.n_way else "Choose the question, draw it"
            )
            return f"{todo}: which of your letters is it?{lacking}"
        kept = self.questions.index(self.question) + 1 if self.question in self.questions else 0
        which = f"Question {kept} of {len(self.questions)}: " if kept else ""
        order = sorted(self._centres, key=lambda place: self.squares[place])
        first, *others = (
            f"letter {p + 1} (d² = {_number(self.squares[p])}, share {self.shares[p]:.0%})"
            for p in order
        )
        second = f"; then {others[0]}" if others else ", the only one"
        return f"{which}{'nearest' if which else 'Nearest'} is {first}{second}.{lacking}"

    def record(self):
        """What the web edition needs to draw letters in the page: see `static/letters.js`.

        Raises ValueError if embed is none of the networks that ship.
        """
        example = example_strokes(self.n_way)
        images, _ = self._look(
            [drawing for shots in example["letters"].values() for drawing in shots]
        )
        return {
            "kind": "letters",
            "static": self.stand_in("")["text/html"],
            "programs": [program_of(self.pad), program_of(self.board)],
            "pad": state_of(self.pad),
            "board": state_of(self.board),
            "network": network_json(self.embed, images),
            "sizes": SIZES,
            "temperature": self._temperature,
            "document": self.document(),
            "example": example,
            "invented": INVENTED,
        }

    def stand_in(self, note="Run this cell to draw your own letters."):
        shown = self
        if not any(self.shots):
            shown = Letters(self.embed, self.n_way, example_strokes(self.n_way), self._temperature)
        return static_output(*shown._static(), note)

    def _static(self):
        """A picture of letters and answer, its alt text, and the read-out."""
        figure, axes = new_figure(1, 2, size=(9, 2.8))
        with style():
            question = self._look([self.question] if self.question else [])[0]
            _draw_letters(axes[0], self._images, question)
            _draw_squares(axes[1], self.squares, self.shares)
        alt = f"{self.n_way} invented letters, a question, and its distances to the letters."
        return figure, f"{alt} {self.readout}", self.readout


def _draw_letters(ax, shots, question):
    """The newest shot (28, 28) of each letter, and under them the question, of (0 or 1, 28, 28)."""
    look = {"cmap": "gray_r", "vmin": 0, "vmax": 255, "interpolation": "bilinear"}
    for place, images in enumerate(shots):
        if len(images):
            ax.imshow(images[-1].numpy(), extent=(place, place + 1, 1.5, 2.5), **look)
        ax.text(place + 0.5, 2.6, f"letter {place + 1}", ha="center", va="bottom", size=9)
    middle = len(shots) / 2
    if len(question):
        ax.imshow(question[0].numpy(), extent=(middle - 0.5, middle + 0.5, 0, 1), **look)
    ax.text(middle, 1.05, "question", ha="center", va="bottom", size=9)
    ax.set(xlim=(-0.1, len(shots) + 0.1), ylim=(0, 3))
    ax.set_axis_off()


def _draw_squares(ax, squares, shares):
    """Bars of squared distances with the shares at their ends; a letter without a number: none."""
    for place, (square, share) in enumerate(zip(squares, shares, strict=True)):
        ax.barh(place, square or 0, color=LETTER_COLOURS[place])
        text = "" if square is None else f"  {_number(square)}, share {share:.0%}"
        ax.text(square or 0, place, text, va="center", size=9)
    names = [f"letter {place + 1}" for place in range(len(squares))]
    ax.set(yticks=range(len(squares)), yticklabels=names, xlabel="d², squared distance (no unit)")
    ax.set(ylim=(len(squares) - 0.5, -0.5), xlim=(0, 1.5 * max(filter(None, squares), default=1)))


def _number(square):
    return f"{square:.{2 if square < 10 else 1 if square < 100 else 0}f}"


def _listed(noun, names):
    *most, last = names
    return f"{noun}s {', '.join(most)} and {last}" if most else f"{noun} {last}"


class Board(anywidget.AnyWidget):
    """The letters to choose from, what the network answers, and the map.

    `chosen` is a place: 0 … n_way − 1 for a letter, n_way for the question. `letters` holds the
    pictures of each letter's shots as URLs; `view` all that changes with every stroke.
    """

    _esm = """
    const SVG = "http://www.w3.org/2000/svg", SIDE = 250;  // of the map, screen pixels

    function render({ model, el }) {
      const n = model.get("n_way"), colours = model.get("colours");
      el.classList.add("metacourse-letters");
      el.dataset.lmSuppressShortcuts = "true";  // else JupyterLab takes keys for itself, and
      el.onkeydown = (event) => event.stopPropagation();  // the arrows for moving between cells
      const make = (tag, parent, name = "", text = "") => {
        const node = parent.appendChild(document.createElement(tag));
        node.className = name;
        node.textContent = text;
        return node;
      };
      const show = (parent, urls, alt) => {  // pictures that are there already stay: no flicker
        while (parent.childElementCount > urls.length) parent.lastChild.remove();
        while (parent.childElementCount < urls.length) make("img", parent);
        urls.forEach((url, i) => {
          if (parent.children[i].src !== url) parent.children[i].src = url;
          parent.children[i].alt = alt(i);
        });
      };

      const cards = make("div", el, "cards");
      cards.setAttribute("role", "radiogroup");
      cards.setAttribute("aria-label", "What you draw");
      const group = `letters-${Math.random().toString(36).slice(2)}`;
      const choices = Array.from({ length: n + 1 }, (_, place) => {
        const card = make("label", cards, "card");
        const title = make("span", card, "title");
        const radio = make("input", title);
        [radio.type, radio.name] = ["radio", group];
        radio.onchange = () => { model.set("chosen", place); model.save_changes(); };
        make("span", title, "", place < n ? `Letter ${place + 1}` : "Question");
        const [shots, note] = ["shots", "note"].map((name) => make("span", card, name));
        return { card, radio, shots, note };
      });

      const buttons = make("div", el, "buttons");
      const act = (text, what) => {
        const button = make("button", buttons,
          "lm-Widget jupyter-widgets jupyter-button widget-button", text);
        button.onclick = () => model.send({ do: what });
        return button;
      };
      act("Draw for me", "draw");
      act("Remove last shot", "remove");
      act("Load an example", "example");
      act("Start over", "restart");
      const back = act("Bring back", "back");
      back.title = "the drawings that were there before the example or the new start";

      const answer = make("div", el, "answer");
      const bars = make("div", answer, "bars");
      const head = make("div", bars, "bar head");
      make("span", head);
      make("span", head, "wide", "squared distance d² to the prototype");
      make("span", head, "number", "share");
      const rows = Array.from({ length: n }, (_, place) => {
        const row = make("div", bars, "bar");
        const name = make("span", row, "name", `${place + 1}`);
        const track = make("span", row, "track");
        const fill = make("span", track, "fill");
        fill.style.background = colours[place];
        return { row, name, fill, square: make("span", row, "number"),
                 share: make("span", row, "number") };
      });

      const readout = make("div", bars, "readout");
      readout.setAttribute("role", "status");

      const map = make("figure", answer, "map");
      const svg = map.appendChild(document.createElementNS(SVG, "svg"));
      svg.setAttribute("viewBox", `0 0 ${SIDE} ${SIDE}`);
      svg.setAttribute("role", "img");
      make("figcaption", map, "", "Map (two main directions): ○ shots, ✕ prototypes, ★ question");
      const layer = () => svg.appendChild(document.createElementNS(SVG, "g"));
      const [spokes, trails, dots, crosses, star] = Array.from({ length: 5 }, layer);
      const fill = (parent, items, draw) => {  // one element each, kept so that it can glide
        while (parent.childElementCount > items.length) parent.lastChild.remove();
        items.forEach((item, i) => {
          const [tag, attributes, text] = draw(item);
          let node = parent.children[i];
          if (!node) node = parent.appendChild(document.createElementNS(SVG, tag));
          for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
          if (text !== undefined) node.textContent = text;
        });
      };
      const line = (x, y, toX, toY) => `M${x * SIDE},${y * SIDE}L${toX * SIDE},${toY * SIDE}`;
      const at = (x, y) => `transform: translate(${x * SIDE}px, ${y * SIDE}px)`;

      const drawMap = ({ shots, prototypes, question }) => {
        const places = Object.fromEntries(prototypes.map(([letter, x, y]) => [letter, [x, y]]));
        fill(spokes, shots, ([letter, x, y]) => ["path",
          { d: line(x, y, ...places[letter]), stroke: colours[letter], class: "spoke" }]);
        fill(trails, prototypes, ([letter, x, y, fromX, fromY]) => ["path",
          { d: line(fromX, fromY, x, y), stroke: colours[letter], class: "trail" }]);
        fill(dots, shots, ([letter, x, y]) => ["circle",
          { r: 5, style: at(x, y), stroke: colours[letter], class: "shot" }]);
        while (crosses.childElementCount > prototypes.length) crosses.lastChild.remove();
        prototypes.forEach(([letter, x, y], i) => {
          let cross = crosses.children[i];
          if (!cross) {
            cross = crosses.appendChild(document.createElementNS(SVG, "g"));
            cross.appendChild(document.createElementNS(SVG, "path"))
              .setAttribute("d", "M-6,-6L6,6M-6,6L6,-6");
            const name = cross.appendChild(document.createElementNS(SVG, "text"));
            name.setAttribute("x", 9);
            name.setAttribute("y", -5);
          }
          cross.setAttribute("style", at(x, y));
          cross.firstChild.setAttribute("stroke", colours[letter]);
          cross.lastChild.textContent = letter + 1;
        });
        fill(star, question.length ? [question] : [], ([x, y]) =>
          ["text", { style: at(x, y), class: "star" }, "★"]);
        svg.setAttribute("aria-label", `Map of ${shots.length} shots and ` +
          `${prototypes.length} prototypes${question.length ? ", with the question" : ""}`);
      };
      const draw = () => {
        const view = model.get("view");
        readout.textContent = view.readout;
        back.disabled = !view.can_bring_back;
        rows.forEach(({ row, fill, square, share, name }, place) => {
          const [d, p] = [view.squares[place], view.shares[place]];
          const nearest = place === view.nearest;
          row.classList.toggle("nearest", nearest);
          name.textContent = `${nearest ? "▶ " : ""}${place + 1}`;
          fill.style.width = d === null ? 0 : `${Math.max(0.5, 100 * d / view.scale)}%`;
          square.textContent = d === null ? "–" : d.toFixed(d < 10 ? 2 : d < 100 ? 1 : 0);
          share.textContent = p === null ? "–" : `${(100 * p).toFixed(0)} %`;
          choices[place].card.classList.toggle("nearest", nearest);
        });
        show(choices[n].shots, view.question ? [view.question] : [], () => "the question");
        choices[n].note.textContent = view.nearest < 0 ? "which is it?" : `= ${view.nearest + 1}`;
        drawMap(view.map);
      };
      const drawLetters = () => model.get("letters").forEach((urls, place) => {
        const { shots, note } = choices[place], newest = urls.slice(-9);
        shots.dataset.side = newest.length > 4 ? 3 : newest.length > 1 ? 2 : 1;
        show(shots, newest, (i) => `shot ${urls.length - newest.length + i + 1}`);
        note.textContent = urls.length === 1 ? "1 shot" : `${urls.length || "no"} shots`;
      });
      const choose = () => { choices[model.get("chosen")].radio.checked = true; };

      const watched = { view: draw, letters: drawLetters, chosen: choose };
      for (const [name, follow] of Object.entries(watched)) {
        model.on(`change:${name}`, follow);
        follow();
      }
      return () => {
        for (const [name, follow] of Object.entries(watched)) model.off(`change:${name}`, follow);
      };
    }
    export default { render };
    """
    _css = """
    .metacourse-letters { flex: 1 1 560px; max-width: 720px; min-width: 0;
      font: 13px var(--jp-ui-font-family); color: var(--jp-ui-font-color1); }
    .metacourse-letters .cards { display: flex; flex-wrap: wrap; gap: 6px; }
    .metacourse-letters .card { box-sizing: border-box; width: 92px; padding: 4px; cursor: pointer;
      border: 2px solid var(--jp-border-color1, #999); border-radius: 4px; display: flex;
      flex-direction: column; align-items: center; gap: 3px; }
    .metacourse-letters .card:has(:checked) { border-color: #0072B2;
      box-shadow: 0 0 0 1px #0072B2; }
    .metacourse-letters .card:has(:focus-visible) { outline: 2px solid currentColor;
      outline-offset: 2px; }
    .metacourse-letters .card.nearest .note::before { content: "▶ "; }
    .metacourse-letters .title { display: flex; align-items: center; gap: 3px; }
    .metacourse-letters input { margin: 0; accent-color: #0072B2; }
    .metacourse-letters .shots { width: 72px; height: 72px; background: white; display: grid;
      grid-template-columns: repeat(1, 1fr); align-content: start; }
    .metacourse-letters .shots[data-side="2"] { grid-template-columns: repeat(2, 1fr); }
    .metacourse-letters .shots[data-side="3"] { grid-template-columns: repeat(3, 1fr); }
    .metacourse-letters .shots img { display: block; width: 100%; aspect-ratio: 1; }
    .metacourse-letters .note { font-size: 11px; white-space: nowrap; }
    .metacourse-letters .buttons { display: flex; flex-wrap: wrap; gap: 4px; margin: 8px 0; }
    .metacourse-letters button { width: auto; margin: 0; }
    .metacourse-letters button:focus-visible { outline: 2px solid #0072B2; outline-offset: 1px; }
    .metacourse-letters .answer { display: flex; flex-wrap: wrap; gap: 8px 20px; }
    .metacourse-letters .bars { flex: 1 1 300px; font-variant-numeric: tabular-nums; }
    .metacourse-letters .bar { display: grid; align-items: center; height: 30px; gap: 6px;
      grid-template-columns: 28px 1fr 48px 48px; }
    .metacourse-letters .bar.head { font-size: 12px; }
    .metacourse-letters .wide { grid-column: 2 / 4; white-space: nowrap; }
    .metacourse-letters .name, .metacourse-letters .number { text-align: right; }
    .metacourse-letters .track { height: 14px; background: var(--jp-layout-color2, #eee); }
    .metacourse-letters .fill { display: block; height: 100%; }
    .metacourse-letters .bar.nearest { font-weight: 700; }
    .metacourse-letters .map { margin: 0; width: 250px; }
    .metacourse-letters .map svg { display: block; width: 100%; background: white;
      border: 1px solid #767676; border-radius: 4px; box-sizing: border-box; }
    body[data-jp-theme-light="false"] .metacourse-letters .map svg {
      filter: invert(0.93) hue-rotate(180deg); }
    .metacourse-letters figcaption { font-size: 12px; text-align: center; margin-top: 2px; }
    .metacourse-letters svg path { fill: none; stroke-width: 3; }
    .metacourse-letters .spoke { stroke-width: 1; opacity: 0.5; }
    .metacourse-letters .trail { stroke-width: 2; stroke-dasharray: 3 3; }
    .metacourse-letters .shot { fill: white; stroke-width: 2; }
    .metacourse-letters g[style], .metacourse-letters .shot { transition: transform 0.25s; }
    .metacourse-letters svg text { fill: black; font-size: 13px; font-weight: 600; }
    .metacourse-letters svg .star { font-size: 22px; text-anchor: middle;
      dominant-baseline: central; }
    .metacourse-letters .readout { min-height: 6em; line-height: 1.5; margin-top: 6px; }
    @media (prefers-reduced-motion: reduce) { .metacourse-letters * { transition: none; } }
    """
    n_way = traitlets.Int(5).tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)
    letters = traitlets.List().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    colours = traitlets.List(LETTER_COLOURS).tag(sync=True)

    @traitlets.validate("chosen")
    def _a_place(self, proposal):
        if not 0 <= proposal.value <= self.n_way:
            raise ValueError(f"chosen needs a place from 0 to {self.n_way}, got {proposal.value}")
        return proposal.value
