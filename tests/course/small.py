"""Small notebooks for the tests of the course's update."""

from metacourse.course.files import Notebook, notebook_bytes


def code(name: str | None, source: str) -> dict:
    cell = {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}
    return cell | {"execution_count": None} | ({"id": name} if name else {})


def text(name: str | None, source: str) -> dict:
    cell = {"cell_type": "markdown", "metadata": {}, "source": source}
    return cell | ({"id": name} if name else {})


def notebook(*cells: dict, minor: int = 5) -> Notebook:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": minor}


def packed(*cells: dict) -> bytes:
    return notebook_bytes(notebook(*cells))


def sources(one: Notebook) -> list[str]:
    return [cell["source"] for cell in one["cells"]]


def ids(one: Notebook) -> list[str]:
    return [cell["id"] for cell in one["cells"]]


def with_output(cell: dict, said: str) -> dict:
    output = {"output_type": "stream", "name": "stdout", "text": said}
    return cell | {"outputs": [output], "execution_count": 1}
