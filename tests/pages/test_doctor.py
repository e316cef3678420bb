"""Doctor: the verdict first, findings in order, an examination from a click to its file, the calculator."""

import os
import re
import time
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.analysis.doctor import made
from tests.conftest import model_of
from tests.pages.visiting import html, run, visit
from vae import explorer, home
from vae.analysis.doctor import examination
from vae.images import sets
from vae.model import catalogue, checkpoint, codes
from vae.model.checkpoint import Description
from vae.model.config import ModelConfig
from vae.web.pages.doctor import findings

DEEP = "mnist-vae-20d"
PATIENCE = 60  # seconds of an examination


def gravities(at: AppTest) -> list[str]:
    return re.findall(r'<section class="vae-finding (\w+)">', html(at))


def titles(at: AppTest) -> list[str]:
    return re.findall(r"<h2>([^<]+) <small>", html(at))


def test_the_verdict_comes_first_and_the_findings_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    well = examination.kept(explorer.load("mnist-gaussian-vae-2d"))
    assert well is not None
    kept = made.ailing(well, "bound")
    monkeypatch.setattr(examination, "kept", lambda model: kept)
    at = visit("doctor", "mnist-gaussian-vae-2d")
    assert at.markdown[1].value == "**This model works, but should be changed: log_var at its bound.**"
    assert titles(at)[0] == "log_var at its bound"
    said = gravities(at)
    assert said[0] == "serious"
    assert said == sorted(said, key=["grave", "serious", "note", "well", "unasked"].index)
    assert len(titles(at)) == sum(each.gravity != "unasked" for each in kept.findings)
    shown = [chart.key for chart in at.get("plotly_chart")]
    assert {f"doctor-{each.rule}" for each in kept.findings if each.arrays} <= set(map(str, shown))


@pytest.fixture
def mine() -> str:
    """The name of a model of the user's own that nobody has examined."""
    config, name = ModelConfig(latent_dim=2, hidden=(16, 24)), "mine"
    folder = home.folder("models")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    said = Description(config, sets.dataset("digits"), "python -m vae.train", 0, {"elbo": -200.0})
    checkpoint.save(path, model_of(config).weights(), said, np.float16)
    loaded = explorer.load(name)
    codes.save(catalogue.codes_path(path), loaded.codes(), loaded.fingerprint)
    return name


def test_an_examination_is_made_shown_and_kept(mine: str) -> None:
    at = visit("doctor", mine)
    assert at.markdown[1].value == f"**“{mine}” has not been examined yet.**"
    next(button for button in at.button if button.label == "Examine").click()
    run(at)
    ends = time.monotonic() + PATIENCE
    while not titles(at) and time.monotonic() < ends:
        run(at)
    assert titles(at)
    assert examination.kept(explorer.load(mine)) is not None
    again = visit("doctor", mine)  # another session
    assert titles(again) == titles(at)
    assert any(button.label == "Examine again" for button in again.button)


def test_a_damaged_file_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "FOLDER", tmp_path)
    (tmp_path / f"{DEEP}.npz").write_bytes(b"PK\3\4")
    at = visit("doctor", DEEP)
    said = f"{tmp_path.name}/{DEEP}.npz is damaged; run `python -m vae.doctor {DEEP}`."
    assert [each.value for each in at.warning] == [said]
    assert any(button.label == "Examine" for button in at.button)


def test_the_calculator_goes_both_ways() -> None:
    at = visit("doctor", DEEP)
    assert any(
        "w = **1** of the KL is **β = 784** on the scale of nats" in each.value for each in at.markdown
    )
    at = visit("doctor", DEEP, loss_from="beta")
    words = "averaged over pixels and images with weight w = **0.00127551** of the KL is **β = 1**"
    assert any(words in each.value for each in at.markdown)
    assert any(".mean(dim=(1, 2, 3)).mean()" in code.value for code in at.code)
    at = visit("doctor", DEEP, loss_images="sum", loss_pixels="sum", loss_batch="200")
    assert any("β = 0.005** on the scale of nats. It changes with" in each.value for each in at.markdown)
    at = visit("doctor", DEEP, loss_error="squares", loss_pixels="sum", loss_weight="0.5")
    assert any("β = 1, for pixels with an sd of 0.5" in each.value for each in at.markdown)
    assert any("on the scale of nats, a pixel's sd taken as 0.7071" in each.value for each in at.markdown)
    at = visit("doctor", DEEP, loss_error="squares", loss_from="beta", loss_weight="4")
    assert any(f"w = **{4 / 784:.6g}** of" in each.value for each in at.markdown)
    assert any(f"+ {4 / 784:.6g} * kl" in code.value for code in at.code)


def test_what_cannot_be_kept_is_said_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(done: examination.Examination, folder: Path | None = None) -> Path:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr(examination, "save", full)
    model = explorer.load(DEEP)
    done = examination.kept(model)
    assert done is not None
    at = visit("doctor", DEEP)
    ended = SimpleNamespace(result=examination.to_npz(replace(done, seconds=77.0)))
    at.session_state[findings.UNDER_WAY + model.fingerprint] = ended
    run(at)
    assert [each.value for each in at.warning] == [
        "The examination is shown, but could not be kept: No space left on device."
    ]
    assert any("in 77 s" in caption.value for caption in at.caption)
