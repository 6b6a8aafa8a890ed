"""The board as a server: what it answers, to whom, and what it survives."""

import http.client
import json
import socket
import threading
from contextlib import suppress

import pytest

from metacourse.checks import joined
from metacourse.course import command
from metacourse.course.classroom import board
from metacourse.course.command import main
from tests.course.classroom.small import CALL, WORD, new_room, running_board, told

START = b"POST /blue-heron HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture
def room():
    return new_room()


@pytest.fixture
def port(room):
    with running_board(room) as port:
        yield port


def asked(port, path, *, method="GET", body=None, host="localhost"):
    """The status, the headers and the body that the board answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.request(method, path, body, {"Host": f"{host}:{port}"})
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def raw(port, data):
    """What the board answers to these bytes until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.sendall(data)
        caller.shutdown(socket.SHUT_WR)
        with caller.makefile("rb") as answer:
            return answer.read()


def counts(port):
    return json.loads(asked(port, "/counts")[2])


def test_thirty_kernels_at_once_are_counted(port):
    address = joined.parsed(f"http://127.0.0.1:{port}/{WORD}")
    taken = []

    def learner(number):
        told = {"exercise": "toy.step", "state": "passed", "mistakes": []}
        for message in ({}, told, {"prediction": "toy.side", "choice": number % 2}):
            taken.append(joined.post(address, {"person": number} | message))

    learners = [threading.Thread(target=learner, args=(number,)) for number in range(30)]
    for thread in learners:
        thread.start()
    for thread in learners:
        thread.join()
    assert taken == [True] * 90
    shown = counts(port)
    assert (shown["people"], shown["exercises"][0]["passed"]) == (30, 30)
    assert [option["people"] for option in shown["votes"][0]["options"]] == [15, 15, 0]
    assert shown["join"] == CALL


def test_a_learner_joins_and_leaves(port, room, monkeypatch):
    monkeypatch.setattr(joined, "display", lambda report: None)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    joined.join(f"http://127.0.0.1:{port}/{WORD}")
    (sender,) = (thread for thread in threading.enumerate() if thread.name == "board")
    assert list(room.people) == [joined.line.person]
    joined.leave()
    sender.join()
    assert room.people == {}


@pytest.mark.parametrize("path", ["/", "/red-heron", "/blue-heron/more"])
def test_another_word_counts_nobody(port, room, path):
    assert asked(port, path, method="POST", body=told(1))[0] in (404, 405)
    assert room.people == {}


def test_a_word_may_be_typed_in_capitals(port):
    assert asked(port, "/Blue-HERON", method="POST", body=told(1))[0] == 204


def test_what_is_no_message_is_refused(port):
    assert asked(port, f"/{WORD}", method="POST", body=b"{")[0] == 400


def test_the_page_is_for_those_who_call_this_machine_by_its_own_name(port):
    for path in ("/", "/counts"):
        assert asked(port, path)[0] == 200
        assert asked(port, path, host="127.0.0.1")[0] == 200
        assert asked(port, path, host="10.0.0.5")[0] == 404
        assert asked(port, path, host="evil.example")[0] == 404


def test_the_page_is_not_for_other_machines(port, monkeypatch):
    monkeypatch.setattr(board, "HERE", "10.0.0.9")  # so that this machine is another
    assert asked(port, "/")[0] == 404
    assert asked(port, "/counts")[0] == 404


def test_the_page_may_load_nothing_from_elsewhere(port):
    _, headers, page = asked(port, "/")
    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert b"http" not in page


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /blue-heron HTTP/9.9\r\n\r\n",
        START + b"Content-Length: -5\r\n\r\n",
        START + b"Content-Length: 99999999999\r\n\r\n" + b"x" * 5000,
        START + b"Transfer-Encoding: chunked\r\n\r\n" + b"FFF\r\n" * 900,
        START + b"X: y\r\n" * 5000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01" * 100,
        bytes(range(256)) * 12,
    ],
    ids=lambda data: str(data[:40]),
)
def test_what_is_no_http_harms_nothing(port, room, data):
    with suppress(OSError):  # closed before all of it was read
        assert b" 20" not in raw(port, data)[:15]
    assert asked(port, f"/{WORD}", method="POST", body=told(1))[0] == 204
    assert list(room.people) == [1]


