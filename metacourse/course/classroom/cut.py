"""The text of a cell, cut for slides: what is shown of it, in pieces, and what is said."""

import re
from collections.abc import Iterator, Sequence

LIMIT = 70  # words on a slide
LEAD = 20  # that may be more, for a line that leads to a formula, a list, a table or a program
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", re.DOTALL)
ENDS = re.compile(r"(?<=[.?!])(?<! al\.)\s+|(?<=[.?!]\))\s+")
MARKS = "**", "$", "`"  # a sentence does not end inside of these, nor in parentheses
ITEM = re.compile(r"- |\d+\. ")
BOLD = re.compile(r"\*\*[\w★]")
APART = re.compile(rf"#|\$\$|```|\||{ITEM.pattern}")  # a block that is no running text


def blocks(source: str) -> list[str]:
    """The paragraphs, lists, tables, formulas and programs of a text, a heading always alone."""
    found: list[list[str]] = [[]]
    fenced = False
    for line in source.strip().splitlines():
        fenced ^= line.startswith("```")
        begins = line.startswith("#") or (found[-1] and is_item(line) and not is_item(found[-1][0]))
        if not fenced and (not line.strip() or begins):
            found.append([])
        found[-1].append(line)
        if not fenced and line.startswith("#"):
            found.append([])
    return [text for text in ("\n".join(lines).strip() for lines in found) if text]


def is_item(line: str) -> bool:
    return ITEM.match(line) is not None


def words(block: str) -> int:
    """How many words a block has; a formula counts as one, a line of a program as four, a heading
    as none."""
    if block.startswith("```"):
        return 4 * len(block.splitlines())
    return 0 if block.startswith("#") else len(FORMULA.sub("formula", block).split())


def parts(block: str) -> list[str]:
    """A block in parts that can stand on different slides; a table's all have its header."""
    if block.startswith("|"):
        head, rule, *rows = block.splitlines()
        return [f"{head}\n{rule}\n{row}" for row in rows]
    if is_item(block):
        return re.split(rf"\n(?={ITEM.pattern})", block)
    return list(sentences(block)) if not APART.match(block) else [block]


def sentences(text: str) -> Iterator[str]:
    sentence = ""
    for piece in ENDS.split(text):
        sentence = f"{sentence} {piece}".strip()
        outside = all(sentence.count(mark) % 2 == 0 for mark in MARKS)
        if outside and sentence.count("(") == sentence.count(")"):
            yield sentence
            sentence = ""
    if sentence:
        yield sentence


def joined(pieces: Sequence[str]) -> str:
    """Parts of one block as a block again."""
    if pieces[0].startswith("|"):
        head = pieces[0].splitlines()[:2]
        return "\n".join([*head, *(piece.splitlines()[2] for piece in pieces)])
    return ("\n" if APART.match(pieces[0]) else " ").join(pieces)


def divided(block: str) -> list[str]:
    """A block as few blocks of at most LIMIT words, where it can be divided."""
    if words(block) <= LIMIT:
        return [block]
    found: list[list[str]] = [[]]
    for part in parts(block):
        if found[-1] and words(joined([*found[-1], part])) > LIMIT:
            found.append([])
        found[-1].append(part)
    return [joined(pieces) for pieces in found]


def pieces(shown: Sequence[str]) -> list[str]:
    """Blocks packed into texts of at most LIMIT words; a heading begins one, and a short line that
    leads to a block stands with it."""
    found: list[list[str]] = []
    for block in (part for each in shown for part in divided(each)):
        if block.startswith("#") or not found:
            found.append([])
        elif sum(map(words, [*found[-1], block])) > LIMIT:
            last = found[-1]
            led = len(last) > 1 and leads(last[-1], block) and words(last[-1]) <= LEAD
            found.append([last.pop()] if led else [])
        found[-1].append(block)
    return ["\n\n".join(one) for one in found]


def leads(block: str, following: str) -> bool:
    """Whether a block is a sentence that the next one, which is no running text, ends."""
    apart = APART.match(following) and not following.startswith("#")
    return bool(apart) and not APART.match(block) and block[-1] not in ".?!)"


def chosen(source: str) -> tuple[list[str], list[str]]:
    """The blocks of a text that are shown, and those that are said.

    Shown are headings, formulas, lists, tables and programs, and of the running text what begins
    the cell or follows a heading, leads to one of these, ends in a question, or has a word in bold;
    of a long paragraph its beginning.
    """
    found, shown, said, begun = blocks(source), [], [], False
    for block, following in zip(found, [*found[1:], "#"], strict=False):
        matters = block.endswith("?") or BOLD.search(block)
        if APART.match(block):
            shown.append(block)
        elif begun and not matters and not leads(block, following):
            said.append(block)
        else:
            first, *rest = divided(block)
            shown.append(first)
            said += rest
        begun = not block.startswith("#")
    return shown, said
