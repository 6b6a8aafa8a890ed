"""A small course, and a board of it that runs in a thread."""

import asyncio
import json
import threading
from contextlib import contextmanager, suppress

from metacourse.course.classroom import board
from metacourse.course.classroom.asked import Asked
from metacourse.course.classroom.messages import Course
from metacourse.course.classroom.room import Room

COURSE = Course(
    {
        "toy.step": ("The factor `scale` is missing.", "It takes one step.", "It <b>adds</b>."),
        "toy.loss": (),
    },
    {"toy.side": Asked("Which `side` is <i>it</i>?", ("left", "<b>right</b>", "`both`"))},
)
WORD = "blue-heron"
CALL = f'join("http://10.0.0.5:8000/{WORD}")'


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@contextmanager
def running_board(room):
    """Run a board of a room on this machine; its port."""
    sockets = board.doors(0, board.HERE)
    tasks, started = [], threading.Event()

    async def served():
        tasks.extend((asyncio.get_running_loop(), asyncio.current_task()))
        asyncio.get_running_loop().call_soon(started.set)
        await board.running(room, board.application(room, WORD, CALL), sockets)

    def serve():
        with suppress(asyncio.CancelledError):
            asyncio.run(served())

    thread = threading.Thread(target=serve)
    thread.start()
    started.wait()
    try:
        yield sockets[0].getsockname()[1]
    finally:
        loop, task = tasks
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


def told(person, **message):
    """A message as its bytes."""
    return json.dumps({"person": person} | message).encode()


def with_people(room, count, *messages):
    """Let so many people come in, each from an address of their own, and send these messages."""
    for person in range(count):
        for message in ({}, *messages):
            assert room.take(told(person, **message), f"10.0.0.{person}")
    return room


def new_room(clock=None):
    return Room(COURSE, clock or Clock())
