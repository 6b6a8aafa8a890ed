"""What the web edition needs to embed drawings in the page: `static/network.js`."""

import torch

from metacourse.nets import GROUPS, convnet
from metacourse.tasks.framing import PEN, SPACING
from metacourse.tasks.glyphs import CANVAS, LETTER
from metacourse.trained.embeddings import EMBEDDINGS, load_embedding
from metacourse.widgets.recorded_state import numbers_json

SIZES = {"pen": PEN, "spacing": SPACING, "canvas": CANVAS, "letter": LETTER}  # of a framed drawing


def network_json(embed, images) -> dict:
    """The weights of that network among those that ship which embeds these images (n, 28, 28) as
    `embed` does. Raises ValueError if none does."""
    with torch.no_grad():
        z = embed(images)
        for name in EMBEDDINGS:
            params = load_embedding(name)
            found = convnet(params, images)
            if found.shape == z.shape and torch.allclose(found, z, atol=1e-3):
                return {"groups": GROUPS, "blocks": _blocks(params)}
    raise ValueError(
        f"a page can embed with {', '.join(EMBEDDINGS)} only, and this is none of them"
    )


def _blocks(params):
    return [
        {name: numbers_json(params[f"block{n}.{name}"]) for name in ("weight", "scale", "shift")}
        for n in range(len(params) // 3)
    ]
