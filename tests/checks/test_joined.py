"""A learner joins the board of a class: what is sent, and what never is."""

import json
import socket
import threading
from contextlib import contextmanager, suppress

import ipywidgets as widgets
import pytest

from metacourse.checks import check, joined, predict
from tests.checks.test_public import stub
from tests.checks.test_questions import find
from tests.checks.toy import product, without_scale

ADDRESS = "http://127.0.0.1:8000/blue-heron"
LONG = 30  # seconds: for a thread that hangs


def senders():
    """The threads that send to a board."""
    return [thread for thread in threading.enumerate() if thread.name == "board"]


@pytest.fixture(autouse=True)
def said(monkeypatch):
    """What joining and leaving say, as a list; no test leaves a line behind."""
    things = []
    monkeypatch.setattr(joined, "display", lambda report: things.append(str(report)))
    yield things
    joined.hang_up()
    for thread in senders():
        thread.join(LONG)


@pytest.fixture
def posted(monkeypatch):
    """A board that is always there: what it was sent."""
    messages = []
    monkeypatch.setattr(joined, "post", lambda board, message: messages.append(message) or True)
    return messages


def all_sent():
    """Wait for the thread to send what waits, as it would without this."""
    (thread,) = senders()
    joined.line.waiting.put(None)
    thread.join(LONG)
    assert not thread.is_alive()


def request(caller):
    """The head and the body of what somebody sends."""
    with caller.makefile("rb") as stream:
        head = list(iter(stream.readline, b"\r\n"))
        length = next(line for line in head if line.startswith(b"Content-Length:"))
        return [line.decode().strip() for line in head], stream.read(int(length.split()[1]))


@contextmanager
def answering(answer):
    """A server that answers every message by calling `answer`; its port, and the messages."""
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with suppress(OSError):
                while True:
                    caller, _ = server.accept()
                    with caller, suppress(OSError):
                        calls.append(request(caller))
                        answer(caller)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], calls
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
    thread.join(LONG)


def post(port, message=None):
    return joined.post(joined.parsed(f"http://127.0.0.1:{port}/blue-heron"), message or {})


# ---- what is sent --------------------------------------------------------------------------------


def test_without_join_nothing_is_sent(chapter, shown, posted):
    check("toy.product", product)
    assert posted == []
    assert senders() == []


def test_joining_says_what_will_be_sent_and_how_to_end_it(posted, said):
    joined.join(ADDRESS)
    (sentence,) = said
    assert "You have joined the board at 127.0.0.1:8000. `leave()` ends this;" in sentence
    assert all(promise in sentence for promise in joined.PROMISE)


def test_joining_sends_a_random_number_alone(posted):
    joined.join(ADDRESS)
    assert posted == [{"person": joined.line.person}]


def test_joining_again_ends_the_first_and_draws_another_number(posted):
    joined.join(ADDRESS)
    first, (thread,) = joined.line.person, senders()
    joined.join(ADDRESS)
    thread.join(LONG)
    assert {"person": first, "left": True} in posted
    assert joined.line.person != first


def test_a_check_sends_exercise_state_and_numbers_of_mistakes_and_no_more(chapter, shown, posted):
    joined.join(ADDRESS)
    for function in (stub, without_scale, product):
        check("toy.product", function)
    person = {"person": joined.line.person, "exercise": "toy.product"}
    all_sent()
    assert posted[1:] == [
        person | {"state": "unattempted", "mistakes": ()},
        person | {"state": "failed", "mistakes": shown[1].mistakes},
        person | {"state": "passed", "mistakes": ()},
    ]
    assert shown[1].mistakes != ()


