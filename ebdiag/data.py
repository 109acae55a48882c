"""Data sets: loaded once and kept parsed, brought to a model's shape and range and back, prepared for judging.

Loads without torch, so that the process that plans can ask what is prepared already.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ebdiag import sources
from ebdiag.cache import arrays_digest, cache_folder, locked, read_arrays, write_arrays
from ebdiag.features import features_for, features_key, load_features
from ebdiag.folders import write_atomically
from ebdiag.records import DataSpec, Weights, digest
from ebdiag.sources import DATASETS, DIGIT_SETS

if TYPE_CHECKING:
    import torch

__all__ = ["DATASETS", "Images", "cached_spec", "conversion_notes", "embed_images", "has_content", "load_images"]
__all__ += ["picture", "prepare", "take_in", "to_model", "to_native"]

CACHE_VERSION = 1
FOLDER_VERSION = 2
"""Raise when a folder is read otherwise: 2 takes classes from subfolders, and 16-bit grey for what it is."""
METRICS_VERSION = 2
"""Raise when a metric changes its numbers: prepared sets are then judged anew."""

BLANK_SHARE = 1 / 5
"""A model works only if its FID is below this share of what blank images score."""

COVERAGE_MIN = 0.2
"""A model works only if it covers this share of the real images.

A perfect model covers 1 − 2⁻⁵ = .97. One that draws a single digit of ten perfectly covers at most .1, two digits .2:
whoever passes has more than two kinds of pictures, or all kinds and each at a fifth of its variety.
"""

DIGITS_MIN = 9
"""Of ten digits, so many must be among the confident predictions (sets of digits only)."""

CLIP_TOLERANCE = 1e-3
"""How far, as a share of the pixel range, a pixel may leave the range before it counts as clipped."""

GIVEN = "EBDIAG_GIVEN_DATA"
"""Variable of a process that was handed the content of its data set: the digest under which the cache has it."""

EMBED_CHUNK = 2_000

SHOWN_REAL = 64
"""Images that stand beside generated ones as the measure."""

_log = logging.getLogger("ebdiag")


@dataclass(frozen=True)
class Images:
    """A loaded data set.

    Attributes:
        name: As asked for: `mnist5k`, `folder:faces`.
        train, held_out: uint8, (N, channels, height, width).
        train_labels, held_out_labels: int64, (N,), or None.
        digest: Hash of pixels, labels and split.
        notes: Sentences on what reading it changed (sizes made equal).
    """

    name: str
    train: np.ndarray
    train_labels: np.ndarray | None
    held_out: np.ndarray
    held_out_labels: np.ndarray | None
    digest: str
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Native (channels, height, width)."""
        channels, height, width = self.train.shape[1:]
        return channels, height, width


def load_images(name: str) -> Images:
    """The data set `name`, from the cache where it was read before.

    Raises:
        EbdiagError: Unknown name, an unusable folder, or a download that failed.
    """
    key = _data_key(name)
    path = cache_folder() / "datasets" / f"{key}.npz"
    kept = _read_images(name, path)
    if kept is not None:
        return kept
    with locked(path):
        kept = _read_images(name, path)
        if kept is not None:
            return kept
        pictures = sources.read(name, cache_folder() / "torchvision")
        images = Images(
            name=name,
            train=np.array(pictures.train, order="C"),  # with the strides that it will be read again with: where one
            train_labels=pictures.train_labels,  # channel leaves them open, torch takes another order of arithmetic
            held_out=np.array(pictures.held_out, order="C"),
            held_out_labels=pictures.held_out_labels,
            digest=_images_digest(pictures.train, pictures.train_labels, pictures.held_out, pictures.held_out_labels),
            notes=pictures.notes,
        )
        _write_images(images, path)
    return images


def has_content(content: str) -> bool:
    """Whether the cache holds a data set of this digest that was taken in."""
    return _content_path(content).exists()


def take_in(images: Images) -> None:
    """Keep a data set from another machine in the cache, for processes with its digest in `$EBDIAG_GIVEN_DATA`."""
    path = _content_path(images.digest)
    with locked(path):
        if not path.exists():
            _write_images(images, path)


def shown(name: str) -> np.ndarray:
    """A few real images of a data set as the measure beside generated ones, uint8 (N, channels, height, width)."""
    return load_images(name).held_out[:SHOWN_REAL]


