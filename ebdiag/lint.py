"""`ebdiag lint`: everything that can be said about two variants without training them.

load → survey (data, facts) → ladders → diagnose, as a comparison begins; what it finds is stored for one.
"""

from __future__ import annotations

from . import device, kinds, words
from .adopt import Reader
from .assemble import before_training
from .climb import Ladders
from .execute import Executor, LocalExecutor
from .overrides import Overrides
from .records import Side, Variant
from .result import Lint
from .store import Store
from .survey import Survey
from .watch import Silent, Watcher


def lint(
    ref: str,
    mine: str,
    *,
    dataset: str,
    ladder: bool,
    watcher: Watcher,
    overrides: Overrides | None = None,
    executor: Executor | None = None,
) -> Lint:
    """Look at two variants, and try their nets.

    Args:
        overrides: What stands in mine for this look.
        executor: What looks and tries; this machine if left out.
        ladder: Climb the sanity ladder, which takes seconds unless it is stored.

    Raises:
        EbdiagError: A file cannot be read or cannot run, or the data set is unknown.
    """
    store, executor = Store(), executor or LocalExecutor()
    survey = Survey(store, executor, watcher)
    data = survey.data(dataset)
    reader = Reader(store, executor, dataset)
    variants: dict[Side, Variant] = {"ref": reader.read(ref), "mine": reader.read(mine, overrides)}
    kind = kinds.check_alike(variants["ref"].kind, variants["mine"].kind, paths=(ref, mine))
    data = kind.judged_by(data)
    environment = device.environment(machine=executor.machine())
    facts = survey.facts(variants, data, environment)
    if ladder:
        ladders = Ladders(store, variants, data, environment)
        if ladders.tasks:
            watcher.say(words.say("ladder climbed"))
            ladders.ended(executor.map(ladders.tasks, ladders.listening(Silent())))
        facts = ladders.facts(facts)
    return before_training(variants, facts)
