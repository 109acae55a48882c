"""Who may import whom: the promises that keep start-up fast and the spine readable."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ebdiag

PACKAGE = Path(ebdiag.__file__).parent
STAGES = ("load", "plan", "execute", "inspect", "ladder", "train", "measure", "diagnose", "judge", "trace", "report")
TORCH_FREE = (
    "records", "errors", "load", "plan", "judge", "stats", "result", "report", "store",
    "cli", "pipeline", "survey", "execute", "differences", "schema", "traces", "trace", "assemble",
    "display", "words", "evidence", "figures", "jobs", "watch", "device", "data", "climb",
    "diagnose", "rules", "lint", "lines", "handbook", "changes", "bonds", "seams", "verdicts",
    "notebook", "glance", "progress", "templating", "outcomes", "search", "hypotheses", "swapping", "tracing",
    "bench", "mend", "overrides", "gauges", "panels", "pair_panels", "endings", "index", "where", "runs", "runs_table",
    "sweeps.spine", "sweep_display",
)  # fmt: skip
HEAVY = ("torch", "torchvision", "seaborn", "matplotlib", "pandas", "sklearn", "scipy.stats")


def imports(path: Path) -> set[str]:
    """Names of ebdiag's own modules that a file imports anywhere, and absolute names of others."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level or module.startswith("ebdiag"):
                own = module.removeprefix("ebdiag").lstrip(".")
                found |= {f"ebdiag.{own}"} if own else {f"ebdiag.{alias.name}" for alias in node.names}
            else:
                found.add(module)
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_stages_do_not_import_each_other(stage: str) -> None:
    """A stage hands on records; who calls whom is the pipeline's and the worker's business."""
    others = {f"ebdiag.{other}" for other in STAGES if other != stage}
    assert not imports(PACKAGE / f"{stage}.py") & others


def test_what_the_parent_imports_loads_without_torch() -> None:
    """A fresh interpreter that imports all of it has neither torch nor anything else that is heavy."""
    code = "import sys\n" + "".join(f"import ebdiag.{name}\n" for name in TORCH_FREE)
    code += f"print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_imports_nothing_heavy() -> None:
    """`ebdiag --help` and every command's help load neither torch nor seaborn nor the rest of ebdiag."""
    for arguments in (
        ["--help"],
        ["compare", "--help"],
        ["lint", "--help"],
        ["report", "--help"],
        ["new", "--help"],
        ["rules", "--help"],
        ["runs", "--help"],
        ["sweep", "--help"],
    ):
        code = (
            "import sys, ebdiag.cli\n"
            f"sys.argv = ['ebdiag', *{arguments!r}]\n"
            "try:\n    ebdiag.cli.main()\nexcept SystemExit as end:\n    assert not end.code\n"
            f"heavy = {(*HEAVY, 'numpy', 'ebdiag.pipeline')!r}\n"
            "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stderr.strip() == "[]", done.stderr
        assert "Usage" in done.stdout


def test_only_the_terminal_knows_typer_and_rich() -> None:
    """typer in cli.py, rich in the terminal, the displays and the tables of the gate and of runs, nowhere else."""
    shown = ("display.py", "gate_table.py", "runs_table.py", "sweep_display.py", "terminal.py")
    allowed = {"cli.py": {"typer"}} | {name: {"rich"} for name in shown}
    for path in PACKAGE.rglob("*.py"):
        used = {name.split(".")[0] for name in imports(path)} & {"typer", "rich"}
        assert used <= allowed.get(path.name, set()), path


def test_models_never_import_ebdiag() -> None:
    """Reference and user models, and those of sweeps, are plain PyTorch."""
    root = PACKAGE.parent
    models = [path for name in ("reference_models", "user_models", "sweeps") for path in (root / name).glob("*.py")]
    assert len(models) >= 11
    for path in models:
        assert not any(name.startswith("ebdiag") for name in imports(path)), path