def to_model(
    images: np.ndarray,
    *,
    image_shape: tuple[int, int, int],
    pixel_range: tuple[float, float],
    device: str | torch.device = "cpu",
) -> torch.Tensor:
    """Real images as a model takes them.

    Args:
        images: uint8, (N, channels, height, width), native.
        image_shape: (channels, height, width) of the model; sizes are resampled, channels averaged or repeated.
        pixel_range: What 0 and 255 become.

    Returns:
        float32 on `device`, (N, *image_shape).
    """
    import torch

    low, high = pixel_range
    chunks = []
    for start in range(0, len(images), EMBED_CHUNK):
        unit = torch.from_numpy(np.ascontiguousarray(images[start : start + EMBED_CHUNK])).float() / 255
        chunks.append((_fit(unit, image_shape) * (high - low) + low).to(device))
    return torch.cat(chunks) if chunks else torch.empty((0, *image_shape), device=device)


def picture(image: np.ndarray) -> Any:
    """One image, uint8 (channels, height, width), as torchvision's data sets hand it to a transform: a PIL image."""
    from PIL import Image

    return Image.fromarray(image[0] if len(image) == 1 else np.moveaxis(image, 0, -1))


def to_native(
    images: torch.Tensor, *, pixel_range: tuple[float, float], native_shape: tuple[int, int, int]
) -> tuple[torch.Tensor, float]:
    """Generated images as they are scored: in [0, 1], clipped, at the data's own shape.

    What it measures: The share of generated pixels outside the variant's pixel range by more than a thousandth of it.

    How to read it: 0 where the generator ends in a bounded activation that fits. Much of it means that what is scored
    is not what was generated.

    Unit and range: Share, 0 to 1.

    Known problems: A range that is too narrow (a sigmoid for data in −1 to 1) clips nothing and is not seen here.

    Cost: One pass over the images.

    Source: definition.

    Keys: `clipped_share`.

    Args:
        images: A model's output, (N, channels, height, width), finite.
        pixel_range: The range the model was to keep.
        native_shape: (channels, height, width) of the data.

    Returns:
        float32 (N, *native_shape) in [0, 1], and the share of pixels that lay outside `pixel_range` by more than a
        thousandth of it, before anything else was done to them.
    """
    low, high = pixel_range
    unit = (images.float() - low) / (high - low)
    outside = ((unit < -CLIP_TOLERANCE) | (unit > 1 + CLIP_TOLERANCE)).float().mean().item()
    return _fit(unit.clamp(0, 1), native_shape), outside


def conversion_notes(
    native_shape: tuple[int, int, int], image_shape: tuple[int, int, int], *, back: bool = True
) -> list[str]:
    """Sentences that say how real images are changed to fit a model, none where they are not.

    Args:
        back: What the model makes are images that are changed back.
    """
    notes, scored = [], ", and back for scoring" if back else " and scoring"
    if native_shape[1:] != image_shape[1:]:
        native, asked = (f"{shape[1]}×{shape[2]}" for shape in (native_shape, image_shape))
        notes.append(f"images are resized from {native} to {asked} for training{scored}")
    if native_shape[0] != image_shape[0]:
        how = "averaged to grey" if image_shape[0] == 1 else "repeated from grey"
        notes.append(
            f"channels are {how} for training ({native_shape[0]} to {image_shape[0]}){scored}"
            if {native_shape[0], image_shape[0]} == {1, 3}
            else f"images of {native_shape[0]} channels are turned grey and repeated to {image_shape[0]} channels"
        )
    return notes


def cached_spec(name: str) -> DataSpec | None:
    """The prepared record of a data set if `prepare` made it before, else None. Never imports torch.

    Raises:
        EbdiagError: Unknown name, or an unusable folder.
    """
    path = _spec_path(name)
    try:
        kept = json.loads(path.read_text())
        fields = kept["spec"]
        sound = kept["checksum"] == digest(fields) and _data_digest(name) == fields["digest"]
        return DataSpec(**{**fields, "name": name, "image_shape": tuple(fields["image_shape"])}) if sound else None
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        _log.warning("%s is damaged and is made anew", path)
        return None


def prepare(name: str) -> DataSpec:
    """Load a data set, compute the real side of all comparisons, its yardsticks and its bar, and keep them.

    Raises:
        EbdiagError: Unknown name, an unusable folder, or a download that failed.
    """
    images = load_images(name)
    spec = cached_spec(name)
    if spec is not None and spec.digest == images.digest:
        return spec
    with locked(_spec_path(name)):
        spec = cached_spec(name)
        if spec is not None and spec.digest == images.digest:  # another process did it meanwhile
            return spec
        spec = _judge_real(images)
        fields = asdict(spec)
        content = json.dumps({"spec": fields, "checksum": digest(json.loads(json.dumps(fields)))}, indent=1)
        write_atomically(_spec_path(name), content.encode())
    return spec


