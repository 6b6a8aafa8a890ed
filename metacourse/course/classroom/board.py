"""The board of a class: a page on this machine that counts what the kernels of learners tell it.

Learners reach the address of the room and nothing else; the page is shown to this machine alone.
"""

import asyncio
import logging
import secrets
import socket
from collections import Counter
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.ioloop import PeriodicCallback
from tornado.iostream import IOStream
from tornado.web import Application, HTTPError, RequestHandler

from metacourse.course.classroom.limits import Limit
from metacourse.course.classroom.messages import installed
from metacourse.course.classroom.room import Room

PAGE = Path(__file__).with_name("board.html")
EVERYWHERE, HERE = "0.0.0.0", "127.0.0.1"
CALLED_HERE = HERE, "localhost"
AT_ONCE, A_SECOND = 100, 20  # connections from one address
OPEN, OPEN_FROM_ONE = 200, 60  # connections at a time; this machine's own are not among the first
FORGET_EVERY = 10_000  # milliseconds
LIMITS = {
    "no_keep_alive": True,
    "idle_connection_timeout": 5,  # seconds for a request to be there
    "body_timeout": 5,
    "max_body_size": 1000,  # bytes
    "max_header_size": 8000,
    "max_buffer_size": 16_000,
    "chunk_size": 4000,
}
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'",
}
COLOURS = "amber azure black blue coral crimson golden green grey indigo ivory jade lilac olive "
COLOURS += "pink purple red rusty silver snowy spotted striped violet white yellow"
BIRDS = "bittern bunting crane crow curlew cuckoo dipper dove eagle falcon finch goose grouse gull "
BIRDS += "hawk heron ibis jay kestrel kite lark magpie martin merlin oriole osprey owl pelican "
BIRDS += "pigeon plover puffin quail raven robin rook siskin snipe sparrow starling stork swallow "
BIRDS += "swan swift tern thrush wagtail warbler wigeon wren"

HOW_TO = """\
Learners type:  from metacourse.checks import join, leave
                {call}
Your page:      http://localhost:{port}
If a kernel finds no board: let port {port} in through this machine's firewall, and ask whether the
network lets its computers talk to each other (networks for guests often do not).
Ctrl-C ends the board. It keeps nothing."""


class Door(HTTPServer):
    """Lets in so many connections at a time, and from one address so many a second."""

    def initialize(self, *arguments, **named) -> None:
        super().initialize(*arguments, **named)
        self.limit = Limit(AT_ONCE, A_SECOND)
        self.inside: Counter[str] = Counter()

    def handle_stream(self, stream: IOStream, address: tuple) -> None:
        if self.is_full(address[0]) or not self.limit.allows(address[0]):
            stream.close()
            return
        self.inside[address[0]] += 1
        super().handle_stream(stream, address)

    def is_full(self, address: str) -> bool:
        """Whether somebody has to wait; the page on this machine never for other machines."""
        others = self.inside.total() - self.inside[HERE]
        return self.inside[address] >= OPEN_FROM_ONE or (address != HERE and others >= OPEN)

    def on_close(self, connection) -> None:
        super().on_close(connection)
        address = connection.context.address[0]
        self.inside[address] -= 1
        if not self.inside[address]:
            del self.inside[address]


class Told(RequestHandler):
    """What the kernel of a learner tells."""

    def initialize(self, room: Room) -> None:
        self.room = room

    def post(self) -> None:
        taken = self.room.take(self.request.body, self.request.remote_ip)
        self.set_status(204 if taken else 400)


class Shown(RequestHandler):
    """The page, or what it shows; to this machine, called by its own name."""

    def initialize(self, content) -> None:
        self.content = content

    def get(self) -> None:
        if self.request.remote_ip != HERE or self.request.host_name not in CALLED_HERE:
            raise HTTPError(404)
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.write(self.content())


def application(room: Room, word: str, call: str) -> Application:
    """The room under its word, however that is capitalised, and the page."""
    return Application(
        [
            (f"/(?i:{word})/?", Told, {"room": room}),
            ("/", Shown, {"content": lambda: PAGE.read_text(encoding="utf-8")}),
            ("/counts", Shown, {"content": lambda: room.counts() | {"join": call}}),
        ],
        log_function=lambda handler: None,
    )


def new_word() -> str:
    """Two words that nobody hits who passes by."""
    return f"{secrets.choice(COLOURS.split())}-{secrets.choice(BIRDS.split())}"


def address_of_this_machine() -> str:
    """Its address in the network that leads out; its name where none does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # for documentation only: nothing is sent
            return probe.getsockname()[0]
        except OSError:
            return socket.gethostname()


def doors(port: int, host: str) -> list[socket.socket]:
    """Sockets that listen for learners at one address or at all, and for the page on this machine.

    Raises OSError if the port or the address cannot be had.
    """
    try:
        first = listening(host, port)
        address, port = first.getsockname()
        return [first] if address in (EVERYWHERE, HERE) else [first, listening(HERE, port)]
    except OSError as error:
        remedy = "another port (--port) or address (--host) may do"
        raise OSError(f"the board cannot listen: {error.strerror}; {remedy}") from error


def listening(host: str, port: int) -> socket.socket:
    made = socket.create_server((host, port), backlog=128)
    made.setblocking(False)
    return made


def serve(port: int, host: str) -> None:
    """Run a board until it is interrupted. Raises OSError if it cannot listen."""
    logging.getLogger("tornado").setLevel(logging.CRITICAL)  # a flood writes no flood of lines
    sockets = doors(port, host)
    print("Reading the course …", flush=True)
    room, word = Room(installed()), new_word()
    called = address_of_this_machine() if host == EVERYWHERE else host
    call = f'join("http://{called}:{port}/{word}")'
    print(HOW_TO.format(call=call, port=port), flush=True)
    try:
        asyncio.run(running(room, application(room, word, call), sockets))
    except KeyboardInterrupt:
        print("\nThe board has ended and forgotten everything.")


async def running(room: Room, rooms: Application, sockets: list[socket.socket]) -> None:
    """Serve until this is cancelled."""
    door = Door(rooms, **LIMITS)
    door.add_sockets(sockets)

    def forget() -> None:
        room.forget()
        door.limit.forget()

    forgetting = PeriodicCallback(forget, FORGET_EVERY)
    forgetting.start()
    try:
        await asyncio.Event().wait()
    finally:
        forgetting.stop()
        door.stop()
        await door.close_all_connections()
