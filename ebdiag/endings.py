"""What a finished job of training left → its Run, however it ended."""

from __future__ import annotations

from dataclasses import replace

from .execute import Outcome
from .records import Run, RunSpec, RunStatus, blamed
from .store import Store


def ended(store: Store, spec: RunSpec, outcome: Outcome, logged: str | None = None) -> Run:
    """The run of a spec whose job has ended, from what it left in the store.

    Args:
        logged: The trajectory whose log its worker wrote, if that is another's.

    Raises:
        RuntimeError: It ended with a mistake of ours.
    """
    folder, answer = store.folder(spec.trajectory), outcome.value or {}
    if outcome.status == "done" and answer.get("status") != "crashed":
        finished = store.load_run(spec)
        assert finished is not None, f"run {spec.id} ended without leaving its files in {folder.path}"
        return replace(finished, trained=answer["trained"])
    if outcome.status == "broken":
        raise RuntimeError(f"{spec.side}, seed {spec.seed}: {outcome.reason}")
    status: RunStatus = "timeout" if outcome.status == "timeout" else "crashed"
    measures = tuple(folder.measured(spec))
    steps = answer.get("steps", measures[-1].step if measures else 0)
    known = [outcome.reason, store.folder(logged or spec.trajectory).log_tail()]
    reason = answer.get("reason") or "; the end of its log: ".join(filter(None, known))
    line = answer.get("line") or blamed(outcome.stack, spec.recipe.variants)
    return Run(spec, status, steps, reason, line, measures, folder=str(folder.path))