def embed_images(
    images: np.ndarray, features: str, weights: Weights | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Features and class probabilities of real uint8 images under the feature net of that name (with given weights)."""
    import torch

    channels, height, width = images.shape[1:]
    net = load_features(features, (channels, height, width), weights=weights)
    pairs = [
        net.embed(torch.from_numpy(images[start : start + EMBED_CHUNK]).float() / 255)
        for start in range(0, len(images), EMBED_CHUNK)
    ]
    classes = [probabilities for _, probabilities in pairs if probabilities is not None]
    return np.concatenate([part for part, _ in pairs]), np.concatenate(classes) if classes else None


def _judge_real(images: Images) -> DataSpec:
    """Anchors and bar of a data set."""
    from ebdiag.reference import anchors

    features = features_for(images.name, images.shape)
    levels = anchors(images, features)
    labels = images.train_labels
    return DataSpec(
        name=images.name,
        digest=images.digest,
        image_shape=images.shape,
        train_count=len(images.train),
        held_out_count=len(images.held_out),
        classes=0 if labels is None else int(labels.max()) + 1,
        features=features,
        features_digest=load_features(features, images.shape).digest,
        bar={
            "fid_max": BLANK_SHARE * levels["blank"],
            "coverage_min": COVERAGE_MIN,
            "digits_min": float(DIGITS_MIN if images.name in DIGIT_SETS else 0),
        },
        anchors=levels,
    )


def _fit(unit: torch.Tensor, shape: tuple[int, int, int]) -> torch.Tensor:
    """Images in [0, 1] brought to (channels, height, width)."""
    from torch.nn import functional

    channels, height, width = shape
    if unit.shape[1] != channels:
        grey = unit if unit.shape[1] == 1 else _grey(unit)
        unit = grey.expand(-1, channels, -1, -1)
    if tuple(unit.shape[-2:]) != (height, width):
        unit = functional.interpolate(unit, size=(height, width), mode="bilinear", antialias=True, align_corners=False)
        unit = unit.clamp(0, 1)
    return unit.contiguous()


def _grey(unit: torch.Tensor) -> torch.Tensor:
    """Brightness: ITU-R BT.601 luma of RGB, the mean of any other number of channels. (N, 1, height, width)."""
    if unit.shape[1] != 3:
        return unit.mean(1, keepdim=True)
    weights = unit.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    return (unit * weights).sum(1, keepdim=True)


def _content_path(content: str) -> Path:
    return cache_folder() / "datasets" / f"content-{content}.npz"


def _write_images(images: Images, path: Path) -> None:
    arrays = {key: value for key, value in vars(images).items() if isinstance(value, np.ndarray)}
    write_arrays(path, {**arrays, "notes": np.array(images.notes, dtype=np.str_)}, images.digest)


def _data_key(name: str) -> str:
    """Name of the cache file of a data set; a folder's depends on its files' names, sizes and times."""
    sources.check_name(name)
    if os.environ.get(GIVEN):
        return _content_path(os.environ[GIVEN]).stem
    if name.startswith(sources.FOLDER):
        place = Path(name.removeprefix(sources.FOLDER)).expanduser().resolve()
        return f"folder-{digest([str(place), sources.folder_listing(name), FOLDER_VERSION])}"
    return f"{name}-{CACHE_VERSION}"


def _spec_path(name: str) -> Path:
    key = digest([_data_key(name), METRICS_VERSION, *map(features_key, ("digits-lenet", "random-conv"))])
    return cache_folder() / "prepared" / f"{name.split(':')[0]}-{key}.json"


def _data_digest(name: str) -> str:
    """The digest that the cached pixels of a data set were written with."""
    return (cache_folder() / "datasets" / f"{_data_key(name)}.npz.digest").read_text()


def _read_images(name: str, path: Path) -> Images | None:
    kept = read_arrays(path, _content_digest)
    if kept is None:
        return None
    return Images(
        name=name,
        train=kept["train"],
        train_labels=kept.get("train_labels"),
        held_out=kept["held_out"],
        held_out_labels=kept.get("held_out_labels"),
        digest=_content_digest(kept),
        notes=tuple(map(str, kept["notes"])),
    )


def _content_digest(kept: dict[str, np.ndarray]) -> str:
    return _images_digest(kept["train"], kept.get("train_labels"), kept["held_out"], kept.get("held_out_labels"))


def _images_digest(*parts: np.ndarray | None) -> str:
    return arrays_digest({str(index): part for index, part in enumerate(parts) if part is not None})
