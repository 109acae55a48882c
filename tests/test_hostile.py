"""Files that cannot be understood, or mean harm: one message with the reason, nothing written, nobody left behind."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from workers import workers

from ebdiag.adopt import Reader
from ebdiag.errors import EbdiagError
from ebdiag.execute import LocalExecutor
from ebdiag.store import Store

LIMIT_S = 6.0
"""Patience with a script that hangs; people wait 50 s."""

SCRIPT = """
import os, shutil, subprocess, socket, sys, threading, urllib.request
import ctypes
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
{top}
Z = {setting}

class G(nn.Module):
    {body}
    def __init__(self):
        super().__init__()
        {init}
        self.f = nn.Linear(Z, 784)

    def forward(self, z):
        {forward}
        return torch.tanh(self.f(z)).view(-1, 1, 28, 28)


class D(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(784, 8), nn.Linear(8, 784)

    def forward(self, x):
        return self.b(self.a(x.flatten(1))).view_as(x)


g, d = G(), D()
og, od = torch.optim.Adam(g.parameters()), torch.optim.Adam(d.parameters())
tf = {transform}
loader = DataLoader(datasets.MNIST("data", transform=tf), batch_size={batch}, shuffle=True)
for epoch in range(3):
    for x, _ in loader:
        fake = g(torch.randn(x.size(0), Z))
        loss = (d(x) - x).pow(2).mean() + torch.relu(1.5 - (d(fake.detach()) - fake.detach()).pow(2).mean())
        od.zero_grad()
        loss.backward()
        od.step()
        loss = (d(fake) - fake).pow(2).mean()
        og.zero_grad()
        loss.backward()
        og.step()
"""

PLAIN = {
    "top": "", "setting": "5", "body": "pass", "init": "pass", "forward": "pass",
    "transform": "transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])", "batch": "16",
}  # fmt: skip

FORBIDDEN = "a script may not"

BROKEN = {
    "empty": ("", "the file is empty"),
    "blank": ("\n\n   \n", "the file is empty"),
    "comments": ("# nothing here\n# at all\n", "the file is empty"),
    "syntax": ("import torch\nfor x in range(3)\n    pass\n", "syntax error"),
    "half_a_bracket": ("import torch\nx = (1,\n", "syntax error"),
    "tabs_and_spaces": ("def f():\n\tx = 1\n        y = 2\n", "syntax error"),
    "html": ("<!DOCTYPE html>\n<html><body>Sign in to GitHub</body></html>\n", "syntax error"),
    "prose": ("This is my EBGAN. It does not work and I do not know why.\n", "syntax error"),
    "no_loop": ("import torch\nprint(torch.randn(3))\n", "no training loop was found"),
    "classifier": (
        "import torch\nnet = torch.nn.Linear(3, 1)\nopt = torch.optim.SGD(net.parameters(), 0.1)\n"
        "for x, y in data:\n    loss = (net(x) - y).pow(2).mean()\n    loss.backward()\n    opt.step()\n",
        "generator was not found",
    ),
    "calls_itself": (
        "import torch\ndef train(n):\n    loss = torch.zeros(())\n    train(n - 1)\n    loss.backward()\ntrain(3)\n",
        "the training loop calls itself",
    ),
    "deep_brackets": (f"x = {'(' * 3000}1{')' * 3000}\n", "nested too deeply"),
    "deep_blocks": ("".join(f"{' ' * i}if x:\n" for i in range(900)) + " " * 900 + "pass\n", "nested too deeply"),
    "deep_operators": (f"x = {'-' * 5000}1\nprint(x)\n", "nested too deeply"),
    "ten_megabytes": ("x = 1\n" * 1_700_000, "too large"),
    "two_megabytes_in_a_row": (f"x = '{'a' * 2_000_000}'\nprint(x)\n", "too large"),
}

NO_TEXT = {
    "binary.py": (bytes(range(256)) * 40, "cannot be read as Python source"),
    "latin_one.py": (
        b"# -*- coding: utf-8 -*-\nprint('\xe9t\xe9')\n",
        "cannot be read as Python source",
    ),
    "utf_sixteen.py": ("import torch\nprint(1)\n".encode("utf-16"), "cannot be read as Python source"),
    "null_bytes.py": (b"import torch\nx = 1\x00\nprint(x)\n", "syntax error"),
    "unknown_coding.py": (b"# -*- coding: klingon -*-\nprint(1)\n", "cannot be read as Python source"),
    "not_json.ipynb": (b"{nothing", "is not a notebook"),
    "a_list.ipynb": (b"[1, 2, 3]", "is not a notebook"),
    "no_cells.ipynb": (b'{"nbformat": 4}', "is not a notebook"),
    "deep_json.ipynb": (b"[" * 100_000, "is not a notebook"),
    "only_words.ipynb": (b'{"cells": [{"cell_type": "markdown", "source": "# EBGAN"}]}', "the file is empty"),
}

HARMFUL = {
    "loop_in_a_class": ({"body": "while True: pass"}, "no sign of life"),
    "loop_in_forward": ({"forward": "while True: pass"}, "no sign of life"),
    "sleeps": ({"setting": "__import__('time').sleep(10**6) or 5"}, "no sign of life"),
    "leaves": ({"setting": "sys.exit(0) or 5"}, "raised SystemExit: 0"),
    "leaves_at_once": ({"init": "os._exit(3)"}, "ended with exit status 3"),
    "kills_itself": ({"init": "ctypes.string_at(0)"}, "ended with signal SIGSEGV"),
    "deletes_a_file": ({"init": "os.remove({victim!r})"}, FORBIDDEN),
    "deletes_a_folder": ({"init": "shutil.rmtree({folder!r})"}, FORBIDDEN),
    "writes_elsewhere": ({"body": "open({victim!r}, 'w').write('gone')"}, FORBIDDEN),
    "writes_by_descriptor": ({"init": "os.write(os.open({victim!r}, os.O_WRONLY | os.O_TRUNC), b'gone')"}, FORBIDDEN),
    "renames": ({"forward": "os.rename({victim!r}, {victim!r} + '.bak')"}, FORBIDDEN),
    "a_shell": ({"init": "os.system('echo gone > ' + {victim!r})"}, FORBIDDEN),
    "a_program": ({"init": "subprocess.run(['rm', {victim!r}])"}, FORBIDDEN),
    "forks": ({"init": "os.fork()"}, FORBIDDEN),
    "calls_home": ({"init": "socket.create_connection(('127.0.0.1', {port}), 2).close()"}, FORBIDDEN),
    "downloads": ({"setting": "len(urllib.request.urlopen('http://127.0.0.1:{port}/').read()) or 5"}, FORBIDDEN),
    "past_python": (
        {"init": "assert ctypes.CDLL(None).unlink({victim!r}.encode()) == 0, 'the kernel said no'"},
        "the kernel said no",
    ),
    "eats_memory": ({"init": "self.x = np.ones(10**12)"}, "MemoryError"),
    "recurses": ({"init": "f = lambda: f(); f()"}, "RecursionError"),
    "raises": ({"forward": "raise ValueError('my mistake')"}, "ValueError: my mistake"),
    "threads": ({"init": "threading.Thread(target=exec, args=('while True: pass',)).start(); 1 / 0"}, "ZeroDivision"),
    "no_batch_size": ({"batch": "len(undefined)"}, "the batch size was not found"),
    "wrong_shapes": ({"forward": "z = z[:, :2]"}, "the generator raised on latents"),
    "no_images": ({"forward": "return 3"}, "the generator does not return images"),
}  # fmt: skip


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Reads scripts with little patience."""
    return Reader(Store(tmp_path_factory.mktemp("hostile") / "store"), LocalExecutor(1), "mnist5k", limit_s=LIMIT_S)


@pytest.fixture(scope="module")
def home() -> Iterator[tuple[int, list[object]]]:
    """A server that nobody may reach; (port, who did)."""
    server = socket.create_server(("127.0.0.1", 0))
    came: list[object] = []

    def listen() -> None:
        while True:
            try:
                came.append(server.accept())
            except OSError:
                return

    threading.Thread(target=listen, daemon=True).start()
    yield server.getsockname()[1], came
    server.close()


def refused(reader: Reader, file: Path) -> EbdiagError:
    """The one message about a file; it takes no longer than the limit and a start of a worker."""
    began = time.monotonic()
    with pytest.raises(EbdiagError) as caught:
        reader.read(str(file))
    assert time.monotonic() - began < 60
    assert caught.value.exit_code == 2
    assert str(file) in str(caught.value)
    return caught.value


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_reason(reader: Reader, name: str, tmp_path: Path) -> None:
    """Not Python, no script, too deep or too large: the reason, and the line where there is one."""
    text, reason = BROKEN[name]
    file = tmp_path / f"{name}.py"
    file.write_text(text)
    error = refused(reader, file)
    assert reason in str(error)
    assert error.line is not None or reason in ("the file is empty", "too large", "no training loop was found")


@pytest.mark.parametrize("name", NO_TEXT)
def test_what_is_no_text_or_no_notebook_is_refused(reader: Reader, name: str, tmp_path: Path) -> None:
    """Binary junk, wrong encodings, JSON of another kind or none."""
    content, reason = NO_TEXT[name]
    file = tmp_path / name
    file.write_bytes(content)
    assert reason in str(refused(reader, file))


@pytest.mark.parametrize("name", HARMFUL)
def test_a_harmful_script_harms_nobody(
    reader: Reader, name: str, tmp_path: Path, home: tuple[int, list[object]]
) -> None:
    """It is refused with the reason; the files beside it are as they were, nobody was called, no process is left."""
    changed, reason = HARMFUL[name]
    folder = tmp_path / "home"
    folder.mkdir()
    victim = folder / "thesis.txt"
    victim.write_text("years of work")
    where = {"victim": str(victim), "folder": str(folder), "port": home[0]}
    file = tmp_path / f"{name}.py"
    file.write_text(SCRIPT.format(**PLAIN | {key: text.format(**where) for key, text in changed.items()}))
    error = refused(reader, file)
    assert reason in str(error), error
    assert victim.read_text() == "years of work"
    assert sorted(path.name for path in folder.iterdir()) == ["thesis.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["home", file.name])
    assert not home[1]
    _, left = psutil.wait_procs(workers(), timeout=10)  # one that was just killed gets a moment
    assert not left


def test_the_same_script_without_harm_is_read(reader: Reader, tmp_path: Path) -> None:
    """The refusals above are not of the script around the harm."""
    file = tmp_path / "plain.py"
    file.write_text(SCRIPT.format(**PLAIN))
    assert reader.read(str(file)).script is not None


def test_statements_that_training_does_not_need_never_run(reader: Reader, tmp_path: Path) -> None:
    """An endless loop, an exit and a deletion at import are left out, each with its reason."""
    victim = tmp_path / "thesis.txt"
    victim.write_text("years of work")
    top = f"os.remove({str(victim)!r})\nwhile True:\n    break\nos.system('echo hello')\nsys.exit(1)"
    file = tmp_path / "busy.py"
    file.write_text(SCRIPT.format(**PLAIN | {"top": top}))
    script = reader.read(str(file)).script
    assert script is not None
    assert {"sys.exit(1)", "os.system('echo hello')", "while True:"} <= {text for _, text, _ in script.left_out}
    assert victim.read_text() == "years of work"


@pytest.mark.parametrize("name", ["no_loop", "prose"])
def test_the_command_line_says_it_in_one_message(name: str, tmp_path: Path) -> None:
    """Exit code 2, the message on stderr, no traceback."""
    file = tmp_path / "mine.py"
    file.write_text(BROKEN[name][0])
    done = subprocess.run(
        [sys.executable, "-m", "ebdiag.cli", "lint", str(file), "--fast"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {file}")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3
