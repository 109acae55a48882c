"""What the page of a sweep and the list of runs say, in English."""

from __future__ import annotations

SWEEP = {
    "title": "{name}: {works} of {runs} work",
    "contents": "On this page",
    "unfinished": "Not finished: {done} of {runs} runs are judged. The same command goes on from here.",
    "summary": "{works} of {runs} runs work on {dataset} after {steps} steps.",
    "summary family": "Of {family} {works} of {settings} settings work ({low} to {high}), the median {metric} is "
    "{median}.",
    "summary best": "The best run is of {family}, with {metric} {score}: {settings}.",
    "summary matters": "What matters most is {name} of {family}: it explains {share} of the order of its settings "
    "(p {p} after correction).",
    "summary nothing": "No setting explains more of the order within its family than chance would.",
    "summary pair": "{second} against {first} on the same {n} settings: {metric} {ratio}; share that works {works}.",
    "no failures": "No run fails.",
    "files own": "as the file says",
    "families": "Families",
    "samples": "Best and median samples",
    "causes": "Why runs fail",
    "effects": "Which settings matter",
    "failures": "Every failing run",
    "method": "Method and provenance",
    "family": "family",
    "settings": "settings",
    "works": "works",
    "interval": "95 % interval",
    "scored": "with a score",
    "quartiles": "median {metric} (quartiles)",
    "spread": "spread",
    "spread title": "Standard deviation of the log score between settings, with a bootstrap interval",
    "pairs": "The same settings in two families",
    "second against first": "against",
    "shared": "shared settings",
    "ratio": "{metric}, ratio",
    "works difference": "working settings, difference",
    "spread ratio": "spread, ratio",
    "pairs note": "A ratio below 1 means that the second has less of what is wrong. Intervals are of 95 %: "
    "Student's on paired logs for the score, a paired bootstrap over settings for the others. Several are shown, so "
    "that one of twenty leaves out the truth.",
    "best of": "best of {family}: {metric} {score}",
    "median of": "median of {family}: {metric} {score}",
    "samples alt": "{count} images, {label}",
    "samples note": "The last checkpoint, the first images drawn. What is best of many is lucky, too: the median is "
    "what to expect.",
    "no samples": "No run has samples.",
    "cause": "cause",
    "share": "share of failing runs",
    "means": "what it means",
    "importance": "importance",
    "chance": "by chance",
    "p": "p",
    "holm": "p, corrected",
    "setting": "setting",
    "level": "value",
    "score": "mean {metric}",
    "family itself": "the family itself",
    "levels of": "Every value of every setting",
    "level effects": "{family}: mean {metric} by setting",
    "scores title": "{metric} of {runs} runs; to the {side} of the dashed line they can work",
    "scores caption": "One row a family, filled what works, hollow what does not. Runs that diverged or crashed "
    "have no score and are in no bar: {missing}. Works also asks for what the axis does not show: {bar}.",
    "left": "left",
    "right": "right",
    "causes title": "{share} of {count} failing runs: {cause}",
    "causes caption": "Each failing run counts once, by the most serious finding about its training, or by an error "
    "of the model that explains it. `below-bar`: no rule has a reason. `ebdiag rules NAME` explains a rule.",
    "importance title": "{name} explains {share} of the order within {family}",
    "importance caption": "Share of the variance of ranks between a setting's values, less what shuffled settings "
    "have; the dashed mark is where one shuffle of twenty gets. Small samples find only large effects.",
    "levels caption": "Geometric means with 95 % intervals; settings that have no score are left out here and "
    "counted in the table. The dashed line is where works begins.",
    "axis causes": "share of failing runs",
    "axis importance": "importance, 1 is all",
    "command": "command",
    "commands note": "Each command trains the run again on the seeds that a trace needs, beside the working run of "
    "the same file that is most like it, and seeks the difference that is to blame. Run it where this report was "
    "made.",
    "commands cut": "{count} more are in sweep.parquet, in the column trace.",
    "method order": "Settings are ranked within a family by {metric}, what has no score last, so that no failure is "
    "dropped; the seeds of a setting are averaged first. A setting's importance is the share of the variance of "
    "these ranks between its values (η²), less its mean over 1,000 shuffles of the family's ranks, scaled so that 1 "
    "is all; p is the share of shuffles that reach as much, corrected by Holm over all settings of all families. A "
    "number that was drawn is cut into four parts of equal size.",
    "method shares": "Shares of working settings have Wilson's 95 % interval; n is settings, each over its seeds.",
    "method causes": "Causes are found in each run alone, without a reference, so that they stay what they are when "
    "the sweep is extended.",
    "dataset": "data set",
    "budget": "budget",
    "budget of": "{steps} steps, {seeds}",
    "sample": "sample",
    "sample of": "{count} settings a family, seed {seed}",
    "whole grid": "the whole grid",
    "bar": "works asks for",
    "wall": "training time",
    "repeat": "command",
    "cause refused": "the model cannot run",
    "cause crashed": "its code raised an error or ended the process",
    "cause timeout": "it gave no sign of life",
    "cause below-bar": "it misses the bar, and no rule has a reason",
    "cause still-improving": "it was still getting better when training ended",
    "run ended": "{label}: {state}",
    "judged": "{done} of {runs} judged, {works} work",
    "running": "{runs} runs",
}

RUNS = {
    "age s": "{count} s",
    "age min": "{count} min",
    "age h": "{count} h",
    "age d": "{count} d",
    "listed": "{runs}",
    "listed full": "{runs}, and there may be more: --limit",
    "removed": "{runs} removed, {size}",
    "would remove": "{runs} would be removed, {size}",
    "kept": "{runs} left alone: another command has them locked",
}
