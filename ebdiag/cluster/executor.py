"""Jobs → outcomes, on the nodes of a Ray cluster.

Each job is a Ray task with the processors, the share of a GPU and the memory that it is said to need. A node takes the
job, the data set and what is stored of the run by content, and sends the run's folder back; it does so while the run
goes on, too, so that one whose node or worker is lost goes on from there on another node. See `node.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import device, execute
from ..errors import EbdiagError
from ..execute import LocalExecutor, OnEvent, Outcome, Task
from ..jobs import InspectJob, LadderJob, RunJob
from ..records import Environment
from . import node
from .connect import DOCS, connected
from .needs import Needs
from .program import differences, program
from .session import Session

RUN_MIB = 1280
"""Memory that a run is said to need where nobody says: .9 GiB of a worker (docs/costs.md), and Ray's own process."""


class RayExecutor:
    """Ray tasks.

    Args:
        name: `ray`, or `ray://HOST:PORT`.
        jobs: How many at a time; default: as many as the cluster has room for.
        stall_s, memory: As a `LocalExecutor` takes them; `memory` is what each is said to need, too.
        gpus: Share of a GPU that a run on one takes.
        shared: Whether nodes write into the store themselves; None: those that see it.
        say: Told in a sentence what a person should know.

    Raises:
        EbdiagError: The cluster cannot be reached or used, or its nodes have another ebdiag or Python.
    """

    def __init__(
        self,
        name: str,
        jobs: int | None = None,
        stall_s: float | None = None,
        memory: int | None = None,
        *,
        gpus: float = 1.0,
        shared: bool | None = None,
        say: Callable[[str], object] = lambda text: None,
    ) -> None:
        self.name, self.most, self.stall_s, self.memory = name, jobs, stall_s, memory
        self.gpus, self.shared, self.say = gpus, shared, say
        self.local = LocalExecutor(None, stall_s, memory)
        self.ray = connected(name)
        self.program = self._greeted()
        self._handed: dict[tuple[str, str], Any] = {}

    def limited(self, seconds: float) -> RayExecutor:
        """The same with this much patience at most."""
        stall_s = min(seconds, self.stall_s or execute.STALL_S)
        return RayExecutor(self.name, self.most, stall_s, self.memory, gpus=self.gpus, shared=self.shared, say=self.say)

    def machine(self) -> device.Machine:
        """A node of the cluster: its PyTorch, and a GPU if there is one now; one that grows may get one."""
        return device.Machine(self.program["PyTorch"], True if self._total("GPU") else None)

    @property
    def jobs(self) -> int:
        """Runs that the cluster has room for now."""
        needs = Needs(1, self.gpus if self._total("GPU") else 0.0, self.memory or RUN_MIB * 2**20)
        return max(1, min(self.most or 10**9, self.room(needs)))

    def map(self, tasks: Sequence[Task], on_event: OnEvent) -> dict[str, Outcome]:
        """Run all tasks; what is about files of this machine runs on it. See `execute.Executor`.

        Raises:
            KeyboardInterrupt: After every task has ended on its node.
            EbdiagError: No node has room for a task, and none comes.
        """
        here = [task for task in tasks if not isinstance(task.job, InspectJob | LadderJob | RunJob)]
        outcomes = self.local.map(here, on_event) if here else {}
        there = [task for task in tasks if task not in here]
        if not there or execute.refusal(outcomes) is not None:
            return outcomes
        return outcomes | Session(self, there, on_event).run()

    def needs(self, environment: Environment) -> Needs:
        """What a task with that environment sets aside."""
        gpus = self.gpus if environment.device == "cuda" else 0.0
        return Needs(environment.threads, gpus, self.memory or RUN_MIB * 2**20)

    def handed(self, what: str, key: str, read: Callable[[], Any]) -> Any:
        """A reference to a large object of that kind and name, which the cluster is given once."""
        if (what, key) not in self._handed:
            self._handed[what, key] = self.ray.put(read())
        return self._handed[what, key]

    def room(self, needs: Needs) -> int:
        """Tasks with such needs that the cluster has room for, others left out of account."""
        found = 0
        for one in self.ray.nodes():
            has = one["Resources"] if one["Alive"] else {}
            rooms = [has.get("CPU", 0) / needs.cpus, has.get("memory", 0) / needs.memory]
            rooms += [has.get("GPU", 0) / needs.gpus] if needs.gpus else []
            found += int(min(rooms) + 1e-9)
        return found

    def _total(self, resource: str) -> float:
        return float(self.ray.cluster_resources().get(resource, 0))

    def _greeted(self) -> dict[str, str]:
        """What must be the same on every node, with the nodes' PyTorch in place of this machine's.

        Raises:
            EbdiagError: A node has no ebdiag, or another one.
        """
        try:
            theirs: dict[str, str] = self.ray.get(self.ray.remote(node.hello).options(num_cpus=0).remote())
        except Exception as error:
            text = " ".join(str(error).split())
            found = text[text.find("No module named") :].split("'")[1] if "No module named" in text else None
            raise EbdiagError(
                f"the nodes of the Ray cluster have no {found}" if found else "the Ray cluster does not answer",
                got=text[-300:], hint="install ebdiag with the same version on every node", docs=DOCS,
            ) from error  # fmt: skip
        ours = {**program(), "PyTorch": theirs["PyTorch"]}
        wrong = differences(ours, theirs)
        if wrong is not None:
            raise EbdiagError(
                "the nodes of the Ray cluster run another program", expected=wrong[0], got=wrong[1],
                hint="install the same versions here and there", docs=DOCS,
            )  # fmt: skip
        return ours
