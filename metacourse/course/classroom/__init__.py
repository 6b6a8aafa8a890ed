"""What instructors prepare and show: homework, reports, slides, a plan, a board."""


def counted(number: float, what: str) -> str:
    """`1 point`, `2 points`."""
    return f"{number:g} {what}{'' if number == 1 else 's'}"


class Unclear(ValueError):
    """Something that was asked for is not there; the message says what is."""
