"""What is said to a kernel, and what it answers, in Jupyter's messages."""

import uuid
from dataclasses import dataclass


@dataclass
class Said:
    """What a kernel said to some code: its text, its error if it had one, and the seconds."""

    text: str = ""
    error: str = ""
    seconds: float = 0.0


def execute_request(code: str) -> dict:
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
    header |= {"username": "", "session": uuid.uuid4().hex, "date": ""}
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
    content |= {"allow_stdin": False, "stop_on_error": False}
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "content": content,
    }


def heard(answer: dict, said: Said) -> str:
    """Note what an answer says; returns "idle" or "reply" if it is one of the two last."""
    kind, content = answer["msg_type"], answer["content"]
    if kind == "stream":
        said.text += content["text"]
    elif kind in ("display_data", "execute_result"):
        said.text += content["data"].get("text/plain", "") + "\n"
    elif kind == "error":
        said.error = f"{content['ename']}: {content['evalue']}"
    if kind == "status" and content["execution_state"] == "idle":
        return "idle"
    return "reply" if kind == "execute_reply" else ""
