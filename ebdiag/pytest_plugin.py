"""A fixture for pytest that compares two models and holds the report against a bar.

    def test_my_model_is_as_good_as_the_reference(ebdiag_compare):
        ebdiag_compare("ref:ebgan_pt", "mine.py", budget="quick").assert_bar("bars.toml")

Loaded by pytest wherever ebdiag is installed; imports torch only when something is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .gate import Gate
    from .result import Result


@dataclass(frozen=True)
class Compared:
    """A finished comparison: its result, and the folder of its report."""

    result: Result
    report: Path

    def judge(self, bar: str | Path, against: str | Path | None = None) -> Gate:
        """The judgement by a bar file.

        Args:
            bar: Path of the file.
            against: Folder of the last accepted report: relative bars compare with its model.

        Raises:
            EbdiagError: The bar file cannot be read or asks for nothing, or there is no such report.
        """
        from . import bars
        from .gate import judge
        from .result import Result

        last = None if against is None else Result.load(against)
        return judge(self.result, bars.read(Path(bar)), last, last_name=None if against is None else str(against))

    def assert_bar(self, bar: str | Path, against: str | Path | None = None) -> None:
        """Fail the test with the table of bars if one is missed or a run failed; skip it if that cannot be told.

        What cannot be told is decided by `on_inconclusive` of the bar file: `report` skips, `fail` fails, `pass`
        passes.

        Args:
            bar, against: As of `judge`.
        """
        __tracebackhide__ = True
        gate = self.judge(bar, against)
        if gate.exit_code == 0:
            return
        from .gate_table import text

        told = f"{text(gate)}\n\nreport: {self.report / 'report.html'}"
        if gate.exit_code == 3:
            pytest.skip(told)
        pytest.fail(told, pytrace=False)


@pytest.fixture
def ebdiag_compare(tmp_path: Path) -> Callable[..., Compared]:
    """Compare two models as `ebdiag.compare` does, with its options; the report goes to `tmp_path` unless `out`."""

    def compare(ref: str | Path, mine: str | Path, *, out: str | Path | None = None, **options: Any) -> Compared:
        import ebdiag

        folder = Path(out) if out is not None else tmp_path / "ebdiag-report"
        return Compared(ebdiag.compare(ref, mine, out=folder, **{"progress": False, **options}), folder)

    return compare
