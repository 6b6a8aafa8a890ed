"""Write the plans of ten weeks and of two days into the teacher's guide.

python -m tools.plan
"""

from pathlib import Path

from metacourse.course.classroom.plan_page import overview, planned

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "teaching.md"
PLANS = {"weeks": (10, None), "days": (10, 2)}  # weeks, days


def with_plans(text: str) -> str:
    """The text with the plans of today's notebooks between their marks.

    Raises ValueError if a mark is missing.
    """
    for name, (n_weeks, n_days) in PLANS.items():
        plan = overview(*planned(n_weeks, n_days, 60))
        before, _, after = text.partition(f"<!-- plan: {name} -->\n")
        _, end, after = after.partition("<!-- end -->")
        if not end:
            raise ValueError(f"the marks of the plan of {name} are missing")
        text = f"{before}<!-- plan: {name} -->\n{plan}\n{end}{after}"
    return text


def main() -> None:
    GUIDE.write_text(with_plans(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
