"""Why a statement of a script is no part of training, by what it calls."""

from __future__ import annotations

import ast

from .look import SCHEDULERS
from .outline import calls, method, place


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REASONS: tuple[tuple[str, frozenset[str]], ...] = (
    ("plotting", _words(
        "plot show imshow figure savefig subplot subplots title legend axis plt imsave xlabel ylabel close"
        " subplots_adjust tight_layout pause ion"
    )),
    ("writing files", _words(
        "save save_image makedirs mkdir dump to_csv write mimsave export savez add_scalar add_image add_images"
        " add_scalars SummaryWriter open"
    )),
    ("printing", _words("print set_description set_postfix info tqdm log pprint summary debug write_line")),
    ("reading arguments", _words("add_argument parse_args parse_known_args ArgumentParser")),
    ("a download", _words(
        "MNIST FashionMNIST CIFAR10 ImageFolder urlretrieve load_data download SVHN CelebA load_dataset fetch_openml"
    )),
    ("mounting a drive", _words("mount")),
    ("seeding, which ebdiag does", _words("manual_seed manual_seed_all seed deterministic")),
    ("a learning rate schedule", SCHEDULERS | {"step_lr"}),
    ("restoring weights; give --restore-mine", _words("load_state_dict")),
    ("moving to a device", _words("cuda to device DataParallel set_device empty_cache")),
)  # fmt: skip


def short(node: ast.AST) -> str:
    """The first row of a statement, cut to what a line of output holds."""
    row = ast.unparse(node).split("\n")[0]
    return row if len(row) <= 70 else f"{row[:69]}…"


def reason(node: ast.AST) -> str:
    """Why a statement is left out."""
    called = {part for call in calls(node) for part in place(call.func).split(".")} | {method(c) for c in calls(node)}
    return next((why for why, names in REASONS if called & names), "no part of training")
