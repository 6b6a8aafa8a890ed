"""How much of anything one address may do."""

from metacourse.course.classroom.limits import ADDRESSES, Limit
from tests.course.classroom.small import Clock


def test_so_many_at_once_and_then_so_many_a_second():
    clock = Clock()
    limit = Limit(3, 2, clock)
    assert [limit.allows("a") for _ in range(5)] == [True] * 3 + [False] * 2
    clock.seconds += 1
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]


def test_an_address_does_not_pay_for_another():
    limit = Limit(1, 0, Clock())
    assert [limit.allows(address) for address in "aab"] == [True, False, True]


def test_only_so_many_addresses_are_remembered():
    limit = Limit(1, 0, Clock())
    for number in range(3 * ADDRESSES):
        limit.allows(str(number))
    assert len(limit.left) == ADDRESSES


def test_an_address_is_forgotten_when_it_may_do_as_much_as_any():
    clock = Clock()
    limit = Limit(3, 2, clock)
    limit.allows("a")
    limit.forget()
    assert "a" in limit.left
    clock.seconds += 1
    limit.forget()
    assert limit.left == {}
