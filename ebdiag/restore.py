"""Weights from a file into the nets, by name and shape; nothing is skipped in silence."""

from __future__ import annotations

import pickle
import pickletools
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from .crafts import Made
from .errors import EbdiagError

ROLES = {
    "generator": ("generator", "netg", "gen", "g", "generator_state_dict", "g_state_dict", "model_g"),
    "discriminator": ("discriminator", "netd", "disc", "d", "discriminator_state_dict", "d_state_dict", "model_d"),
    "encoder": ("encoder", "model", "net", "enc", "encoder_state_dict", "model_state_dict"),
}
"""Names under which checkpoints keep each net, lower case."""

KEYS = {"generator": ("generator", "netG"), "discriminator": ("discriminator", "netD"), "encoder": ("encoder", "model")}
"""Those that people are told."""


def restore(built: Made, path: str, copy: str | None = None) -> list[str]:
    """Load a checkpoint into the nets; returns one sentence for each thing that did not match.

    Args:
        path: safetensors, a saved `state_dict`, or a checkpoint dictionary that holds state dicts.
        copy: Where its content lies, if not there.

    Raises:
        EbdiagError: It is not a file of tensors (a pickled module, say), or nothing in it matches.
    """
    found = _by_role(_read(Path(path), Path(copy or path)), path, built.nets)
    notes: list[str] = []
    for role, net in built.nets.items():
        state = found.get(role)
        if state is None:
            notes.append(f"{path} holds no weights for the {role}: it keeps its initial ones")
            continue
        notes += _fill(net, state, role, path)
    return notes


