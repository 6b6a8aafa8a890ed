"""What stands in a page for its scripts, and is not to be read there by the way."""

import base64
import hashlib
import json
from itertools import cycle
from typing import Any


def digest(*texts: str) -> str:
    """A short name of texts: other texts, another name."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]


def veiled(data: Any, key: str) -> str:
    """Data that `unveil(…, key)` of static/forms/answers.js reads: no secret, but no plain text."""
    text = json.dumps(data, ensure_ascii=False).encode()
    mixed = bytes(a ^ b for a, b in zip(text, cycle(key.encode()), strict=False))
    return base64.b64encode(mixed).decode()


def unveiled(text: str, key: str) -> Any:
    """What `veiled` has made this text of."""
    mixed = base64.b64decode(text)
    return json.loads(bytes(a ^ b for a, b in zip(mixed, cycle(key.encode()), strict=False)))


def data(content: Any) -> str:
    """Data beside a form, as a script that is none."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f'<script type="application/json">{text}</script>'
