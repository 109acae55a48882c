"""The main job, end to end, on real digits with nets that train in seconds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import variants
from safetensors.torch import load_file, save_file

import ebdiag
from ebdiag.errors import EbdiagError, VariantError
from ebdiag.pipeline import Comparison, Request
from ebdiag.result import Result
from ebdiag.store import Store
from ebdiag.watch import Silent

OTHER = variants.TINY.replace("nn.Linear(64, 784)", "nn.Linear(64, 784, bias=False)")


def compare(folder: Path, ref: str, mine: str, **options: Any) -> Result:
    """Everything but the report."""
    given = {"ref": options.pop("restore_ref", None), "mine": options.pop("restore_mine", None)}
    restore: dict[Any, str] = {side: str(path) for side, path in given.items() if path}
    request = Request(ref=ref, mine=mine, restore=restore, **({"steps": 20, "seeds": 2} | options))
    return Comparison(request, Silent()).judged(command="")[0]


def reported(folder: Path, ref: str, mine: str, **options: Any) -> Result:
    """As the library does it."""
    chosen: dict[str, Any] = {"steps": 20, "seeds": 2, "out": folder / "report", "progress": False} | options
    return ebdiag.compare(ref, mine, **chosen)


def outside_volatile(result: Result) -> dict[str, Any]:
    content = json.loads(result.to_json())
    assert content.pop("volatile")
    return content


def weights(folder: Path, result: Result, steps: int) -> dict[tuple[str, int], dict[str, torch.Tensor]]:
    """(variant, seed) → tensors at a stop, out of the store."""
    return {
        (run.variant, run.seed): load_file(Store().folder(run.id.split("-")[0]).weights(steps)) for run in result.runs
    }


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    return variants.write(tmp_path, variants.TINY, "ref.py"), variants.write(tmp_path, OTHER, "mine.py")


def fresh_store(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("EBDIAG_HOME", str(folder))


def test_a_comparison_from_two_files_to_a_report(tmp_path: Path, pair: tuple[str, str]) -> None:
    """result.json is complete in shape, the report is there, and nobody's random state moved."""
    torch.manual_seed(11)
    expected = torch.rand(2)
    torch.manual_seed(11)
    result = reported(tmp_path, *pair)
    assert torch.equal(torch.rand(2), expected)
    folder = tmp_path / "report"
    assert Result.load(folder) == result
    assert {path.name for path in folder.iterdir()} >= {"result.json", "report.html", "report.md", "data", "figures"}
    assert [(run.variant, run.seed, run.status) for run in result.runs] == [
        ("ref", 0, "finished"), ("ref", 1, "finished"), ("mine", 0, "finished"), ("mine", 1, "finished"),
    ]  # fmt: skip
    assert result.verdict.status == "both_fail"  # twenty steps
    assert result.verdict.exit_code == 0
    assert [d.part for d in result.differences] == ["generator", "generator.net.3"]
    assert result.differences[0].mine_line is not None
    assert set(result.metrics) >= {"fid", "coverage", "precision", "recall", "digits", "reconstruction_error"}
    assert len(result.metrics["fid"].mine) == 2
    assert result.volatile.trained == {"ref/0": 20, "ref/1": 20, "mine/0": 20, "mine/1": 20}
    share = result.variants["mine"].facts["initial_equal_share"]
    assert isinstance(share, float)
    assert 0.9 < share <= 1.0


def test_the_same_again_trains_nothing_and_says_the_same(tmp_path: Path, pair: tuple[str, str]) -> None:
    """A second identical comparison comes from the store, a changed comment included."""
    first = compare(tmp_path, *pair)
    Path(pair[1]).write_text("# a comment\n" + OTHER)
    second = compare(tmp_path, *pair)
    assert set(second.volatile.trained.values()) == {0}
    one, two = outside_volatile(first), outside_volatile(second)
    for content in (one, two):  # the comment moved every line by one
        content["differences"] = [{**d, "mine_line": None} for d in content["differences"]]
        for with_lines in ("layers", "narrowest", "ranges", "conformance"):
            content["variants"]["mine"]["facts"].pop(with_lines)
        content["variants"]["mine"].pop("parts")
        content["verdict"].pop("why")
    assert one == two


