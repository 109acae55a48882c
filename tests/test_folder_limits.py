"""Folders of images that mean harm, or are broken: one message with the path, nothing unpacked or read elsewhere."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ebdiag import sources
from ebdiag.errors import EbdiagError

DOWNLOADS = Path("/nowhere")


def png(width: int, height: int) -> bytes:
    """A few hundred bytes that claim to be so many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder that can be used: 100 grey images of 6×5."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(100):
        Image.new("L", (6, 5), index).save(folder / f"{index:03}.png")
    return folder


def truncated(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    Image.fromarray(noise).save(folder / "x.png")
    (folder / "x.png").write_bytes((folder / "x.png").read_bytes()[:400])


def link(folder: Path) -> None:
    Image.new("L", (6, 5)).save(folder.parent / "private.png")
    (folder / "x.png").symlink_to(folder.parent / "private.png")


def link_to_a_folder(folder: Path) -> None:
    (folder.parent / "private").mkdir()
    (folder / "x").symlink_to(folder.parent / "private")


HARM: dict[str, tuple[Callable[[Path], object], str]] = {
    "claims 50,000×50,000": (lambda f: (f / "x.png").write_bytes(png(50_000, 50_000)), r"x\.png: has too many pixels"),
    "claims 8,193×8,192": (
        lambda f: (f / "x.png").write_bytes(png(8_193, 8_192)),
        r"x\.png: has too many pixels\n  expected at most 67,108,864, got 8193×8192",
    ),
    "claims 10,000×10,000": (lambda f: (f / "x.png").write_bytes(png(10_000, 10_000)), "got 10000×10000"),
    "truncated": (truncated, r"x\.png: cannot be read as an image"),
    "of nothing": (lambda f: (f / "x.png").write_bytes(b""), r"x\.png: cannot be read as an image"),
    "PostScript": (
        lambda f: (f / "x.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 6 5\n%%EndComments\n"),
        r"x\.png: cannot be read as an image\n  got cannot identify image file",
    ),
    "floats": (lambda f: Image.new("F", (6, 5)).save(f / "x.tif"), "floating-point"),
    "a pipe": (lambda f: os.mkfifo(f / "x.png"), r"x\.png: cannot be read as an image\n  got no file"),
    "a link out": (link, r"x\.png: leads out of the folder of images\n.*got a link to .*/private\.png"),
    "a folder outside": (link_to_a_folder, r"x: leads out of the folder of images"),
    "a link to nothing": (lambda f: (f / "x.png").symlink_to(f / "gone.png"), "got a link to nothing"),
    "links in a circle": (lambda f: (f / "x.png").symlink_to(f / "x.png"), "got a link to nothing"),
    "a name with a line end": (lambda f: (f / "a\nerror: \x1b[m.png").write_bytes(b""), r"a error: �\[m\.png: cannot"),
    "a name that is no text": (lambda f: (f / os.fsdecode(b"\xff.png")).write_bytes(b""), r"�\.png: cannot be"),
}  # fmt: skip


@pytest.mark.parametrize("name", HARM)
def test_harm_in_a_folder_is_named(name: str, pictures: Path) -> None:
    """One message of at most three lines with the path; it can be printed whatever the file is called."""
    make, message = HARM[name]
    make(pictures)
    with pytest.raises(EbdiagError, match=message) as caught:
        sources.read(f"folder:{pictures}", DOWNLOADS)
    said = caught.value.render()
    assert str(pictures) in said
    assert len(said.encode().splitlines()) <= 3
    assert "\x1b" not in said


def test_links_that_stay_inside_are_images(pictures: Path) -> None:
    """A link to a file of the folder counts, one to a folder of it does not count its files twice."""
    (pictures / "again.png").symlink_to(pictures / "000.png")
    (pictures / "all").symlink_to(pictures)
    assert len(sources.folder_listing(f"folder:{pictures}")) == 101


def test_more_images_than_the_limit_are_refused(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit itself is allowed, one more is not, and listing ends there."""
    monkeypatch.setattr(sources, "MOST_IMAGES", 100)
    assert len(sources.folder_listing(f"folder:{pictures}")) == 100
    Image.new("L", (6, 5)).save(pictures / "more.png")
    with pytest.raises(EbdiagError, match="too many images\n  expected at most 100, got more"):
        sources.folder_listing(f"folder:{pictures}")


def test_more_pixels_than_memory_are_refused_before_any_is_read(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100 images of 6×5 in one channel are 3,000 bytes; the message says what they are."""
    monkeypatch.setattr(sources, "MOST_FOLDER_BYTES", 3_000)
    sources.read(f"folder:{pictures}", DOWNLOADS)
    monkeypatch.setattr(sources, "MOST_FOLDER_BYTES", 2_999)
    monkeypatch.setattr(sources, "_opaque", lambda picture: pytest.fail("a pixel was read"))
    with pytest.raises(EbdiagError, match=r"too many or too large\n.*100 of 6×5"):
        sources.read(f"folder:{pictures}", DOWNLOADS)


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".gz"])
def test_archives_are_not_read(suffix: str, tmp_path: Path) -> None:
    """The message says what to do."""
    packed = tmp_path / f"pictures{suffix}"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../escaped.png", png(6, 5))
    with pytest.raises(EbdiagError, match=r"expected a folder of images, got an archive -- .* unpack it") as caught:
        sources.read(f"folder:{packed}", DOWNLOADS)
    assert caught.value.file == str(packed)
    assert [path.name for path in tmp_path.rglob("*")] == [packed.name]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16"])
def test_every_mode_is_read_or_refused(mode: str, pictures: Path) -> None:
    """Whatever a TIFF can hold gives bytes of the folder's shape; the others stay as they were."""
    Image.new(mode, (6, 5)).save(pictures / "x.tif")
    found = sources.read(f"folder:{pictures}", DOWNLOADS)
    assert len(found.train) + len(found.held_out) == 101
    assert found.train.dtype == np.uint8
