"""How much of anything one network address may do."""

import time
from collections.abc import Callable

ADDRESSES = 1000  # remembered; the one unheard of for longest is forgotten first


class Limit:
    """At most so many at once from one address, and then so many a second."""

    def __init__(self, size: float, a_second: float, now: Callable[[], float] = time.monotonic):
        self.size, self.a_second, self.now = size, a_second, now
        self.left: dict[str, tuple[float, float]] = {}  # address: how many more, and when

    def allows(self, address: str) -> bool:
        """Whether this address may once more; counts it if so."""
        left = self.refilled(*self.left.pop(address, (self.size, 0.0)))
        allowed = left >= 1
        self.left[address] = (left - allowed, self.now())
        if len(self.left) > ADDRESSES:
            del self.left[next(iter(self.left))]
        return allowed

    def refilled(self, left: float, when: float) -> float:
        return min(self.size, left + (self.now() - when) * self.a_second)

    def forget(self) -> None:
        """Drop the addresses that may as much again as an unknown one."""
        self.left = {a: kept for a, kept in self.left.items() if self.refilled(*kept) < self.size}
