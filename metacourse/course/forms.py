"""The forms in which notebooks say things that programs read: tags, statements, checks, plans."""

import re

from metacourse.course.files import Cell

# **★ Exercise 2 · `name`** (10 minutes).     **Capstone · what it is about** (10 minutes).
STATEMENT = re.compile(
    r"^\*\*(?P<star>★ )?(?P<title>Exercise \d+|Capstone) · (?P<about>[^*]+)\*\*"
    r" \((?P<minutes>\d+) minutes?\)"
)
# check("chapter.name", function)
CHECK = re.compile(r"""\bcheck\(\s*["'](?P<name>[\w.]+)["']\s*,\s*(?P<function>\w+)""")
# **Plan, 60 minutes.** 5 opening · 15 section 1 · 40 section 2     **At home:** exercise 2.
PLAN = re.compile(r"\*\*Plan, (?P<minutes>\d+) minutes\.\*\* (?P<parts>.+)")
PART = re.compile(r"(?P<minutes>\d+) (?P<what>.+)")
AT_HOME = re.compile(r"\*\*At home:\*\* (?P<what>.+)")


def tags(cell: Cell) -> list[str]:
    return cell["metadata"].get("tags", [])
