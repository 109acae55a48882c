"""How often `ebdiag trace` names the right culprit: every case traced, beside three ways of guessing.

    python -m benchmarks.faults.run [--work FOLDER] [--at-once 1] [--jobs 1] [--only SLUG …] [--again] [--tell]

Traces each case, writes its answer to `answers/SLUG.json`, and counts in `run.md`. A case is counted only if its own
runs did what it claims (`scoring.counts`). Answers that are there are not asked for again, and what is trained stays in
the store (`EBDIAG_HOME`, else FOLDER/store), so that a stopped run goes on where it was, on another machine too. The
order of the cases is that of a hash of their names: those done first are a random sample of them all. `--again` asks
anew; `--tell` only counts. The guesses are a random culprit (exact expectation), the largest static difference
(`baselines.py`) and the first finding of `ebdiag lint`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from ebdiag.words import number

from .asking import ask, kept
from .cases import BUDGET, CASES, ROOT, Case, Half
from .scoring import Answer, Score, counts, read, score

HERE = Path(__file__).parent
COMMAND = "python -m benchmarks.faults.run"
HALVES: Mapping[str, Half | None] = {"Reporting half": "reporting", "Tuning half": "tuning", "Both": None}
WHO = {"trace": "`ebdiag trace`", "random": "random", "static": "largest difference", "lint": "first of `lint`"}
COUNTS = {True: "", False: "no", None: "open"}


def answer_of(known: Mapping[str, Any]) -> Answer:
    """The answer that a stored one says."""
    return Answer(
        **read(known["trace"]), seconds=known["seconds"], static=known["static"], lint=known["lint"],
        alarm=known["alarm"], differences=known["differences"],
    )  # fmt: skip


def summary(scores: Mapping[str, Score]) -> str:
    """Markdown: a table of shares and medians for each half."""
    lines: list[str] = []
    for title, found in scores.items():
        lines += [f"### {title}", "", f"| | {' | '.join(WHO.values())} |", f"|---|{'---|' * len(WHO)}"]
        for measure, by in found.shares.items():
            lines.append(f"| {measure} | {' | '.join(str(by[who]) if who in by else '' for who in WHO)} |")
        for name, median in found.medians.items():
            lines.append(f"| median {name} | {'–' if median is None else f'{median:g}'} | | | |")
        lines.append("")
    return "\n".join(lines)


def details(known: Mapping[str, Mapping[str, Any]], counted: Mapping[str, bool | None]) -> str:
    """Markdown: what each case is and what its runs did, then what was said of it."""
    runs = [
        "### What the cases do",
        "",
        "| case | kind | half | works | FID or AUROC | verdict | counts |",
        "|---|---|---|---|---|---|---|",
    ]
    said = [
        "### What was said of them",
        "",
        "| case | right | trace | named | hybrids | confirming | seconds | largest difference | first of `lint` |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for slug, stored in known.items():
        case, answer, seen = CASES[slug], answer_of(stored), stored["seen"]
        scores = seen.get("scores", seen.get("fid")) if seen else []
        fids = ", ".join("diverged" if value is None else number(value) for value in scores)
        works = f"{sum(seen['works'])} of {len(seen['works'])}" if seen else "crashed"
        told = f"`{seen['verdict']}`" if seen else ""
        cells = [f"`{slug}`: {case.description}", case.kind, case.half, works, fids, told, COUNTS[counted[slug]]]
        runs.append(f"| {' | '.join(cells)} |")
        named = "; ".join(" and ".join(f"`{unit}`" for unit in culprit) for culprit in answer.culprits)
        cells = [
            f"`{slug}`", _wanted(case), answer.status, named, str(answer.search), str(answer.confirmation),
            "" if answer.seconds is None else f"{answer.seconds:.0f}",
            *(f"`{names[0]}`" if names else "" for names in (answer.static, answer.lint)),
        ]  # fmt: skip
        said.append(f"| {' | '.join(cells)} |")
    return "\n".join([*runs, "", *said]) + "\n"


def _wanted(case: Case) -> str:
    link = " and " if case.kind == "joint" else " or "
    return link.join("/".join(f"`{name}`" for name in names) for names in case.accepted) or "nothing"


def write(known: Mapping[str, Mapping[str, Any]], out: Path) -> None:
    """Score everything known and write the table."""
    ordered = {slug: known[slug] for slug in CASES if slug in known}
    counted = counts({slug: stored["seen"] for slug, stored in ordered.items()}, CASES)
    answers = {slug: answer_of(stored) for slug, stored in ordered.items() if counted[slug]}
    scores = {title: score(answers, CASES, half) for title, half in HALVES.items()}
    commits = ", ".join(sorted({stored["commit"] for stored in ordered.values()}))
    made = (
        f"`{COMMAND}`, `{' '.join(BUDGET)}`: {len(ordered)} of {len(CASES)} cases traced at commit {commits}; "
        f"{len(answers)} of them are counted.\n"
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "run.md").write_text(f"{made}\n{summary(scores)}\n{details(ordered, counted)}", "utf-8")


def main() -> None:
    """Trace them all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=lambda path: Path(path).absolute(), default=ROOT / ".ebdiag" / "faults")
    parser.add_argument("--at-once", type=int, default=1, help="cases side by side")
    parser.add_argument("--jobs", type=int, default=1, help="of each trace")
    parser.add_argument("--only", nargs="*", choices=sorted(CASES), help="slugs; all if left out")
    parser.add_argument("--again", action="store_true", help="ask anew where there is an answer")
    parser.add_argument("--tell", action="store_true", help="only count the answers that are there")
    parser.add_argument("--out", type=Path, default=HERE, help="where run.md and answers/ go")
    arguments = parser.parse_args()
    answers = arguments.out / "answers"
    chosen = sorted((CASES[slug] for slug in arguments.only or CASES), key=lambda case: case.order)
    known: dict[str, dict[str, Any]] = {}
    for case in CASES.values():
        stored = kept(case, arguments.work, answers)
        if stored and not (arguments.again and case in chosen):
            known[case.slug] = stored
    write(known, arguments.out)
    left = [] if arguments.tell else [case for case in chosen if case.slug not in known]
    _ask_all(left, known, arguments)


def _ask_all(left: Sequence[Case], known: dict[str, dict[str, Any]], arguments: argparse.Namespace) -> None:
    """The first alone, so that the reference is there for those after it."""
    for batch in (left[:1], left[1:]):
        with ThreadPoolExecutor(arguments.at_once) as pool:
            asked = {
                pool.submit(ask, case, arguments.work, arguments.out / "answers", jobs=arguments.jobs): case
                for case in batch
            }
            for done in as_completed(asked):
                slug = asked[done].slug
                known[slug] = done.result()
                write(known, arguments.out)
                trace = known[slug]["trace"] or {"status": "crashed", "culprits": []}
                named = "; ".join(" and ".join(culprit["parts"]) for culprit in trace["culprits"])
                print(f"{slug}: {trace['status']} {named}", flush=True)


if __name__ == "__main__":
    main()