def test_of_a_flood_from_one_address_only_so_much_is_heard(room, monkeypatch):
    monkeypatch.setattr(board, "AT_ONCE", 10)
    monkeypatch.setattr(board, "A_SECOND", 0)
    heard = 0
    with running_board(room) as port:
        for person in range(50):
            with suppress(ConnectionError, http.client.HTTPException):
                heard += asked(port, f"/{WORD}", method="POST", body=told(person))[0] == 204
    assert heard == len(room.people) == 10


@pytest.mark.parametrize("start", [b"", b"POST /blue-he", START + b"Content-Length: 9\r\n\r\n{"])
def test_a_connection_that_says_no_more_is_closed(room, monkeypatch, start):
    for limit in ("idle_connection_timeout", "body_timeout"):
        monkeypatch.setitem(board.LIMITS, limit, 0.1)
    with (
        running_board(room) as port,
        socket.create_connection(("127.0.0.1", port), timeout=60) as slow,
    ):
        slow.sendall(start)
        assert slow.recv(1) == b""


def test_only_so_many_connections_of_one_address_are_open(port, monkeypatch):
    monkeypatch.setattr(board, "OPEN_FROM_ONE", 2)
    idle = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(3)]
    assert idle[2].recv(1) == b""
    for each in idle:
        each.close()


def test_other_machines_that_take_all_connections_leave_the_page_to_this_one(port, monkeypatch):
    monkeypatch.setattr(board, "OPEN", 2)
    others = [
        socket.create_connection(("127.0.0.1", port), 60, source_address=(f"127.0.0.{n}", 0))
        for n in (2, 3, 4)
    ]
    assert others[2].recv(1) == b""
    assert asked(port, "/")[0] == 200
    for each in others:
        each.close()


# ---- the command ---------------------------------------------------------------------------------


def test_the_command_prints_what_learners_type_and_where_the_page_is(monkeypatch, capsys):
    def interrupted(main):
        main.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(board, "doors", lambda port, host: [])
    monkeypatch.setattr(board, "new_word", lambda: WORD)
    monkeypatch.setattr(board.asyncio, "run", interrupted)
    assert main(["board", "--host", "10.0.0.5"]) == 0
    said = capsys.readouterr().out
    assert CALL in said
    assert "http://localhost:8000" in said
    assert said.endswith("The board has ended and forgotten everything.\n")


def test_a_port_that_is_taken_gets_a_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["board", "--port", str(port), "--host", "127.0.0.1"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("metacourse: the board cannot listen: ")
    assert str(port) in said
    assert said.endswith("; another port (--port) or address (--host) may do\n")


@pytest.mark.parametrize("port", ["0", "-1", "65536", "x"])
def test_what_is_no_port_is_a_mistake(port, capsys):
    with pytest.raises(SystemExit):
        command.parser().parse_args(["board", "--port", port])
    assert "--port" in capsys.readouterr().err


def test_a_board_at_one_address_shows_its_page_on_this_machine_too():
    sockets = board.doors(0, "127.0.0.2")
    addresses = [each.getsockname() for each in sockets]
    for each in sockets:
        each.close()
    assert [address for address, _ in addresses] == ["127.0.0.2", "127.0.0.1"]
    assert len({port for _, port in addresses}) == 1


def test_a_word_is_a_colour_and_a_bird():
    assert len(set(board.COLOURS.split())) * len(set(board.BIRDS.split())) > 1000
    colour, bird = board.new_word().split("-")
    assert colour in board.COLOURS.split()
    assert bird in board.BIRDS.split()