def _read(path: Path, place: Path) -> Any:
    """The tensors of the file at `place`, which a person knows as `path`."""
    try:
        if path.suffix == ".safetensors":
            return load_file(place)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of protocols that it might not read, and then does or refuses
            return torch.load(place, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise EbdiagError("the checkpoint does not exist", file=str(path)) from None
    except pickle.UnpicklingError as error:
        reason = " ".join(str(error).split())
        named = reason.split("Unsupported global: GLOBAL ")[-1].split(" ")[0]
        what = named if "Unsupported global" in reason else _calls(place)
        if what is None:
            raise _unreadable(path, "a file that is no archive of tensors") from None
        raise EbdiagError(
            "the checkpoint is refused: reading it would run code",
            file=str(path),
            expected="tensors only: safetensors or torch.save(net.state_dict(), file)",
            got=f"a pickled object of {what}",
            hint="load it where you trust it and save net.state_dict() instead",
        ) from None
    except (safetensors.SafetensorError, RuntimeError, EOFError, ValueError, zipfile.BadZipFile, OSError) as error:
        empty = place.is_file() and not place.stat().st_size
        raise _unreadable(path, "an empty file" if empty else " ".join(str(error).split())[:200]) from None


def _calls(path: Path) -> str | None:
    """The first thing that a plain pickle would call when it is read; None where it is no pickle, or calls nothing."""
    texts: list[str] = []
    try:
        for code, argument, _ in pickletools.genops(path.read_bytes()):
            if code.name == "GLOBAL" and isinstance(argument, str):
                return argument.replace(" ", ".")
            if code.name == "STACK_GLOBAL" and len(texts) > 1:
                return ".".join(texts[-2:])
            if isinstance(argument, str):
                texts.append(argument)
    except (ValueError, IndexError, UnicodeDecodeError):
        pass
    return None


def _unreadable(path: Path, got: str) -> EbdiagError:
    return EbdiagError(
        "the checkpoint cannot be read", file=str(path), expected="safetensors or a file written by torch.save", got=got
    )


def _by_role(content: Any, path: str, nets: Mapping[str, nn.Module]) -> dict[str, dict[str, Tensor]]:
    """State dicts of the nets, however the checkpoint nests or prefixes them.

    A group of tensors belongs to the net that its name says; where no name says it, to the net that it fits.
    """
    groups = _groups(content) if isinstance(content, Mapping) else {}
    found: dict[str, dict[str, Tensor]] = {}

    def fit(role: str, state: Mapping[str, Tensor]) -> int:
        return fits(nets[role], _named_like(nets[role], state))

    for role in nets:
        known = ROLES[role]
        named = [state for name, state in groups.items() if name.rpartition(".")[2].lower() in known]
        if named:
            found[role] = max(named, key=lambda state: fit(role, state))
    for role in nets:
        if role in found:
            continue
        free = [state for state in groups.values() if not any(state is taken for taken in found.values())]
        best = max(free, key=lambda state: fit(role, state), default=None)
        if best is not None and fit(role, best) and all(fit(role, best) >= fit(other, best) for other in nets):
            found[role] = best
    if not found:
        kind = type(content).__name__
        names = ", ".join(map(str, list(content)[:8])) if isinstance(content, Mapping) else ""
        *first, last = (key for role in nets for key in KEYS[role])
        raise EbdiagError(
            f"the checkpoint holds no state dict of {'an' if 'encoder' in nets else 'a'} {' or '.join(nets)}",
            file=path,
            expected=f"a key such as {', '.join(first)} or {last}, or tensors that fit "
            f"{'one of them' if len(nets) > 1 else 'it'}",
            got=f"a {kind}" + (f" with the keys {names}" if names else ""),
        )  # fmt: skip
    return found


def _groups(content: Mapping[Any, Any], name: str = "") -> dict[str, dict[str, Tensor]]:
    """Every set of tensors in a checkpoint: of each dictionary in it, and of each prefix that its keys share."""
    found: dict[str, dict[str, Tensor]] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            found |= _groups(value, f"{name}.{key}" if name else str(key))
    flat = {str(key): value for key, value in content.items() if isinstance(value, Tensor)}
    if flat:
        found[name] = flat
    shared = _shared(list(flat))
    if flat and shared is not None:
        return found | _groups({key.removeprefix(shared): value for key, value in flat.items()}, name)
    for prefix in sorted({key.split(".", 1)[0] for key in flat if "." in key}):
        inside = {key.split(".", 1)[1]: value for key, value in flat.items() if key.startswith(f"{prefix}.")}
        if len(inside) < len(flat):
            found[f"{name}.{prefix}" if name else prefix] = inside
    return found


def _named_like(net: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under the net's names, where only prefixes of wrappers differ: `module.`, `model.`, `net.`."""
    forms: list[dict[str, Tensor]] = [dict(state)]
    while forms[-1] and (prefix := _shared(list(forms[-1]))) is not None:
        forms.append({name.removeprefix(prefix): value for name, value in forms[-1].items()})
    wrapped = _shared(list(net.state_dict()))
    if wrapped is not None:
        forms += [{f"{wrapped}{name}": value for name, value in form.items()} for form in list(forms)]
    return max(forms, key=lambda form: fits(net, form))


def _shared(names: list[str]) -> str | None:
    """The prefix, dot included, that all names share."""
    first = {name.split(".", 1)[0] for name in names}
    return f"{first.pop()}." if len(first) == 1 and all("." in name for name in names) else None


def _fill(net: nn.Module, state: dict[str, Tensor], role: str, path: str) -> list[str]:
    own = net.state_dict()
    state = _named_like(net, state)
    notes, matched = [], 0
    for name, tensor in own.items():
        given = state.get(name)
        if given is None:
            notes.append(f"{role}.{name} {tuple(tensor.shape)} is not in {path}: it keeps its initial value")
        elif given.shape != tensor.shape:
            notes.append(
                f"{role}.{name} has shape {tuple(tensor.shape)}, {path} has {tuple(given.shape)}: "
                "it keeps its initial value"
            )
        else:
            with torch.no_grad():
                tensor.copy_(given)
            matched += 1
    notes += [f"{path} has {role}.{name}, which the net has not: left out" for name in state if name not in own]
    if not matched:
        raise EbdiagError(
            f"nothing in the checkpoint fits the {role}", file=path,
            expected=", ".join(f"{n} {tuple(t.shape)}" for n, t in list(own.items())[:3]) + " …",
            got=", ".join(f"{n} {tuple(t.shape)}" for n, t in list(state.items())[:3]) + " …",
        )  # fmt: skip
    return notes


def fits(net: nn.Module, state: Mapping[str, Tensor]) -> int:
    """How many tensors of a state dict match a net by name and shape."""
    own = net.state_dict()
    return sum(name in own and own[name].shape == value.shape for name, value in state.items())
