"""new: the file to start from is a variant, and what its comments show is what happens without them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ebdiag.errors import EbdiagError
from ebdiag.kinds.gan import CONFIG_DEFAULTS, FUNCTIONS, METHODS
from ebdiag.load import load
from ebdiag.new import write_template

TOLERANCE = 1e-6
"""float32 rounding of means over 784 pixels."""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A freshly written template."""
    file = tmp_path / "mine.py"
    write_template(str(file))
    return file


def uncommented(text: str) -> str:
    """The template with every override made real."""
    head, mark, tail = text.partition("# ---- Overrides")
    return head + mark + re.sub(r"(?m)^# ?(?=def |class |    |\)|$)", "", tail)


def test_the_template_is_a_variant_without_overrides(template: Path) -> None:
    """It loads; only its nets and settings are its own."""
    parts = load(str(template)).parts
    assert parts["generator"].line
    assert parts["discriminator"].line
    for part in ("energy", "pull_away", "initialise", "generator_loss", "objective", "train_step"):
        assert parts[part].source == "default"


def test_the_template_shows_every_setting_with_its_default(template: Path) -> None:
    """Every field of the contract's Config stands there with the value that it has when left out."""
    tree = ast.parse(template.read_text())
    config = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Config")
    shown = {
        node.target.id: ast.literal_eval(node.value)
        for node in config.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }
    assert {name: shown[name] for name in CONFIG_DEFAULTS} == CONFIG_DEFAULTS


def test_every_override_is_shown_with_its_signature(template: Path) -> None:
    """Uncommented, the file defines all overrides with the contract's own parameters, and loads."""
    text = uncommented(template.read_text())
    template.write_text(text)
    tree = ast.parse(text)
    defined = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for name, arguments in FUNCTIONS.items():
        node = defined[name]
        assert isinstance(node, ast.FunctionDef)
        assert tuple(argument.arg for argument in node.args.args) == arguments
    methods = {node.name: node for node in defined["Objective"].body if isinstance(node, ast.FunctionDef)}
    for name, arguments in METHODS.items():
        assert tuple(argument.arg for argument in methods[name].args.args) == ("self", *arguments)
    parts = load(str(template)).parts
    assert all(part.line for part in parts.values())


def test_the_overrides_shown_are_the_defaults(template: Path) -> None:
    """Uncommented, `energy`, `pull_away` and both losses compute what ebdiag computes without them."""
    import torch

    from ebdiag import defaults

    space: dict[str, object] = {"__name__": "variant"}
    text = uncommented(template.read_text()).replace("@dataclass(frozen=True)", "")
    exec(compile(text, "mine.py", "exec", dont_inherit=True), space)
    torch.manual_seed(0)
    config, images = space["Config"](), torch.rand(6, 1, 28, 28) * 2 - 1  # type: ignore[operator]
    discriminator = space["Discriminator"](config)  # type: ignore[operator]
    fake = space["Generator"](config)(torch.randn(6, config.latent_dim))  # type: ignore[operator]
    assert fake.shape == images.shape
    standard = defaults.Objective(defaults.energy, defaults.pull_away, lambda output: output)
    own = space["Objective"](config)  # type: ignore[operator]
    for name, arguments in (
        ("discriminator_loss", (discriminator, images, fake, config)),
        ("generator_loss", (discriminator, fake, config)),
    ):
        expected = getattr(standard, name)(*arguments)
        for shown in (space[name](*arguments), getattr(own, name)(*arguments)):  # type: ignore[operator]
            assert shown.keys() == expected.keys()
            for term, value in expected.items():
                assert shown[term].item() == pytest.approx(value.item(), abs=TOLERANCE)


def test_nothing_is_overwritten(template: Path) -> None:
    """An existing file is left as it is, and the message says what to do."""
    template.write_text("mine")
    with pytest.raises(EbdiagError) as caught:
        write_template(str(template))
    assert str(caught.value) == (
        f"{template}: is there already and is never overwritten\n  choose another name, or move it away"
    )
    assert template.read_text() == "mine"


def test_places_where_no_variant_can_be_written(tmp_path: Path) -> None:
    """A wrong ending and a missing folder are named."""
    with pytest.raises(EbdiagError, match=r"a variant is a Python file\n  expected a name ending in .py, got 'a.txt'"):
        write_template(str(tmp_path / "a.txt"))
    with pytest.raises(EbdiagError, match=r"cannot be written\n  expected a folder .*, got none -- make the folder"):
        write_template(str(tmp_path / "none" / "a.py"))
