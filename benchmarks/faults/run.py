"""How often `ebdiag trace` names the right culprit: every case traced, beside three ways of guessing.

    python -m benchmarks.faults.run --work FOLDER [--jobs 1] [--only SLUG …] [--again] [--tell] [--out FOLDER]

Traces each case of `verify.json` that counts, or those asked for, and writes `run.json` and `run.md`. What is trained
stays in the store (`EBDIAG_HOME`, else FOLDER/store), and answers in FOLDER/traced, so that a stopped run goes on where
it was; `--again` asks anew for answers that are there (which trains nothing that is stored), `--tell` only counts those
that are. The guesses are a random culprit (exact expectation), the largest static difference (`baselines.py`) and the
first finding of `ebdiag lint`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ebdiag.load import load

from .baselines import first_findings, largest
from .cases import BUDGET, CASES, Case, Half
from .scoring import Answer, Score, read, score
from .verify import absolute, commit, ebdiag

HALVES: tuple[Half | None, ...] = ("tuning", "reporting", None)
WHO = {"trace": "`ebdiag trace`", "random": "random", "static": "largest difference", "lint": "first of `lint`"}


def answered(case: Case, work: Path, jobs: int, *, again: bool) -> dict[str, Any]:
    """What trace and lint said of a case, asked now unless it is known."""
    file = case.write(work / "cases")
    ref, mine = load(f"ref:{case.base}"), load(str(file))
    kept = work / "traced" / f"{case.slug}.json"
    if kept.exists() and not again:
        known: dict[str, Any] = json.loads(kept.read_text("utf-8"))
        if known["fingerprint"] == mine.fingerprint:
            return known
    log = work / "logs" / f"{case.slug}.txt"
    pair, started = [f"ref:{case.base}", f"cases/{case.slug}.py"], time.monotonic()
    code, text = ebdiag(
        ["trace", *pair, *BUDGET, "--jobs", str(jobs), "--out", f"traced/{case.slug}", "--json"], work, log=log
    )  # fmt: skip
    seconds = time.monotonic() - started
    result = json.loads(text) if code in (0, 3, 4) and text.strip() else None
    code_of_lint, told = ebdiag(["lint", *pair, "--json"], work, log=log)
    lint = json.loads(told) if code_of_lint in (0, 1) else {"findings": [], "differences": []}
    parts, alarm = first_findings(lint["findings"])
    answer = {
        "fingerprint": mine.fingerprint,
        "commit": commit(),
        "exit_code": code,
        "seconds": round(seconds, 1),
        "trace": result and result["trace"],
        "differences": [row["part"] for row in (result or lint)["differences"]],
        "static": largest(ref, mine, result) if result else [],
        "lint": parts,
        "alarm": alarm,
    }
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(answer, indent=1) + "\n", "utf-8")
    return answer


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


def details(answers: Mapping[str, Answer], cases: Mapping[str, Case]) -> str:
    """Markdown: a row a case."""
    lines = [
        "| case | kind | half | right | trace | named | hybrids | confirming | seconds | largest difference | lint |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for slug, answer in answers.items():
        case = cases[slug]
        named = "; ".join(" and ".join(f"`{unit}`" for unit in culprit) for culprit in answer.culprits)
        cells = [
            f"`{slug}`", case.kind, case.half, _wanted(case), answer.status, named, str(answer.search),
            str(answer.confirmation), "" if answer.seconds is None else f"{answer.seconds:.0f}",
            *(f"`{names[0]}`" if names else "" for names in (answer.static, answer.lint)),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _wanted(case: Case) -> str:
    link = " and " if case.kind == "joint" else " or "
    return link.join("/".join(f"`{name}`" for name in names) for names in case.accepted) or "nothing"


def write(known: Mapping[str, Mapping[str, Any]], out: Path, command: str) -> None:
    """Score everything known and write both files."""
    answers = {slug: answer_of(answer) for slug, answer in known.items()}
    titles = {"tuning": "Tuning half", "reporting": "Reporting half", None: "Both"}
    scores = {titles[half]: score(answers, CASES, half) for half in HALVES}
    commits = sorted({answer["commit"] for answer in known.values()})
    content = {
        "command": command,
        "commits": commits,
        "scores": {
            title: {
                "shares": {m: {who: s.as_json() for who, s in by.items()} for m, by in found.shares.items()},
                "medians": found.medians,
            }
            for title, found in scores.items()
        },
        "cases": known,
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "run.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    made = f"`{command}`, {len(answers)} cases, traced at commit {', '.join(commits)}.\n"
    (out / "run.md").write_text(f"{made}\n{summary(scores)}\n{details(answers, CASES)}", "utf-8")


def chosen(out: Path, only: Sequence[str] | None) -> list[Case]:
    """The cases asked for, else those that were seen to do what they should."""
    if only:
        return [CASES[slug] for slug in only]
    verified = json.loads((out / "verify.json").read_text("utf-8"))["cases"]
    return [case for slug, case in CASES.items() if verified.get(slug, {}).get("counts")]


def main() -> None:
    """Trace them all, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=absolute, required=True, help="where files, reports, answers and the store go")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=sorted(CASES), help="slugs; all that count if left out")
    parser.add_argument("--again", action="store_true", help="ask anew where there is an answer")
    parser.add_argument("--tell", action="store_true", help="only count the answers that are there")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    known: dict[str, dict[str, Any]] = {}
    for case in chosen(Path(__file__).parent, arguments.only):
        if arguments.tell and not (arguments.work / "traced" / f"{case.slug}.json").exists():
            continue
        known[case.slug] = answered(case, arguments.work, arguments.jobs, again=arguments.again)
        write(known, arguments.out, "python -m benchmarks.faults.run")
        trace = known[case.slug]["trace"] or {"status": "crashed", "culprits": []}
        named = [" and ".join(culprit["parts"]) for culprit in trace["culprits"]]
        print(f"{case.slug}: {trace['status']} {'; '.join(named)}", flush=True)


if __name__ == "__main__":
    main()