@pytest.mark.parametrize(
    ("terms", "kind", "value", "choice"),
    [
        ({"options": ["left", "right"]}, widgets.RadioButtons, "right", 1),
        ({"options": {"few": 10, "many": 99}}, widgets.RadioButtons, "few", 0),
        ({"low": 0, "high": 50}, widgets.FloatSlider, 19, 1),
        ({"low": 0, "high": 50}, widgets.FloatSlider, 20, 2),
        ({"low": 0, "high": 50}, widgets.FloatSlider, 50, 4),
    ],
)
def test_a_commitment_sends_the_index_of_the_option_or_fifth(
    chapter, shown, posted, terms, kind, value, choice
):
    joined.join(ADDRESS)
    predict("toy.side", "Which?", **terms)
    find(shown[0], kind)[0].value = value
    find(shown[0], widgets.Button)[0].click()
    person = joined.line.person
    all_sent()
    assert posted[1:] == [{"person": person, "prediction": "toy.side", "choice": choice}]


def test_a_notebook_that_is_graded_joins_nothing(chapter, shown, posted, said, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    joined.join(ADDRESS)
    check("toy.product", product)
    assert (posted, said, joined.line) == ([], [], None)


def test_a_strict_check_sends_nothing(chapter, shown, posted):
    joined.join(ADDRESS)
    check("toy.product", product, strict=True)
    all_sent()
    assert len(posted) == 1


def test_joining_and_leaving_write_nothing(posted, progress_file):
    joined.join(ADDRESS)
    joined.leave()
    assert not progress_file.parent.exists()


# ---- how it ends ---------------------------------------------------------------------------------


def test_leaving_asks_to_be_forgotten_and_ends_it(chapter, shown, posted, said):
    joined.join(ADDRESS)
    person, (thread,) = joined.line.person, senders()
    joined.leave()
    check("toy.product", product)
    thread.join(LONG)
    assert posted == [{"person": person}, {"person": person, "left": True}]
    assert "You have left the board" in said[1]


def test_leaving_drops_what_waits(monkeypatch):
    held, posted = threading.Event(), []

    def slow(board, message):
        posted.append(message)
        return len(posted) == 1 or held.wait(LONG)

    monkeypatch.setattr(joined, "post", slow)
    joined.join(ADDRESS)
    (thread,) = senders()
    for number in range(10):
        joined.tell(number=number)
    joined.leave()
    held.set()
    thread.join(LONG)
    assert [set(message) - {"person"} for message in posted[-1:]] == [{"left"}]
    assert len(posted) <= 3


def test_leaving_without_joining_says_so(said):
    joined.leave()
    assert "You have joined no board; nothing is sent." in said[0]


def test_it_ends_by_itself_when_its_hours_are_over(posted):
    joined.join(ADDRESS)
    (thread,), joined.line.until = senders(), 0.0
    joined.tell(exercise="toy.product")
    thread.join(LONG)
    assert joined.line is None
    assert [message.get("exercise") for message in posted] == [None, None]


# ---- a wrong address, a dead network -------------------------------------------------------------


def test_a_check_does_not_wait_for_a_board_that_never_answers(chapter, shown, monkeypatch):
    held, first = threading.Event(), iter([True])
    monkeypatch.setattr(joined, "post", lambda *_: next(first, False) or held.wait(LONG))
    joined.join(ADDRESS)
    for _ in range(2 * joined.MOST_WAITING):
        joined.tell(exercise="toy.draw")
    check("toy.product", product)
    assert not held.is_set()
    assert shown[0].state == "passed"
    assert joined.line.waiting.qsize() == joined.MOST_WAITING
    held.set()


def test_a_wrong_address_is_told_once_and_nothing_is_sent_there_later(
    chapter, shown, monkeypatch, said
):
    tried = []
    monkeypatch.setattr(joined, "post", lambda board, message: tried.append(message))
    joined.join(ADDRESS)
    check("toy.product", product)
    for thread in senders():
        thread.join(LONG)
    assert [set(message) for message in tried] == [{"person"}, {"person", "left"}]
    assert len(said) == 1
    assert "No board answers at 127.0.0.1:8000. You have joined none" in said[0]


def test_a_board_that_answers_too_late_is_not_joined_and_asked_to_forget(monkeypatch, said):
    held, sent = threading.Event(), []
    monkeypatch.setattr(joined, "SECONDS", 0.01)
    monkeypatch.setattr(joined, "post", lambda _, message: sent.append(message) or held.wait(LONG))
    joined.join(ADDRESS)
    assert joined.line is None
    assert "No board answers" in said[0]
    (thread,) = senders()
    held.set()
    thread.join(LONG)
    assert sent[1:] == [sent[0] | {"left": True}]


def test_an_interrupt_while_joining_leaves_no_thread(posted, monkeypatch):
    class Interrupted(joined.Line):
        def put(self, message):
            super().put(message)
            if not message:
                raise KeyboardInterrupt

    monkeypatch.setattr(joined, "Line", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        joined.join(ADDRESS)
    for thread in senders():
        thread.join(LONG)
    assert (senders(), joined.line) == ([], None)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "blue-heron",
            "http://",
            "ftp://10.0.0.5/blue-heron",
            "file:///etc/passwd",
            8000,
            None,
        ),
        *("http://10.0.0.5:8000", "http://10.0.0.5:x/blue-heron", "http://[::1/blue-heron"),
        *("http://10.0.0.5:0/blue-heron", "http://10.0.0.5:99999/blue-heron"),
    ],
)
def test_what_is_no_address_is_told_with_one_that_is(posted, said, address):
    joined.join(address)
    assert posted == []
    (sentence,) = said
    assert f"This is no address of a board: {address!r}. {joined.HOW_TO_TYPE}" in sentence


