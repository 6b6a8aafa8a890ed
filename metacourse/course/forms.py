"""The forms in which notebooks say things that programs read: tags, statements, checks, plans."""

import re

from metacourse.course.files import Cell

# ## 2 · What a task is (15 min)
HEADING = re.compile(r"^## (?:(?P<number>\d+) · )?", re.MULTILINE)
# **★ Exercise 2 · `name`** (10 minutes).     **Capstone · what it is about** (10 minutes).
STATEMENT = re.compile(
    r"^\*\*(?P<star>★ )?(?P<title>Exercise \d+|Capstone) · (?P<about>[^*]+)\*\*"
    r" \((?P<minutes>\d+) minutes?\)"
)
# check("chapter.name", function)
CHECK = re.compile(r"""\bcheck\(\s*["'](?P<name>[\w.]+)["']\s*,\s*(?P<function>\w+)""")
# predict("chapter.name", …     reveal("chapter.name", …
PREDICT = re.compile(r"""\bpredict\(\s*["'](?P<name>[\w.]+)["']""")
REVEAL = re.compile(r"""\breveal\(\s*["'](?P<name>[\w.]+)["']""")
# quiz("chapter.name")     progress("chapter")
QUIZ = re.compile(r"""^quiz\(\s*["'](?P<name>[\w.]+)["']""", re.MULTILINE)
PROGRESS = re.compile(r"""^progress\((?:["'](?P<chapter>\w+)["'])?\)""", re.MULTILINE)
# where a statement says how to ask for a hint: (`hint("chapter.name")`)
HINT = re.compile(r" *\(`hint\(.*?\)`\)")
# **Plan, 60 minutes.** 5 recall · 15 section 1 with exercise 1 · 40 sections 2 and 3
PLAN = re.compile(r"^\*\*Plan, (?P<minutes>\d+) minutes\.\*\* (?P<parts>.+)", re.MULTILINE)
PART = re.compile(r"(?P<minutes>\d+) (?P<what>.+)")
# **At home:** exercise 2, the capstone.     **Vote `chapter.name`:** most vote for “more”.
NOTE = re.compile(
    r"^\*\*(?P<label>Core|At home|Prepare|In class|Vote|Goes wrong)(?: `(?P<vote>[\w.]+)`)?:\*\* "
    r"(?P<text>.+)",
    re.MULTILINE,
)
SECTIONS = re.compile(r"\bsections? (?P<numbers>\d+(?:(?:, | and )\d+)*)")
EXERCISES = re.compile(r"\bexercises? (?P<numbers>\d+(?:(?:, | and )\d+)*)|\b(?P<last>capstone)\b")


def tags(cell: Cell) -> list[str]:
    return cell["metadata"].get("tags", [])


def sections_named(text: str) -> list[str]:
    """The numbers of the sections that a plan names: ["3", "4"] of `10 sections 3 and 4`."""
    return [n for found in SECTIONS.finditer(text) for n in re.findall(r"\d+", found["numbers"])]


def exercises_named(text: str) -> list[str]:
    """The titles of the exercises that a plan names: ["Exercise 2", "Capstone"]."""
    return [
        title
        for found in EXERCISES.finditer(text)
        for title in (["Capstone"] if found["last"] else numbered(found["numbers"]))
    ]


def numbered(numbers: str) -> list[str]:
    return [f"Exercise {number}" for number in re.findall(r"\d+", numbers)]
