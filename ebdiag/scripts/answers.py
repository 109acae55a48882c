"""What a worker finds out about a script by trying, and text that remembers which rows it comes from."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field


@dataclass
class Rows:
    """Text with the row of the script that each of its rows comes from."""

    rows: list[tuple[str, int]] = field(default_factory=list)

    def add(self, text: str, origin: int) -> None:
        """Rows of one origin."""
        self.rows += [(row, origin) for row in text.split("\n")]


@dataclass(frozen=True)
class Data:
    """What the script's own data handling makes of our images.

    Attributes:
        transform: Expression of a function of one PIL image, where scaling and resizing alone do not say it.
    """

    image_shape: tuple[int, int, int] = (1, 28, 28)
    pixel_range: tuple[float, float] = (-1.0, 1.0)
    batch_size: int = 64
    shuffle: bool = True
    drop_last: bool = False
    transform: str | None = None


@dataclass(frozen=True)
class Latent:
    """What the script draws for its generator.

    Attributes:
        kind: `normal`, `uniform`, `uniform01`, or `own`.
        shape: Of one latent.
    """

    kind: str = "own"
    shape: tuple[int, ...] = (1,)


@dataclass(frozen=True)
class Answers:
    """What a worker found out by trying.

    Attributes:
        flat: Roles whose nets take or give flat images, (B, pixels).
        code_first: The discriminator returns the code before the reconstruction.
    """

    data: Data = field(default_factory=Data)
    latent: Latent = field(default_factory=Latent)
    margin: float | None = None
    weight: float | None = None
    repeats: int | None = None
    flat: tuple[str, ...] = ()
    code_first: bool = False


@dataclass(frozen=True)
class Written:
    """Text of a variant, and of each of its rows the row of the script that it comes from.

    Attributes:
        left: Statements of the setup that it does not keep.
    """

    text: str
    origins: tuple[int, ...]
    left: tuple[ast.stmt, ...]