def test_http_need_not_be_typed(posted, said):
    joined.join("127.0.0.1:8000/blue-heron")
    assert "You have joined the board at 127.0.0.1:8000." in said[0]


def test_a_password_in_the_address_is_not_shown(posted, said):
    joined.join("http://ann:secret@127.0.0.1:8000/blue-heron")
    assert "You have joined the board at 127.0.0.1:8000." in said[0]
    assert "secret" not in said[0]


@pytest.mark.parametrize("name", ["..", "a" * 70, "127.0.0.1\x00", "ü" * 90, "127.0.0.1 x"])
def test_a_name_that_cannot_be_one_is_no_board(name):
    board = joined.parsed(f"http://{name}/blue-heron")
    assert joined.post(board, {}) is False


# ---- what goes over the wire ---------------------------------------------------------------------


def test_a_message_is_posted_to_the_room(monkeypatch):
    with answering(lambda caller: caller.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")) as (
        port,
        got,
    ):
        assert post(port, {"person": 5})
    lines, body = got[0]
    assert lines[0] == "POST /blue-heron HTTP/1.1"
    names = {line.split(":")[0] for line in lines[1:]}
    assert names <= {"Host", "Accept-Encoding", "Content-Length", "Content-Type", "Connection"}
    assert json.loads(body) == {"person": 5}


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"204", b"\x00" * 500, b"HTTP/1.1 404 No\r\n\r\n"]
)
def test_what_does_not_answer_as_a_board_is_none(answer):
    with answering(lambda caller: caller.sendall(answer)) as (port, _):
        assert not post(port)


def test_a_redirect_is_not_followed():
    with answering(lambda caller: None) as (elsewhere, got):
        line = f"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:{elsewhere}/\r\n\r\n".encode()
        with answering(lambda caller: caller.sendall(line)) as (port, _):
            assert not post(port)
    assert got == []


def test_an_endless_answer_is_not_read():
    def flood(caller):
        with suppress(OSError):
            caller.sendall(b"HTTP/1.1 204 ")
            while True:
                caller.sendall(b"x" * 100_000)

    with answering(flood) as (port, _):
        assert post(port)


def test_a_silent_server_is_given_up(monkeypatch):
    monkeypatch.setattr(joined, "SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not post(server.getsockname()[1])


def test_no_proxy_is_asked(monkeypatch):
    with answering(lambda caller: caller.sendall(b"HTTP/1.1 204 \r\n\r\n")) as (proxy, got):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
        with socket.create_server(("127.0.0.1", 0)) as server:
            closed = server.getsockname()[1]
        assert not post(closed)
    assert got == []
