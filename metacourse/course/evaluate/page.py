"""A study as HTML: pictures and lines are inside, so that the page needs no network."""

import base64
import io
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from metacourse.course.evaluate import advice
from metacourse.evaluation import Interval, confidence_interval
from metacourse.experiments.own_people import PeopleStudy
from metacourse.experiments.own_study import Study
from metacourse.experiments.own_tasks import Bin
from metacourse.tasks.folders import Own, alarm

HERE = Path(__file__).parent
WIDTH, LEFT = 300, 6  # of the picture of an interval
N_SHOWN = 8  # classes of a part
N_CONFUSED = 6
SIDE = 220  # of the picture of calibration
PARTS = {"train": "meta-train", "validation": "meta-validation", "test": "meta-test"}


class Line(NamedTuple):
    """A row of a table, and where its marks stand in its picture."""

    name: str
    value: str
    over_units: str  # ± over classes, or people
    over_tasks: str
    marks: dict[str, float]
    is_chosen: bool


def whole(body: str) -> str:
    """A page around a card."""
    return template("page.html").render(body=body)


def template(name: str):
    from jinja2 import Environment, FileSystemLoader

    loader = FileSystemLoader(HERE)
    return Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    ).get_template(name)


# ---- classes -------------------------------------------------------------------------------------


def of_classes(study: Study, name: str) -> tuple[str, str]:
    """The card of pictures or vectors, and its first sentence."""
    own, summary = study.own, advice.summary(study)
    body = template("classes.html").render(
        name=name,
        summary=summary,
        study=study,
        own=own,
        n_each=own.x.shape[1],
        parts=[(told, own.splits[part], sheet(own, part)) for part, told in PARTS.items()],
        names=lambda places: ", ".join(own.classes[place] for place in places),
        n_alarm=len(alarm(own)),
        tables=[(k, lines(study, k)) for k in study.rows[0].outcomes],
        chance=advice.chance(study.plan),
        at=at,
        width=WIDTH,
        confusions=confusions(study),
        trust=advice.trust(study),
        curves=curves(study),
        side=SIDE,
        advice=list(advice.advice(study)),
    )
    return body, summary


def at(share: float, low: float = 0.0, high: float = 1.0) -> float:
    """Where a share stands in the picture of an interval."""
    inside = min(max((share - low) / (high - low), 0.0), 1.0)
    return round(LEFT + inside * (WIDTH - 2 * LEFT), 1)


def lines(study: Study, n_shot: int) -> list[Line]:
    found = []
    for row in study.rows:
        outcome = row.outcomes[n_shot]
        over, units = outcome.over_tasks(), outcome.over_classes()
        found.append(
            Line(
                row.method,
                f"{over.mean:.1%}",
                "not known" if units is None else f"± {units:.1%}",
                f"± {over.half_width:.1%}",
                marks(over, units),
                row is study.chosen,
            )
        )
    return found


def marks(over: Interval, units: float | None, low: float = 0.0, high: float = 1.0) -> dict:
    """Left and right ends of both intervals, and the middle."""
    reach = over.half_width if units is None else units
    ends = {
        "middle": over.mean,
        "a": over.mean - reach,
        "b": over.mean + reach,
        "c": over.mean - over.half_width,
        "d": over.mean + over.half_width,
    }
    return {key: at(value, low, high) for key, value in ends.items()}


def confusions(study: Study) -> list[dict]:
    """The most frequent confusions, with pictures where there are any."""
    own, found = study.own, []
    classes = [own.classes[place] for place in own.splits["test"]]
    ranked = sorted(study.closer.confusions.items(), key=lambda item: -item[1].share)
    for (asked, answered), mistakes in ranked[:N_CONFUSED]:
        share = f"{mistakes.share:.0%} of {mistakes.n}"
        shown = {"asked": classes[asked], "answered": classes[answered], "share": share}
        if own.kind == "pictures":
            x = own.part("test")
            pictures = x[asked, 0], x.flatten(0, 1)[mistakes.example], x[answered, 0]
            shown["pictures"] = [png(picture) for picture in pictures]
        found.append(shown)
    return found


def sheet(own: Own, part: str) -> str | None:
    """Two examples of each of some classes of a part, in one picture."""
    if own.kind != "pictures" or not own.splits[part]:
        return None
    some = own.part(part)[:N_SHOWN, :2]  # (classes, 2, 28, 28)
    padded = torch.nn.functional.pad(some, (1, 1, 1, 1), value=128)
    return png(torch.cat(list(torch.cat(list(padded.unbind(1)), dim=1)), dim=1))


def png(pixels: Tensor) -> str:
    """Grey pixels (H, W) uint8 as the address of a picture."""
    file = io.BytesIO()
    Image.fromarray(pixels.cpu().numpy()).save(file, "png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def curves(study: Study) -> list[tuple[str, list[dict]]]:
    """The points of calibration, before and after: where they stand, and what they say."""
    closer = study.closer
    found = [("as the method gives them", points(closer.raw[0]))]
    if closer.calibrated is not None:
        found.append(("after calibration", points(closer.calibrated[0])))
    return found


def points(bins: list[Bin]) -> list[dict]:
    total = sum(of_bin.n for of_bin in bins)
    return [
        {
            "x": round(of_bin.confidence * SIDE, 1),
            "y": round((1 - of_bin.right) * SIDE, 1),
            "r": round(2.5 + 7 * (of_bin.n / total) ** 0.5, 1),
            "told": f"said {of_bin.confidence:.0%}, right {of_bin.right:.0%} of {of_bin.n}",
        }
        for of_bin in bins
    ]


# ---- people --------------------------------------------------------------------------------------


def of_people(study: PeopleStudy, name: str) -> tuple[str, str]:
    """The card of series, and its first sentence."""
    summary = advice.people_summary(study)
    high = 1.3 * max(e.mean().item() for row in study.rows for e in row.errors.values())
    body = template("people.html").render(
        name=name,
        summary=summary,
        study=study,
        people=study.people,
        tables=[(k, people_lines(study, k, high)) for k in study.rows[0].errors],
        width=WIDTH,
        high=f"{high:.3g}",
        advice=list(advice.people_advice(study)),
    )
    return body, summary


def people_lines(study: PeopleStudy, n_shot: int, high: float) -> list[Line]:
    found = []
    for row in study.rows:
        if n_shot in row.errors:
            over = confidence_interval(row.errors[n_shot])
            reach = f"± {over.half_width:.2g}"
            drawn = marks(over, None, high=high)
            is_chosen = row is study.chosen
            found.append(Line(row.learner, f"{over.mean:.3g}", reach, "", drawn, is_chosen))
    return found
