"""A learner joins the board of the class: from then on it is told what their checks say.

Before `join` nothing here is reached. After it no call waits for the network or raises because of
it: a thread takes the messages to the board, and what it cannot take there is lost.
"""

import json
import queue
import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from IPython.display import display

from metacourse.checks import store
from metacourse.checks.report import Report

SECONDS = 2.0  # for the board to answer
MOST_WAITING = 32  # messages; more are lost
HOURS = 3  # then it ends by itself
FIFTHS = 5  # of a slider's range: all that is told of a number
HOW_IT_ENDS = (
    "`leave()` ends this; so does a restart of the kernel, and after "
    f"{HOURS} hours it ends by itself."
)
PROMISE = (
    "Sent after each `check` of this kernel: the exercise, whether it is passed, and the numbers "
    "of the mistakes that were named.",
    "Sent after each prediction that you commit: which option you chose; on a slider, which fifth "
    "of it.",
    "With it goes a random number, drawn just now and never written to disk, so that you are "
    "counted once. Never sent: your name, your code, your progress.",
    "The board shows counts of five people or more, rounded to fives, and forgets what it was told "
    "after an hour; whoever watches it closely, or sends it votes of their own, may still learn "
    "what one person told.",
)
NOT_JOINED = (
    "You have joined none: your checks are told to nobody. Should it answer later, all it gets "
    "is a random number and the request to forget that."
)
HOW_TO_TYPE = 'Type it as the board shows it: join("http://10.0.0.5:8000/blue-heron").'


class Line:
    """A thread that takes messages to a board, one after the other, under one random number."""

    def __init__(self, board: SplitResult):
        self.board, self.person = board, secrets.randbits(53)
        self.until = time.monotonic() + HOURS * 3600
        self.waiting: queue.Queue[dict | None] = queue.Queue(MOST_WAITING)
        self.tried, self.is_there = threading.Event(), False
        threading.Thread(target=self.work, name="board", daemon=True).start()

    def work(self) -> None:
        while (message := self.waiting.get()) is not None:
            self.is_there = post(self.board, message)
            self.tried.set()

    def put(self, message: dict) -> None:
        with suppress(queue.Full):
            self.waiting.put_nowait({"person": self.person} | message)

    def end(self) -> None:
        """Drop what still waits; ask to be forgotten, and no more."""
        with suppress(queue.Empty):
            while True:
                self.waiting.get_nowait()
        self.put({"left": True})
        self.waiting.put_nowait(None)


line: Line | None = None  # to the board that this kernel has joined


def join(address: str) -> None:
    """Tell the instructor's board what checks say in this kernel; says what is sent.

    A notebook that is graded joins nothing.
    """
    global line
    if store.grading():
        return
    hang_up()
    board = parsed(address)
    if board is None:
        return say(f"This is no address of a board: {address!r}. {HOW_TO_TYPE}")
    place = board.netloc.rpartition("@")[2]
    line = tried(board)
    if line is None:
        return say(f"No board answers at {place}. {NOT_JOINED} {HOW_TO_TYPE}")
    return say(f"You have joined the board at {place}. {HOW_IT_ENDS}", *PROMISE)


def tried(board: SplitResult) -> Line | None:
    """A line to a board that answers; one that answers later is asked to forget who called."""
    trial = Line(board)
    try:
        trial.put({})
        trial.tried.wait(SECONDS)
    except BaseException:
        trial.end()
        raise
    if trial.is_there:
        return trial
    trial.end()
    return None


def leave() -> None:
    """Tell the board nothing more, and ask it to forget this kernel."""
    was = hang_up()
    said = "You have left the board: nothing more is sent, and it is asked to forget you."
    say(said if was else "You have joined no board; nothing is sent.")


def tell(**message: object) -> None:
    """Send a message to the board, if one is joined. Returns at once."""
    if line and time.monotonic() > line.until:
        hang_up()
    if line:
        line.put(message)


def choice(value: str | float, options: Sequence[str] | None, low: float, high: float) -> int:
    """What is told of a prediction: the index of the option, or of the fifth of the slider."""
    if options is not None:
        return list(options).index(value)
    return min(int(FIFTHS * (value - low) / (high - low)), FIFTHS - 1)


def hang_up() -> bool:
    """End the line; returns whether there was one."""
    global line
    was, line = line, None
    if was:
        was.end()
    return bool(was)


def say(sentence: str, *remarks: str) -> None:
    display(Report("note", sentence, remarks=remarks, title="board"))


def parsed(address: object) -> SplitResult | None:
    """The parts of an address of a room; None if it is not one."""
    if not isinstance(address, str):
        return None
    text = address.strip()
    try:
        url = urlsplit(text if "://" in text else f"http://{text}")
        known = url.scheme in ("http", "https") and url.hostname and url.path.strip("/")
        return url if known and (url.port is None or url.port > 0) else None
    except ValueError:
        return None


def post(board: SplitResult, message: dict) -> bool:
    """Whether the board took a message. Follows nothing, and reads 12 bytes of the answer."""
    kind = HTTPSConnection if board.scheme == "https" else HTTPConnection
    connection = None
    try:
        connection = kind(board.hostname, board.port, timeout=SECONDS)
        headers = {"Content-Type": "application/json", "Connection": "close"}
        connection.request("POST", board.path, json.dumps(message), headers)
        return connection.sock.recv(12)[9:] == b"204"
    except (OSError, HTTPException, ValueError):  # ValueError: a name that cannot be one
        return False
    finally:
        if connection:
            connection.close()
