"""Writes a commented variant to start from (`ebdiag new FILE`)."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from .errors import EbdiagError


def write_template(path: str) -> None:
    """Write a compact EBGAN that works, with every override of the contract as a comment.

    Args:
        path: The file to make; its folder must exist.

    Raises:
        EbdiagError: There is a file already, no such folder, or the name does not end in .py.
    """
    file = Path(path)
    if file.suffix != ".py":
        raise EbdiagError(
            "a variant is a Python file", file=path, expected="a name ending in .py", got=f"'{file.name}'"
        )
    if not file.parent.is_dir():
        raise EbdiagError(
            "cannot be written", file=path, expected=f"a folder {file.parent}", got="none", hint="make the folder first"
        )
    text = (resources.files("ebdiag") / "templates" / "variant.py.txt").read_text(encoding="utf-8")
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(text)
    except FileExistsError as error:
        raise EbdiagError(
            "is there already and is never overwritten", file=path, hint="choose another name, or move it away"
        ) from error
    except OSError as error:
        raise EbdiagError("cannot be written", file=path, got=error.strerror) from error