def test_only_what_changed_is_trained_again(tmp_path: Path, pair: tuple[str, str]) -> None:
    """A changed mine.py retrains mine and leaves ref alone."""
    compare(tmp_path, *pair)
    Path(pair[1]).write_text(OTHER.replace("margin: float = 1.0", "margin: float = 0.5"))
    again = compare(tmp_path, *pair)
    assert again.volatile.trained == {"ref/0": 0, "ref/1": 0, "mine/0": 20, "mine/1": 20}
    assert {d.part for d in again.differences} == {"generator", "generator.net.3", "margin"}


def test_two_full_runs_give_the_same_result(
    tmp_path: Path, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From two empty stores: result.json is equal outside volatile, byte for byte, and so are the weights."""
    one = compare(tmp_path, *pair)
    kept = weights(tmp_path, one, 20)
    fresh_store(monkeypatch, tmp_path / "second")
    two = compare(tmp_path, *pair)
    assert json.dumps(outside_volatile(one)) == json.dumps(outside_volatile(two))
    for key, tensors in weights(tmp_path, two, 20).items():
        assert same(tensors, kept[key])


def test_nothing_but_the_variant_decides_the_weights(
    tmp_path: Path, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order of the variants, --jobs, probes, and how often metrics are taken leave every bit as it is."""
    base = compare(tmp_path, *pair)
    kept = weights(tmp_path, base, 20)
    ref, mine = pair
    for number, (files, options) in enumerate(
        (
            ((mine, ref), {}),
            ((ref, mine), {"jobs": 1}),
            ((ref, mine), {"probes": "none"}),
        )
    ):
        fresh_store(monkeypatch, tmp_path / f"store{number}")
        other = weights(tmp_path, compare(tmp_path, *files, **options), 20)
        swapped = {"ref": "mine", "mine": "ref"} if files[0] == mine else {"ref": "ref", "mine": "mine"}
        for (side, seed), tensors in other.items():
            assert same(tensors, kept[swapped[side], seed]), (files, options)


@pytest.mark.parametrize("text", [variants.TINY, variants.RANDOM], ids=["plain", "with draws"])
def test_measuring_at_every_step_changes_no_weight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Metrics at every checkpoint and never: bit-identical weights, also where `forward` draws."""
    path = variants.write(tmp_path, text)
    ends = []
    for number, checkpoints in enumerate(((12,), tuple(range(1, 13)))):
        fresh_store(monkeypatch, tmp_path / f"store{number}")
        request = Request(ref=path, mine=path, steps=12, seeds=1, jobs=1)
        comparison = Comparison(request, Silent())
        planned = comparison.prepare()
        [spec] = planned.todo
        changed = replace(spec, checkpoints=checkpoints)
        specs = {side: [replace(changed, side=side)] for side in planned.specs}
        runs = comparison.run(replace(planned, todo=[changed], specs=specs))  # type: ignore[arg-type]
        assert [m.step for m in runs["mine"][0].measures] == list(checkpoints)
        ends.append(load_file(comparison.store.folder(spec.trajectory).weights(12)))
    assert same(*ends)


def test_more_steps_extend_what_is_there(
    tmp_path: Path, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """120 + 130 steps end where 250 do: weights, series and result; and only the missing steps are trained."""
    compare(tmp_path, *pair, steps=120, seeds=1)
    extended = reported(tmp_path, *pair, steps=250, seeds=1)
    assert extended.volatile.trained == {"ref/0": 130, "mine/0": 130}
    kept = weights(tmp_path, extended, 250)
    series = (tmp_path / "report" / "data" / "series.parquet").read_bytes()
    shorter = compare(tmp_path, *pair, steps=120, seeds=1)
    assert set(shorter.volatile.trained.values()) == {0}
    fresh_store(monkeypatch, tmp_path / "second")
    whole = reported(tmp_path, *pair, steps=250, seeds=1)
    assert all(same(tensors, kept[key]) for key, tensors in weights(tmp_path, whole, 250).items())
    assert outside_volatile(whole) == outside_volatile(extended)
    import io

    import pyarrow.parquet as pq

    one, two = pq.read_table(io.BytesIO(series)), pq.read_table(tmp_path / "report" / "data" / "series.parquet")
    assert one.equals(two)


def test_a_stop_in_between_keeps_what_lies_beyond(tmp_path: Path, pair: tuple[str, str]) -> None:
    """After 250 steps, 160 are trained once from the start of the gap, and 250 stay stored."""
    compare(tmp_path, *pair, steps=110, seeds=1)
    compare(tmp_path, *pair, steps=210, seeds=1)
    between = compare(tmp_path, *pair, steps=160, seeds=1)
    assert between.volatile.trained == {"ref/0": 50, "mine/0": 50}
    assert set(compare(tmp_path, *pair, steps=210, seeds=1).volatile.trained.values()) == {0}
    assert set(compare(tmp_path, *pair, steps=160, seeds=1).volatile.trained.values()) == {0}


@pytest.mark.slow
def test_five_hundred_and_a_thousand_are_fifteen_hundred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The documented budgets extend each other bit for bit, with draws in the user's own code."""
    path = variants.write(tmp_path, variants.RANDOM)
    compare(tmp_path, path, path, steps=500, seeds=1)
    extended = compare(tmp_path, path, path, steps=1_500, seeds=1)
    assert extended.volatile.trained["mine/0"] == 1_000
    kept = weights(tmp_path, extended, 1_500)
    fresh_store(monkeypatch, tmp_path / "second")
    whole = compare(tmp_path, path, path, steps=1_500, seeds=1)
    assert all(same(tensors, kept[key]) for key, tensors in weights(tmp_path, whole, 1_500).items())
    assert outside_volatile(whole) == outside_volatile(extended)


def test_a_variant_that_diverges_is_reported_beside_the_other(tmp_path: Path, pair: tuple[str, str]) -> None:
    """What, where and when; the other variant's scores are complete; exit code 4."""
    text = variants.TINY.replace("margin: float = 1.0", "margin: float = 1.0\n    discriminator_lr: float = 1e30")
    result = reported(tmp_path, pair[0], variants.write(tmp_path, text, "wild.py"), steps=30)
    runs = [run for run in result.runs if run.variant == "mine"]
    assert {run.status for run in runs} == {"diverged"}
    assert all(run.steps < 30 and "step" in (run.reason or "") for run in runs)
    assert result.verdict.exit_code == 4
    assert None not in result.metrics["fid"].ref
    assert result.metrics["fid"].mine == [None, None]
    page = (tmp_path / "report" / "report.html").read_text()
    assert "diverged" in page
    again = compare(tmp_path, pair[0], str(tmp_path / "wild.py"), steps=30)
    assert set(again.volatile.trained.values()) == {0}


def test_a_variant_that_crashes_is_reported_beside_the_other(tmp_path: Path, pair: tuple[str, str]) -> None:
    """The user's line and the step; ref is complete; exit code 4; nothing decided."""
    text = variants.TINY.replace("return self.net(z)", "self.calls = getattr(self, 'calls', 0) + 1\n"
        "        if self.calls > 60:\n            raise ValueError('enough')\n        return self.net(z)")  # fmt: skip
    result = compare(tmp_path, pair[0], variants.write(tmp_path, text, "brittle.py"), steps=90)
    runs = [run for run in result.runs if run.variant == "mine"]
    assert {run.status for run in runs} == {"crashed"}
    assert all(run.line is not None and "brittle.py" in run.line.file for run in runs)
    assert "ValueError: enough" in (runs[0].reason or "")
    assert result.verdict.status == "run_failed"
    assert result.verdict.exit_code == 4
    assert None not in result.metrics["fid"].ref


def test_a_model_compared_with_itself_differs_in_nothing(tmp_path: Path, pair: tuple[str, str]) -> None:
    """No difference, ratio exactly one, and each seed trained once."""
    result = compare(tmp_path, pair[0], pair[0])
    assert result.differences == []
    assert result.metrics["fid"].ref == result.metrics["fid"].mine
    delta = result.metrics["fid"].delta
    assert delta is not None
    assert delta.mean == 1.0


def test_files_that_differ_only_in_writing_have_no_difference(tmp_path: Path, pair: tuple[str, str]) -> None:
    """Renamed attributes, another nesting, an energy written out: the same in effect."""
    text = (
        variants.TINY.replace("self.encoder", "self.squeeze").replace("self.decoder", "self.expand")
        + "\n\ndef energy(reconstruction, image):\n    gap = image - reconstruction\n"
        "    return (gap * gap).mean(dim=(1, 2, 3))\n"
        "\n\ndef generator_loss(d, images, cfg):\n    out, c = d(images)\n"
        "    return energy(out, images).mean() + pull_away(c) * cfg.pull_away_weight\n"
    )
    result = compare(tmp_path, pair[0], variants.write(tmp_path, text, "rewritten.py"), steps=5, seeds=1)
    assert result.differences == []


@pytest.mark.parametrize("own_optimizers", [False, True])
def test_settings_written_out_are_no_difference(tmp_path: Path, pair: tuple[str, str], own_optimizers: bool) -> None:
    """A Config that states the defaults, and Adams built as ebdiag builds them, change nothing; another rate does."""
    stated = """
    image_shape: tuple = (1, 28, 28)
    pixel_range: tuple = (-1, 1)
    pull_away_weight: float = 0.1
    generator_lr: float = 1e-3
    discriminator_lr: float = 0.001
    betas: tuple = (0.5, 0.999)
    discriminator_steps: int = 1
"""
    text = variants.TINY.replace("    margin: float = 1.0\n", f"    margin: int = 1{stated}")
    if own_optimizers:
        text += (
            "\n\ndef optimizers(g, d, config):\n"
            "    return [torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.5, 0.999)) for net in (g, d)]\n"
        )
    result = compare(tmp_path, pair[0], variants.write(tmp_path, text, "stated.py"), steps=1, seeds=1)
    assert result.differences == []
    if own_optimizers:
        faster = variants.write(tmp_path, text.replace("for net in", "if net is d else torch.optim.Adam("
                                "net.parameters(), lr=2e-3, betas=(0.5, 0.999)) for net in"), "faster.py")  # fmt: skip
        result = compare(tmp_path, pair[0], faster, steps=1, seeds=1)
        assert [d.part for d in result.differences] == ["optimizer.generator"]


def test_a_reference_out_of_the_store_differs_in_nothing_else(tmp_path: Path, pair: tuple[str, str]) -> None:
    """What was found out about the reference in an earlier comparison reads as it did then."""
    compare(tmp_path, pair[0], pair[0], steps=1, seeds=1)
    changed = variants.write(tmp_path, variants.TINY.replace("margin: float = 1.0", "margin: float = 2.0"), "margin.py")
    result = compare(tmp_path, pair[0], changed, steps=1, seeds=1)
    assert [d.part for d in result.differences] == ["margin"]


@pytest.mark.parametrize(("lost", "trained"), [("last", 0), ("first", 0), ("all", 0), ("weights", 120)])
def test_scores_that_are_wanted_anew_are_made_again(
    tmp_path: Path, pair: tuple[str, str], store_root: Path, lost: str, trained: int
) -> None:
    """As after a new version of a metric: nothing is trained where weights are there, and the numbers are the same."""
    before = compare(tmp_path, *pair, steps=120, seeds=1)
    assert before.budget.checkpoints == [100, 120]
    for folder in (store_root / "runs").iterdir():
        steps = {"last": ["0000120"], "first": ["0000100"]}.get(lost, ["0000100", "0000120"])
        if lost == "weights":
            (folder / "weights-0000100.safetensors").unlink()
        for file in (folder / "measures").iterdir():
            if any(step in file.name for step in steps):
                file.unlink()
    again = compare(tmp_path, *pair, steps=120, seeds=1)
    assert outside_volatile(again) == outside_volatile(before)
    assert set(again.volatile.trained.values()) == {trained}


def test_restored_weights_are_scored_without_training(tmp_path: Path, pair: tuple[str, str]) -> None:
    """A trained model's own weights score exactly as it did; safetensors and checkpoint dictionaries alike."""
    trained = compare(tmp_path, *pair, seeds=1)
    tensors = weights(tmp_path, trained, 20)["mine", 0]
    split = {
        role: {k.removeprefix(f"{role}."): v for k, v in tensors.items() if k.startswith(role)}
        for role in ("generator", "discriminator")
    }
    save_file(tensors, tmp_path / "both.safetensors")
    torch.save({"netG": split["generator"], "netD": split["discriminator"], "epoch": 3}, tmp_path / "both.pt")
    for name in ("both.safetensors", "both.pt"):
        result = compare(tmp_path, *pair, seeds=1, restore_mine=tmp_path / name)
        run = next(run for run in result.runs if run.variant == "mine")
        assert (run.status, run.steps, run.notes) == ("restored", 0, [])
        assert result.metrics["fid"].mine == trained.metrics["fid"].mine
        assert result.volatile.trained["mine/0"] == 0


def test_what_does_not_match_a_checkpoint_is_listed(tmp_path: Path, pair: tuple[str, str]) -> None:
    """A bare generator state dict with one foreign and one missing tensor: every gap is named."""
    trained = compare(tmp_path, *pair, seeds=1)
    tensors = weights(tmp_path, trained, 20)["mine", 0]
    state = {k.removeprefix("generator."): v for k, v in tensors.items() if k.startswith("generator.")}
    state["foreign.weight"] = torch.zeros(3)
    state["net.0.bias"] = torch.zeros(5)
    torch.save(state, tmp_path / "g.pt")
    result = compare(tmp_path, *pair, seeds=1, restore_mine=tmp_path / "g.pt")
    [run] = [run for run in result.runs if run.variant == "mine"]
    notes = " | ".join(run.notes)
    assert "generator.net.0.bias has shape (64,)" in notes
    assert "generator.foreign.weight, which the net has not" in notes
    assert "no weights for the discriminator" in notes


class Custom:
    """Something a checkpoint should not hold."""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: Custom(), "refused: reading it would run code"),
        (lambda: torch.nn.Linear(2, 2), "refused: reading it would run code"),
        (lambda: {"epoch": 3}, "holds no state dict"),
        (lambda: {"generator": {"x": torch.zeros(2)}}, "nothing in the checkpoint fits the generator"),
    ],
)  # fmt: skip
def test_a_checkpoint_that_cannot_be_used_is_refused(
    tmp_path: Path, pair: tuple[str, str], content: Any, words: str
) -> None:
    """With the reason; nothing pickled is ever executed."""
    torch.save(content(), tmp_path / "w.pt")
    with pytest.raises(EbdiagError, match=words):
        compare(tmp_path, *pair, seeds=1, restore_mine=tmp_path / "w.pt")


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, pair: tuple[str, str]) -> None:
    """Text, emptiness and absence are told apart by their messages, and none is taken for something that runs code."""
    (tmp_path / "w.safetensors").write_text("hello")
    (tmp_path / "text.pt").write_text("garbage")
    (tmp_path / "w.pt").write_bytes(b"")
    for name, words in (
        ("w.safetensors", "the checkpoint cannot be read"),
        ("text.pt", "(?s)the checkpoint cannot be read.*got a file that is no archive of tensors"),
        ("w.pt", "(?s)the checkpoint cannot be read.*got an empty file"),
        ("gone.pt", "No such file"),
    ):
        with pytest.raises(EbdiagError, match=words):
            compare(tmp_path, *pair, seeds=1, restore_mine=tmp_path / name)


