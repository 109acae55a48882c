"""What `pip install` brings along."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_models_nets_and_templates_are_in_the_wheel(unpacked: Path) -> None:
    """`ref:ebgan_pt`, the feature net, the page and the variant template come with the package."""
    files = {str(path.relative_to(unpacked / "ebdiag")) for path in (unpacked / "ebdiag").rglob("*") if path.is_file()}
    expected = {
        "assets/digits-lenet.safetensors",
        "assets/reference_models/ebgan_pt.py",
        "assets/reference_models/ebgan_infogan.py",
        "assets/reference_models/ebgan_paper_mlp.py",
        "assets/reference_models/ebgan_conv64.py",
        "templates/report.html.j2",
        "templates/report.md.j2",
        "templates/report.css",
        "templates/variant.py.txt",
    }
    assert expected <= files
    assert not any(name.startswith("tests") for name in files)


def test_reference_models_load_from_the_installed_package(unpacked: Path, tmp_path: Path) -> None:
    """Away from the checkout, `ref:NAME` is the file in the wheel."""
    code = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r})\n"
        "import ebdiag; from ebdiag.load import load\n"
        f"assert ebdiag.__file__.startswith({str(unpacked)!r}), ebdiag.__file__\n"
        "print(load('ref:ebgan_pt').files['ebgan_pt.py'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (ROOT / "reference_models" / "ebgan_pt.py").read_text().strip()
