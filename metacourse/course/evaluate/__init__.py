"""A report card on the learner's own data: one page that needs no network, or a cell's output."""

from metacourse.course.evaluate.card import Card, report_card

__all__ = ["Card", "report_card"]
