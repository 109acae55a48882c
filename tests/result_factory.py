"""Report folders with invented but plausible numbers, one for each way a comparison can end."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow
import pyarrow.parquet
from numpy.typing import NDArray

from ebdiag.result import Result

Case = Literal["fails", "same", "diverged", "crashed", "scalar", "inconclusive", "hostile", "full", "alone"]
CASES: tuple[Case, ...] = (
    *("fails", "same", "diverged", "crashed", "scalar", "inconclusive", "hostile"),
    *("full", "alone"),  # everything that a page can show; one restored checkpoint a side, both bad
)

SEEDS = (0, 1, 2)
STEPS = 1500
CHECKPOINTS = (250, 500, 750, 1000, 1250, 1500)
HOSTILE = '<script>alert("1")</script>|`*_'
"""What a user's file may be called or contain; must arrive on the page as text."""

# key: (unit, better, scale, decides, ref per seed, failing mine per seed)
METRICS: dict[str, tuple[str, str, str, bool, tuple[float, ...], tuple[float, ...]]] = {
    "fid": ("", "lower", "log", True, (94.2, 121.0, 185.3), (8710.0, 4431.0, 6120.0)),
    "coverage": ("share", "higher", "linear", True, (0.81, 0.78, 0.74), (0.02, 0.03, 0.011)),
    "digits": ("count", "higher", "linear", True, (10.0, 10.0, 10.0), (1.0, 0.0, 1.0)),
    "precision": ("share", "higher", "linear", False, (0.72, 0.69, 0.66), (0.0, 0.0, 0.01)),
    "recall": ("share", "higher", "linear", False, (0.55, 0.52, 0.49), (0.0, 0.0, 0.0)),
    "confident_share": ("share", "higher", "linear", False, (0.86, 0.84, 0.82), (0.11, 0.02, 0.05)),
    "reconstruction_error": ("", "lower", "log", False, (0.0712, 0.0733, 0.0741), (0.951, 0.949, 0.953)),
    "energy_real": ("", "none", "log", False, (0.0691, 0.0702, 0.0715), (0.948, 0.944, 0.951)),
    "energy_fake": ("", "none", "log", False, (0.091, 0.094, 0.102), (0.972, 0.969, 0.981)),
    "energy_noise": ("", "none", "log", False, (0.41, 0.44, 0.42), (1.32, 1.31, 1.33)),
    "energy_ratio_noise": ("ratio", "higher", "log", False, (5.9, 6.3, 5.9), (1.39, 1.39, 1.4)),
    "clipped_share": ("share", "lower", "linear", False, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    "pixel_spread": ("", "none", "log", False, (0.61, 0.59, 0.6), (0.002, 0.0031, 0.0018)),
    "effective_rank_fake": ("directions", "none", "log", False, (18.2, 17.9, 17.1), (15.2, 21.0, 18.8)),
}


def write(folder: Path, case: Case = "fails", *, provisional: int | None = None) -> Path:
    """Fill `folder` with `result.json` and `data/` of one case; returns the folder.

    Args:
        provisional: How many seeds are planned, for a comparison that goes on.
    """
    (folder / "data").mkdir(parents=True, exist_ok=True)
    content = result(case)
    volatile = content.volatile.model_copy(update={"provisional": provisional})
    content.model_copy(update={"volatile": volatile}).save(folder / "result.json")
    rng = np.random.default_rng(7)
    _write_tables(folder, case, rng)
    _write_arrays(folder, case, rng)
    if case == "full":
        _write_more_arrays(folder, rng)
    return folder


def seeds_of(case: Case) -> tuple[int, ...]:
    """The seeds of a case."""
    return SEEDS[:1] if case == "alone" else SEEDS


def result(case: Case) -> Result:
    """The content of `result.json` of one case."""
    broken = case in ("diverged", "crashed")
    path = f"user_models/{HOSTILE}.py" if case == "hostile" else "user_models/sigmoid_decoder.py"
    line = {"file": path, "line": 38}
    reason = {
        "diverged": "loss term `adversarial` of the generator is not finite",
        "crashed": "RuntimeError: mat1 and mat2 shapes cannot be multiplied (64x32 and 62x1024)",
    }.get(case)
    runs = [
        {
            "id": f"{side[0]}{seed:02d}c0ffee12ab-{STEPS}",
            "variant": side,
            "seed": seed,
            "status": case if broken and side == "mine" else "restored" if case == "alone" else "finished",
            "steps": ({"diverged": 40}.get(case, 0) if broken and side == "mine" else STEPS),
            "reason": reason if side == "mine" else None,
            "line": line if reason and side == "mine" else None,
        }
        for side in ("ref", "mine")
        for seed in seeds_of(case)
    ]
    good = case in ("same", "inconclusive")
    parts = {
        name: {"source": "default", "value": value, "used": True}
        for name, value in {
            "generator": "Linear 32→3136 · BatchNorm2d · ConvTranspose2d 64→32 · ConvTranspose2d 32→1 · Tanh",
            "discriminator": "Conv2d 1→16→32 · Linear 1568→32 · Linear 32→1568 · ConvTranspose2d 32→16→1",
            "energy": "mean of squares",
            "pull_away": "squared cosines (paper)",
            "pull_away_weight": "0.1",
            "margin": "1.0",
            "latent": "normal, 32",
            "optimizer.generator": "Adam lr 0.001 betas (0.5, 0.999)",
            "optimizer.discriminator": "Adam lr 0.001 betas (0.5, 0.999)",
            "batch_size": "64",
            "pixel_range": "(-1.0, 1.0)",
            "schedule": "1 discriminator update, then 1 generator update",
        }.items()
    }
    mine_parts = {name: dict(part) for name, part in parts.items()}
    mine_value = "nn.Sigmoid()" if case != "hostile" else HOSTILE
    mine_parts["discriminator"] |= {
        "source": f"{path}:24",
        "value": f"{parts['discriminator']['value']} · {mine_value}",
    }
    mine_parts["pull_away"] |= {"source": f"{path}:51", "value": "own", "used": False}
    summary = {
        "same": "No difference that matters between mine and ref: both work in 3 of 3 seeds, FID 98.0 to 179 against "
        "94.2 to 185.",
        "inconclusive": "Both work in 3 of 3 seeds; FID is 1.31 times that of ref, which three seeds cannot tell from "
        "the usual spread between seeds. About 11 seeds would settle it.",
        "diverged": "mine fails where ref works: it diverged at step 40 in 3 of 3 seeds. ref works in 3 of 3.",
        "alone": "Neither ref nor mine works at this budget: mine works in 0 of 1 seed, ref in 0 of 1.",
        "crashed": "mine could not be run: it crashed at step 0 in 3 of 3 seeds. ref works in 3 of 3.",
    }.get(
        case,
        "mine fails where ref works: it works in 0 of 3 seeds, ref in 3 of 3 (coverage 0.0110 to 0.0300 against 0.740 "
        "to 0.810, FID 4431 to 8710 against 94.2 to 185).",
    )
    status = {
        "same": "same",
        "alone": "both_fail",
        "inconclusive": "inconclusive",
        "crashed": "run_failed",
        "diverged": "mine_fails",
    }
    return Result.model_validate(
        {
            "ebdiag": "0.1.0",
            "dataset": {
                "name": "mnist5k",
                "digest": "5f0c1d2e3b4a5968",
                "image_shape": (1, 28, 28),
                "train_count": 4000,
                "held_out_count": 1000,
                "classes": 10,
                "features": "digits-lenet",
                "features_digest": "9a8b7c6d5e4f3021",
                "bar": {"fid_max": 520.0, "coverage_min": 0.2, "digits_min": 9.0},
                "anchors": {"held_out": 4.5, "blank": 2600.0} | (MORE_ANCHORS if case == "full" else {}),
            },
            "budget": {"steps": STEPS, "seeds": list(seeds_of(case)), "checkpoints": list(CHECKPOINTS)},
            "volatile": {
                "created": "2026-03-01T12:00:00+00:00",
                "environment": {"python": "3.11.9", "torch": "2.9.0", "device": "cpu", "threads": 1, "cores": 2},
                "times": {f"{run['variant']}/{run['seed']}": 41.5 for run in runs} | {"total": 131.0},
                "memory": {f"{run['variant']}/{run['seed']}": 612.0 for run in runs},
                "trained": {f"{run['variant']}/{run['seed']}": run["steps"] for run in runs},
                "command": f"ebdiag compare ref:ebgan_pt '{path}' --dataset mnist5k --budget standard",
            },
            "variants": {
                "ref": {
                    "path": "ref:ebgan_pt",
                    "kind": "gan",
                    "fingerprint": "0123456789abcdef",
                    "parts": parts,
                    "facts": _facts(autoencoder=True) | (_more_facts("ref:ebgan_pt") if case == "full" else {}),
                },
                "mine": {
                    "path": path,
                    "kind": "gan",
                    "fingerprint": "fedcba9876543210",
                    "parts": mine_parts,
                    "facts": _facts(autoencoder=case != "scalar") | (_more_facts(path) if case == "full" else {}),
                    "notes": ["The discriminator gives one number an image: no reconstruction to measure."]
                    if case == "scalar"
                    else [],
                },
            },
            "differences": []
            if case == "same"
            else [
                {
                    "part": "discriminator.decoder.5",
                    "ref": None,
                    "mine": mine_value,
                    "ref_line": None,
                    "mine_line": line,
                }
            ],
            "runs": runs,
            "metrics": {key: _metric(key, case) for key in METRICS},
            "works": {
                "ref": [case != "alone"] * len(seeds_of(case)),
                "mine": [good] * len(seeds_of(case)),
                "bar": {"fid_max": 520.0, "coverage_min": 0.2, "digits_min": 9.0},
            },
            "findings": FINDINGS if case == "full" else [],
            "trace": TRACE if case == "full" else None,
            "verdict": {
                "status": status.get(case, "mine_fails"),
                "summary": summary,
                "exit_code": 4 if broken else 0,
                "why": ["Nothing was traced; suspected: `discriminator.decoder.5`, the only part that differs."],
                "delay_factor": 1.4 if case == "inconclusive" else None,
            },
        }
    )


MORE_ANCHORS = {
    "classes_8": 66.0, "prototypes_5": 68.0, "prototypes_2": 171.0, "repeated": 2310.0, "noise": 3120.0
}  # fmt: skip

FINDINGS: list[dict[str, Any]] = [
    {
        "rule": "reconstruction-range-mismatch",
        "severity": "error",
        "variant": "mine",
        "part": "discriminator",
        "title": "The decoder cannot reach the negative half of the data",
        "explanation": "The discriminator ends in `nn.Sigmoid()`, so it reconstructs values of 0 to 1 only, but the "
        "data lie in −1 to 1. Half of every image is out of its reach, and real images keep a high energy for ever.",
        "evidence": {"reconstruction_low": 0.0, "data_low": -1.0, "energy_floor": 0.9483, "reached": False},
        "lines": [{"file": "user_models/sigmoid_decoder.py", "line": 38}],
        "advice": "replace `nn.Sigmoid()` by nothing, or scale the data to [0, 1]",
    },
    {
        "rule": "blank-samples",
        "severity": "warning",
        "variant": "mine",
        "title": "All generated images are one grey blob",
        "explanation": "Over latents the pixels hardly change.",
        "evidence": {"pixel_spread": 0.0021},
        "caused_by": "reconstruction-range-mismatch",
    },
    {
        "rule": "pull-away-unused",
        "severity": "deviation",
        "variant": "mine",
        "title": "`pull_away` is defined and never called",
        "explanation": "The losses use their own term.",
        "lines": [{"file": "user_models/sigmoid_decoder.py", "line": 51}],
    },
]

TRACE: dict[str, Any] = {
    "status": "found",
    "culprits": [
        {
            "parts": ["discriminator.decoder.5"],
            "together": False,
            "role": "both",
            "probability": 0.97,
            "restores": {"k": 3, "n": 3, "share_of_gap": 0.96},
            "breaks": {"k": 3, "n": 3},
            "lines": [{"file": "user_models/sigmoid_decoder.py", "line": 38}],
        }
    ],
    "hybrids": [
        {"from": side, "parts": ["discriminator.decoder.5"], "seed": seed, "outcome": outcome}
        for side, outcome in (("ref", "fails_like_mine"), ("mine", "works"))
        for seed in SEEDS
    ],
}


def _more_facts(path: str) -> dict[str, Any]:
    """Layers and the sanity ladder; the failing model has one layer more."""
    fails = path != "ref:ebgan_pt"

    def layer(name: str, text: str, line: int, shape: list[int], parameters: int) -> dict[str, Any]:
        return {
            "path": name, "type": text.split("(")[0], "repr": text, "line": {"file": path, "line": line},
            "shape": shape, "parameters": parameters,
        }  # fmt: skip

    discriminator = [
        layer("encoder.0", "Conv2d(1, 16, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))", 27, [16, 14, 14], 272),
        layer("encoder.1", "LeakyReLU(negative_slope=0.2)", 28, [16, 14, 14], 0),
        layer("encoder.2", "Linear(in_features=3136, out_features=32, bias=True)", 29, [32], 100384),
        layer("decoder.0", "Linear(in_features=32, out_features=3136, bias=True)", 31, [3136], 103488),
        layer("decoder.1", "LeakyReLU(negative_slope=0.2)" if fails else "ReLU()", 33, [3136], 0),
        layer(
            "decoder.4", "ConvTranspose2d(16, 1, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))", 37, [1, 28, 28],
            257,
        ),
    ] + ([layer("decoder.5", "Sigmoid()", 38, [1, 28, 28], 0)] if fails else [])  # fmt: skip
    generator = [
        layer("net.0", "Linear(in_features=32, out_features=784, bias=True)", 12, [784], 25872),
        layer("net.1", "Tanh()", 13, [784], 0),
    ]
    rungs = [
        ("discriminator-overfits", "discriminator", 0.31 if fails else 0.02, "× energy of their mean image", 0.1),
        ("discriminator-separates-noise", "discriminator", 0.71 if fails else 1.0, "AUROC", 0.95),
        ("discriminator-separates-fakes", "discriminator", 1.0, "AUROC", 0.95),
        ("generator-lowers-energy", "generator", None if fails else 0.4, "× energy at its start", 0.7),
        ("generator-overfits", "generator", 0.03, "× error of their mean image", 0.1),
    ]
    low = ("discriminator-overfits", "generator-lowers-energy", "generator-overfits")
    ladder = [
        {
            "rung": slug, "net": net, "value": value, "unit": unit, "threshold": threshold,
            "passed": None if value is None else (value <= threshold if slug in low else value >= threshold),
            "reason": "the discriminator gives generated images no higher energy" if value is None else None,
        }
        for slug, net, value, unit, threshold in rungs
    ]  # fmt: skip
    return {"layers": {"generator": generator, "discriminator": discriminator}, "ladder": ladder}


def _more_columns(steps: NDArray[np.int64], fails: bool) -> dict[str, NDArray[np.float64]]:
    """Series of codes and gradients; every tenth step."""
    due = steps % 10 == 0
    fall = np.exp(-steps / 200)
    shares = {
        "codes.directions.real": 8.3 - 3 * fall,
        "codes.directions.fake": (1.05 + 4 * fall) if fails else 6.1 - 3 * fall,
        "codes.directions.shuffled": (1.1 + 6 * fall) if fails else 9.4 - 2 * fall,
        "gradient.coherence.fake": (0.02 + 0.6 * fall) if fails else 0.31 + 0.2 * fall,
        "hinge.active": np.clip(1.4 * fall, 0, 1) if fails else np.full(steps.size, 0.8),
    }
    return {name: np.where(due, values, np.nan) for name, values in shares.items()}


def _write_more_arrays(folder: Path, rng: np.random.Generator) -> None:
    codes: dict[str, NDArray[Any]] = {"digit_shares/real/0": rng.dirichlet(np.full(10, 60.0))}
    images: dict[str, NDArray[np.uint8]] = {}
    for side in ("ref", "mine"):
        fails = side == "mine"
        for seed in SEEDS:
            places = np.arange(32)
            for kind, level, fall in (("real", 1.0, 5.0), ("recon", 0.9, 4.6), ("fake", 1e-4 if fails else 0.8, 4.2)):
                codes[f"spectra/{side}/{seed}/{kind}"] = level * np.exp(-places / fall + rng.normal(0, 0.01, 32))
            shares = np.eye(10)[1] if fails else rng.dirichlet(np.full(10, 20.0))
            codes[f"digit_shares/{side}/{seed}"] = shares
            for kind in ("real", "fake", "noise"):
                given = (
                    rng.integers(0, 256, (8, 1, 28, 28), dtype=np.uint8)
                    if kind == "noise"
                    else _digits(rng, 8, blob=fails and kind == "fake")
                )
                rebuilt = np.clip(given.astype(np.float64) * 0.5 + (127 if fails else 20), 0, 255).astype(np.uint8)
                images[f"reconstructions/{side}/{seed}/{kind}"] = np.stack([given, rebuilt])
            images[f"interpolations/{side}/{seed}"] = _digits(rng, 36, blob=fails).reshape(4, 9, 1, 28, 28)
    np.savez_compressed(folder / "data" / "codes.npz", allow_pickle=False, **codes)
    np.savez_compressed(folder / "data" / "images.npz", allow_pickle=False, **images)


def _facts(*, autoencoder: bool) -> dict[str, Any]:
    config = {"margin": 1.0, "pixel_range": [-1.0, 1.0], "image_shape": [1, 28, 28]}
    return {"config": config, "autoencoder": autoencoder, "layers": {}}


def _mine(key: str, case: Case) -> list[float | None]:
    ref, failing = METRICS[key][4:]
    if case == "alone":
        return [failing[0]]
    if case in ("diverged", "crashed"):
        return [None] * 3
    if case == "scalar" and key.startswith(("energy", "reconstruction")):
        return [None] * 3
    if case == "same":
        return [value * 1.02 for value in ref]
    return [value * 1.31 for value in ref] if case == "inconclusive" else list(failing)


def _metric(key: str, case: Case) -> dict[str, Any]:
    unit, better, scale, decides, ref, _ = METRICS[key]
    mine = _mine(key, case)
    ref = ref[: len(mine)]
    content: dict[str, Any] = {"unit": unit, "better": better, "scale": scale, "ref": ref, "mine": mine}
    content["decides"] = decides
    if None in mine:
        return content
    scores = [value for value in mine if value is not None]
    if scale == "log" and min(scores) > 0:
        mean = float(np.exp(np.mean(np.log(scores)) - np.mean(np.log(ref))))
        ends = {"low": mean / 2.1, "high": mean * 2.1} if len(mine) > 1 else {}
        content["delta"] = {"mean": mean, "n": len(mine)} | ends
    elif scale == "linear":
        mean = float(np.mean(scores) - np.mean(ref))
        ends = {"low": mean - 0.043, "high": mean + 0.043} if len(mine) > 1 else {}
        content["delta"] = {"mean": mean, "n": len(mine)} | ends
    content["noise_floor"] = {"value": 0.31 if scale == "log" else 0.035, "n": 9}
    if decides:
        content["verdict"] = {"same": "same", "inconclusive": "inconclusive"}.get(case, "worse")
    return content | {"correlation": 0.12, "seeds_needed": 11 if case == "inconclusive" and decides else None}


def _write_tables(folder: Path, case: Case, rng: np.random.Generator) -> None:
    series: dict[str, list[Any]] = {"variant": [], "seed": []}
    numbers: dict[str, list[NDArray[np.float64]]] = {}
    checkpoints: dict[str, list[Any]] = {name: [] for name in ("variant", "seed", "step", *METRICS)}
    for side in ("ref", "mine"):
        if side == "mine" and case == "crashed":
            continue
        fails = side == "mine" and case not in ("same", "inconclusive")
        end = 40 if side == "mine" and case == "diverged" else STEPS
        for place, seed in enumerate(() if case == "alone" else SEEDS):
            steps = np.arange(1, end + 1)
            noise = rng.normal(0, 0.03, (4, end))
            real = (0.95 if fails else 0.07) + 0.6 * np.exp(-steps / 120) * np.exp(noise[0])
            fake = real + 0.4 * np.exp(-steps / 300) + 0.03 + 0.02 * place
            if case == "diverged" and side == "mine":
                fake = 10.0 ** (steps / 4.0)
                fake[-1] = np.inf
            if case == "scalar" and side == "mine":
                real, fake = np.full(end, np.nan), np.full(end, np.nan)
            columns = {
                "step": steps.astype(np.float64),
                "energy.mean_squared.real.mean": real,
                "energy.mean_squared.fake.mean": fake,
                "hinge.active": np.clip((1.0 if fails else 0.97) + noise[1] * (not fails), 0, 1),
                "loss.discriminator.real": real,
                "loss.discriminator.hinge": np.clip(1 - fake, 0, None),
                "loss.generator.energy": fake,
                "loss.generator.pull_away": 0.01 + np.abs(noise[2]) / 10,
                "gradient.generator": np.exp(noise[3]),
                "pixels.spread": np.where(steps % 50 == 0, 0.5, np.nan),
            }
            if case == "full":
                columns |= _more_columns(steps, fails)
            series["variant"] += [side] * end
            series["seed"] += [seed] * end
            for name, values in columns.items():
                numbers.setdefault(name, []).append(values)
            for share, step in enumerate(CHECKPOINTS):
                if step > end:
                    break
                checkpoints["variant"].append(side)
                checkpoints["seed"].append(seed)
                checkpoints["step"].append(step)
                for key in METRICS:
                    score = METRICS[key][4][place] if side == "ref" else _mine(key, case)[place]
                    late = 1.0 + 2.5 * np.exp(-1.2 * share) * (key == "fid")
                    checkpoints[key].append(np.nan if score is None else score * late)
    table = {**series, **{name: np.concatenate(values) for name, values in numbers.items()}}
    if series["seed"]:
        pyarrow.parquet.write_table(pyarrow.table(table), folder / "data" / "series.parquet")
    pyarrow.parquet.write_table(pyarrow.table(checkpoints), folder / "data" / "checkpoints.parquet")


def _write_arrays(folder: Path, case: Case, rng: np.random.Generator) -> None:
    samples: dict[str, NDArray[np.uint8]] = {"real": _digits(rng, 16, blob=False)}
    energies: dict[str, NDArray[np.float32]] = {}
    for side in ("ref", "mine"):
        if side == "mine" and case in ("crashed", "diverged"):
            continue
        blob = side == "mine" and case not in ("same", "inconclusive")
        floor = 0.95 if blob else 0.07
        for seed in seeds_of(case):
            for step in (0,) if case == "alone" else CHECKPOINTS if case == "full" else (500, STEPS):
                samples[f"{side}/{seed}/{step}"] = _digits(rng, 64, blob=blob)
            if side == "mine" and case == "scalar":
                continue
            for kind, level in (("real", 1.0), ("held_out", 1.04), ("fake", 1.3), ("noise", 5.5)):
                drawn = floor * level * np.exp(rng.normal(0, 0.28 if kind != "noise" else 0.05, 1000))
                energies[f"{side}/{seed}/{kind}"] = drawn.astype(np.float32)
    np.savez_compressed(folder / "data" / "samples.npz", allow_pickle=False, **samples)
    np.savez_compressed(folder / "data" / "energies.npz", allow_pickle=False, **energies)


def _digits(rng: np.random.Generator, count: int, *, blob: bool) -> NDArray[np.uint8]:
    """Rings and strokes of 28 × 28 pixels, or grey blobs."""
    y, x = np.mgrid[0:28, 0:28]
    centre = rng.uniform(11, 16, (count, 2, 1, 1))
    distance = np.hypot(y - centre[:, 0], (x - centre[:, 1]) * rng.uniform(1, 1.8, (count, 1, 1)))
    if blob:
        return np.asarray(110 * np.exp(-(distance**2) / 160), np.uint8)[:, None]
    radius = rng.uniform(4, 8, (count, 1, 1))
    stroke = np.exp(-((distance - radius) ** 2) / 2.2)
    bar = np.exp(-((x - centre[:, 1]) ** 2) / 3.0) * (rng.uniform(size=(count, 1, 1)) < 0.35)
    return np.asarray(255 * np.clip(stroke + bar, 0, 1), np.uint8)[:, None]
