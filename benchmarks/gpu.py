"""Steps per second on a CUDA device against the plain published loop, and how busy the device is.

    python benchmarks/gpu.py [--json] [--steps 200] [--seeds 5] [MODEL …]

The loops of `step.py` (plain, standard, and standard with fast kernels, which on a GPU means fused Adam), then all
seeds in one go as `--vectorize` trains them, without CUDA graphs (`vectorized`) and with (`captured`), run one after
the other in one process, in rounds of `--steps` steps, medians of three; `steps_per_s` counts the steps of each seed,
and `ratio` is over `plain`. Meanwhile `utilisation` is the mean share of time in which the device computed, as its
driver says, sampled every 50 ms. `not_captured` says why a step did not become a graph. Where there is no GPU it says
so and ends with code 0, so that a machine without one can run all benchmarks.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading

import torch
from seeds import Together
from step import MODELS, Plain, PlainEpochs, Standard, loop

from ebdiag import device
from ebdiag.data import prepare
from ebdiag.inspect import inspect
from ebdiag.load import load
from ebdiag.records import Recipe

WAYS = ("plain", "standard", "fast", "vectorized", "captured")
ROUNDS = 3
SAMPLED_S = 0.05


def measure(model: str, steps: int, seeds: int) -> dict[str, dict[str, float | str | None]]:
    """Way → `steps_per_s`, `ratio`, `utilisation` (0 to 1, None where the driver does not tell), `peak_mib`."""
    single = inspect(Recipe(load(model)), prepare("mnist5k"), device.environment("cuda")).single_pass
    found: dict[str, dict[str, float | str | None]] = {}
    plain_per_s = 0.0
    for way in WAYS:
        together = way in ("vectorized", "captured")
        turning = (
            Together(model, seeds, single_pass=single, chosen_device="cuda", graphs=way == "captured")
            if together
            else loop(way, model, single_pass=single, chosen_device="cuda")
        )
        torch.cuda.reset_peak_memory_stats()
        run(turning, 1, 20)
        seconds, busy = [], Busy()
        with busy:
            for number in range(ROUNDS):
                seconds.append(run(turning, 21 + number * steps, steps))
        per_s = steps * (seeds if together else 1) / statistics.median(seconds)
        plain_per_s = plain_per_s or per_s
        found[way] = {
            "steps_per_s": round(per_s, 1),
            "ratio": round(per_s / plain_per_s, 3),
            "utilisation": busy.share(),
            "peak_mib": round(torch.cuda.max_memory_allocated() / 2**20, 1),
        }
        if way == "captured":
            found[way]["not_captured"] = getattr(turning, "reason", None)
    return found


def run(turning: Plain | PlainEpochs | Standard | Together, first: int, steps: int) -> float:
    """Seconds of some steps on the device."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for number in range(first, first + steps):
        turning.step(number)
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) / 1e3


class Busy:
    """Samples of the device's utilisation while the block runs."""

    def __init__(self) -> None:
        self.samples: list[float] = []
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self.thread.join()

    def _sample(self) -> None:
        while not self.done.wait(SAMPLED_S):
            try:
                self.samples.append(torch.cuda.utilization() / 100)
            except (RuntimeError, ImportError):  # no NVML here
                return

    def share(self) -> float | None:
        """Mean of the samples; None without any."""
        return round(statistics.mean(self.samples), 3) if self.samples else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--json", action="store_true", help="print one JSON object: model → way → figures")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        print(json.dumps({"gpu": None}) if arguments.json else "no CUDA device on this machine: nothing was measured")
        return
    figures = {
        model.removeprefix("ref:"): measure(model, arguments.steps, arguments.seeds) for model in arguments.models
    }
    print(json.dumps({"gpu": torch.cuda.get_device_name(), "models": figures}, indent=1))


if __name__ == "__main__":
    main()
