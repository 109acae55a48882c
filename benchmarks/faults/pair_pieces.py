"""Single differences from `reference_models/contrastive.py`, as `pieces.py` has them of the EBGAN.

Those of the first table break the reference alone at the budget: an AUROC below .90 on every seed. What
looks like a fault and is none, such as binary cross-entropy on the bare cosine, stands in the second.
"""

from __future__ import annotations

from collections.abc import Mapping

from .pieces import Piece, setting

LOSS = "    return functional.binary_cross_entropy_with_logits(logits(first, second, config), same)\n"
PROJECT = "        self.project = nn.Linear(16 * (height // 4) * (width // 4), 128)\n"
LAST_SETTING = " offset: float = 0.5\n"


def loss(*lines: str) -> tuple[tuple[str, str], ...]:
    """The body of the loss."""
    return ((LOSS, "".join(f"    {text}\n" for text in lines)),)


def projected(size: int) -> tuple[tuple[str, str], ...]:
    """Another size of the embeddings."""
    return ((PROJECT, PROJECT.replace("128)", f"{size})")),)


def field(text: str) -> tuple[tuple[str, str], ...]:
    """One more field of Config."""
    return ((LAST_SETTING, f"{LAST_SETTING}    {text}\n"),)


BCE = "functional.binary_cross_entropy_with_logits"

PAIR_FAULTS: Mapping[str, Piece] = {
    "pairs_labels_swapped": Piece(
        "1 is taken for different",
        ("contrastive_loss",),
        loss(f"return {BCE}(logits(first, second, config), 1 - same)"),
    ),
    "pairs_labels_of_others": Piece(
        "each pair gets the label of the next one",
        ("contrastive_loss",),
        loss(f"return {BCE}(logits(first, second, config), same.roll(1))"),
    ),
    "pairs_second_of_others": Piece(
        "each first image is compared with the second of the next pair",
        ("contrastive_loss",),
        loss(f"return {BCE}(logits(first, second.roll(1, 0), config), same)"),
    ),
    "pairs_only_same": Piece(
        "different pairs are left out of the loss: one point for all is the best there is",
        ("contrastive_loss",),
        loss("return (same * (1 - functional.cosine_similarity(first, second))).mean()"),
    ),
    "pairs_all_same": Piece("every pair is one of one class", ("pairs",), field("same_share: float = 1.0")),
    "pairs_of_noise": Piece(
        "images of noise, random labels",
        ("pairs",),
        added="""
def pairs(count: int, rng: torch.Generator, config: Config) -> tuple[Tensor, Tensor, Tensor]:
    first, second = torch.randn((2, count, *config.image_shape), generator=rng)
    return first, second, torch.randint(0, 2, (count,), generator=rng).float()
""",
    ),
    "pairs_sixteen": Piece("sixteen training pairs", ("data",), (setting("train_pairs: int", "4_096", "16"),)),
    "pairs_rate_tiny": Piece(
        "a learning rate of 1e-6", ("optimizer",), (setting("learning_rate: float", "1e-3", "1e-6"),)
    ),
    "pairs_embedding_of_two": Piece("embeddings of two numbers", ("encoder.project", "encoder"), projected(2)),
    "pairs_one_batch": Piece(
        "all pairs in one batch: ten updates", ("batch_size",), (setting("batch_size: int", "64", "4_096"),)
    ),
}

PAIR_HARMLESS: Mapping[str, Piece] = {
    "pairs_bare_cosine": Piece(
        "binary cross-entropy on the bare cosine",
        ("contrastive_loss",),
        loss(f"return {BCE}(functional.cosine_similarity(first, second), same)"),
    ),
    "pairs_loss_written": Piece(
        "the loss written out",
        ("contrastive_loss",),
        loss(
            "score = logits(first, second, config)",
            "return (functional.softplus(score) - same * score).mean()",
        ),
    ),
    "pairs_leaky": Piece(
        "LeakyReLU in place of the second ReLU",
        ("encoder.convolutions.5",),
        (
            (
                "            nn.MaxPool2d(2),\n            nn.ReLU(),\n        )\n",
                "            nn.MaxPool2d(2),\n            nn.LeakyReLU(0.2),\n        )\n",
            ),
        ),
    ),
    "pairs_relu_first": Piece(
        "the first ReLU before its pooling: the same function",
        ("encoder.convolutions.1", "encoder.convolutions.2"),
        (
            (
                "            nn.MaxPool2d(2),  # before the ReLU: the same numbers for a quarter of the work\n"
                "            nn.ReLU(),\n",
                "            nn.ReLU(),\n            nn.MaxPool2d(2),\n",
            ),
        ),
    ),
    "pairs_average": Piece(
        "average pooling in place of the second maximum",
        ("encoder.convolutions.4",),
        (
            (
                "            nn.MaxPool2d(2),\n            nn.ReLU(),\n        )\n",
                "            nn.AvgPool2d(2),\n            nn.ReLU(),\n        )\n",
            ),
        ),
    ),
    "pairs_batch_of_32": Piece("batches of 32", ("batch_size",), (setting("batch_size: int", "64", "32"),)),
    "pairs_rate_double": Piece(
        "a learning rate of 2e-3", ("optimizer",), (setting("learning_rate: float", "1e-3", "2e-3"),)
    ),
    "pairs_embedding_of_64": Piece("embeddings of 64 numbers", ("encoder.project",), projected(64)),
}

PAIRS: Mapping[str, Piece] = {**PAIR_FAULTS, **PAIR_HARMLESS}
