"""What instructors prepare and show: homework, reports, slides, a plan, a board."""


class Unclear(ValueError):
    """Something that was asked for is not there; the message says what is."""