def test_a_damaged_run_is_set_aside_and_trained_again(tmp_path: Path, pair: tuple[str, str]) -> None:
    """A flipped byte is named, never used."""
    first = compare(tmp_path, *pair, seeds=1)
    folder = Store().folder(next(r.id for r in first.runs if r.variant == "mine").split("-")[0])
    damaged = next((folder.path / "measures").glob("*.json"))
    damaged.write_text(damaged.read_text().replace("1", "2", 1))
    again = compare(tmp_path, *pair, seeds=1)
    assert again.volatile.trained == {"ref/0": 0, "mine/0": 20}
    assert outside_volatile(again) == outside_volatile(first)
    assert list((Store().root / "damaged").iterdir())


REFUSALS = {
    "generator shape": (
        "view(-1, 1, 28, 28)", "view(-1, 784)",
        r"Generator must return images of the declared shape\n  expected shape \(32, 1, 28, 28\), got \(32, 784\)",
    ),
    "forward raises": ("nn.Linear(64, 784),", "nn.Linear(65, 784),", r"Generator raised on latents of shape \(32, 8\)"),
    "reconstruction shape": (
        ".view_as(x), code", "[:, :700], code", r"reconstruction has not the shape of the image\n  expected shape",
    ),
    "no gradient": (
        "# end", "def generator_loss(d, fake, config):\n    return d(fake.detach())[0].mean().detach()",
        r"generator_loss\(\) has no gradient for the generator",
    ),
    "wrong net": (
        "# end", "def generator_loss(discriminator, fake, config):\n    return discriminator(fake.detach())[0].mean()",
        r"generator_loss\(\) has no gradient for the generator",
    ),
    "not finite": (
        "# end", "def discriminator_loss(d, real, fake, config):\n    return d(real)[0].mean() / 0",
        r"discriminator_loss\(\) is not finite before any training",
    ),
    "not a scalar": (
        "# end", "def discriminator_loss(d, real, fake, config):\n    return d(real)[0].mean(1)",
        r"discriminator_loss\(\) must return a scalar\n  expected shape \(\)",
    ),
    "loss raises": (
        "# end", "def discriminator_loss(discriminator, real, fake, config):\n    return undefined",
        r"discriminator_loss raised NameError: name 'undefined'",
    ),
    "latent count": (
        "# end", "def sample_latent(count, config, rng):\n    return torch.randn(3, 8, generator=rng)",
        r"sample_latent\(\) must return one latent per sample\n  expected shape \(32, …\), got \(3, 8\)",
    ),
    "unknown latent": (
        "margin: float", "latent: str = 'gauss'\n    margin: float", "must be 'normal', 'uniform' or 'uniform01'",
    ),
    "scalar d": (
        "return self.decoder(code).view_as(x), code", "return code.mean(1)",
        "the default discriminator_loss needs a reconstruction",
    ),
    "batch too large": (
        "batch_size: int = 32", "batch_size: int = 5000", r"expected at most 4000, got 5000",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_run_is_refused_before_training(tmp_path: Path, pair: tuple[str, str], case: str) -> None:
    """One message with file, line, expected and got."""
    old, new, words = REFUSALS[case]
    text = (variants.TINY + "\n\n# end\n").replace(old, new)
    assert text != variants.TINY + "\n\n# end\n"
    with pytest.raises(VariantError, match=words) as caught:
        compare(tmp_path, pair[0], variants.write(tmp_path, text))
    assert "mine.py" in str(caught.value)


def test_other_data_sets_are_brought_to_the_models_shape(tmp_path: Path, pair: tuple[str, str]) -> None:
    """8×8 digits under 28×28 models: it runs, and the resizing is said."""
    result = compare(tmp_path, *pair, dataset="digits", steps=3, seeds=1)
    assert result.dataset.image_shape == (1, 8, 8)
    assert any("8" in note and "28" in note for note in result.variants["mine"].notes)


def test_a_folder_of_images_trains_a_colour_model(tmp_path: Path) -> None:
    """`folder:PATH` with colour images and a Config that says so."""
    import numpy as np
    from PIL import Image

    images = tmp_path / "images"
    images.mkdir()
    rng = np.random.default_rng(0)
    for i in range(120):
        Image.fromarray(rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)).save(images / f"{i}.png")
    text = (
        variants.TINY.replace("latent_dim: int = 8", "latent_dim: int = 8\n    image_shape: tuple = (3, 12, 12)")
        .replace("784", "432").replace("-1, 1, 28, 28", "-1, 3, 12, 12")
    )  # fmt: skip
    path = variants.write(tmp_path, text)
    result = compare(tmp_path, path, path, dataset=f"folder:{images}", steps=3, seeds=1)
    assert result.dataset.train_count == 96
    assert result.metrics["digits"].mine == [None]
    assert result.metrics["fid"].mine[0] is not None


def test_auto_steps_are_found_with_the_reference(tmp_path: Path) -> None:
    """A reference that never works within the limit is said, and nothing else is trained."""
    from ebdiag import survey

    path = variants.write(tmp_path, variants.TINY.replace("nn.Tanh()", "nn.Sigmoid()"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(survey, "AUTO_LIMIT", 200)
        with pytest.raises(EbdiagError, match="does not work within 200 steps"):
            compare(tmp_path, path, path, steps="auto")
