"""Whole examinations: of models trained well and sick on purpose, and of all models that ship."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.analysis.doctor import made
from vae import doctor, explorer
from vae.analysis.doctor import evidence, examination, finding
from vae.analysis.doctor.examination import Examination, examine
from vae.analysis.doctor.finding import Finding, Rule
from vae.explorer import Explorer
from vae.images.spec import Floats
from vae.model.catalogue import released_names
from vae.model.codes import Codes
from vae.model.posterior import Gaussian
from vae.model.tensor_file import CheckpointError


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small digits are the images of the models made here; no search, which has a test of its own."""
    real = evidence.images_of
    monkeypatch.setattr(
        evidence,
        "images_of",
        lambda model, split: made.items(split) if model.dataset == made.TINY else real(model, split),
    )
    monkeypatch.setattr(evidence, "SEARCHING", 0.0)


def ill(done: Examination) -> set[Rule]:
    return {each.rule for each in done.findings if each.is_ill}


def of(done: Examination, rule: Rule) -> Finding:
    return next(each for each in done.findings if each.rule == rule)


def test_a_healthy_model_is_well() -> None:
    done = examine(made.model(1.0))
    assert ill(done) == set()
    assert done.verdict.startswith("This model is well")
    assert of(done, "loss").value == pytest.approx(1, abs=0.15)
    assert {each.rule for each in done.findings} == set(finding.TITLES)


def test_a_reconstruction_averaged_over_pixels_has_collapsed() -> None:
    done = examine(made.model(64.0))
    assert of(done, "collapse").gravity == "grave"
    assert "64 times too large" in of(done, "collapse").change
    assert done.verdict.startswith("This model is ill: posterior collapse")


def test_a_kl_averaged_over_pixels_is_read_off_the_model() -> None:
    done = examine(made.model(1 / 64))
    assert of(done, "loss").value == pytest.approx(1 / 64, rel=0.3)
    assert "the KL divided by the number of pixels" in of(done, "loss").meaning
    assert {"loss", "moments"} <= ill(done)


def test_a_model_trained_without_kl_is_ill_in_all_that_the_prior_asks() -> None:
    done = examine(made.model(0.0))
    assert of(done, "loss").gravity == "grave"
    assert {"loss", "moments", "mmd", "holes"} <= ill(done)
    assert done.ordered[0].rule == "loss"


class Centred:
    """A model that wants images from -1 to 1, or gives such."""

    latent_dim, image_spec, fingerprint = made.DIMS, made.SPEC, "centred"

    def __init__(self, inside: bool) -> None:
        self.model, self.inside = made.model(1.0).model, inside

    def encode(self, x: Floats) -> Gaussian:
        q = self.model.encode(((x + 1) / 2).astype(np.float32) if self.inside else x)
        assert isinstance(q, Gaussian)
        return q

    def decode(self, z: Floats) -> Floats:
        means = self.model.decode(z)
        return means if self.inside else 2 * means - 1


@pytest.mark.parametrize("inside", [True, False])
def test_images_in_another_range_are_named(inside: bool) -> None:
    model = Centred(inside)
    codes = explorer.explore(model, "tiny", made.TINY).encoded(made.items("test").floats())
    done = examine(explorer.explore(model, "tiny", made.TINY, codes))
    assert of(done, "range").gravity == "grave"
    assert "from −1 to 1" in of(done, "range").meaning


def test_of_a_model_without_likelihood_and_images_the_rules_say_what_they_lack() -> None:
    model = made.model(1.0)
    q = model.encode(made.items("test").floats())
    codes = Codes(q.mu, q.sd)
    unknown = replace(made.TINY, name="elsewhere")
    bare = Explorer(Centred(False), replace(model.record, dataset=unknown, likelihood=None), lambda: codes)
    done = examine(bare)
    reasons = {each.rule: each.meaning for each in done.findings if each.gravity == "unasked"}
    assert {"loss", "rate", "range", "noise", "blur", "generalisation", "amortisation"} <= reasons.keys()
    assert reasons["blur"] == "The images of elsewhere are not on this machine."
    assert "no likelihood" in reasons["generalisation"]
    assert of(done, "moments").gravity == "well"


def test_codes_that_are_no_numbers_end_in_a_sentence() -> None:
    model = made.model(1.0)
    broken = Codes(np.full((9, 4), np.nan, np.float32), np.ones((9, 4), np.float32))
    with pytest.raises(CheckpointError, match="no numbers"):
        examine(Explorer(model.model, model.record, lambda: broken))


def test_a_search_gains_what_a_bad_encoder_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "SEARCHING", 30.0)
    monkeypatch.setattr(evidence, "SEARCHED", 20)
    shares: list[float] = []
    done = examine(made.model(1.0), shares.append)
    assert 0 < (of(done, "amortisation").value or 0) < 5
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


@pytest.mark.parametrize("name", released_names())
def test_what_ships_is_well(name: str) -> None:
    done = examination.kept(explorer.load(name))
    assert done is not None, f"examine it: python -m vae.doctor {name} --ship"
    assert ill(done) == set()


@pytest.mark.parametrize("name", ["mnist-vae-2d", "mnist-ae-2d", "mnist-gaussian-vae-2d"])
def test_what_ships_was_found_so(name: str) -> None:
    kept, done = examination.kept(explorer.load(name)), examine(explorer.load(name))
    assert kept is not None
    for rule in ("loss", "collapse", "bound", "moments", "holes", "range", "blur", "history"):
        assert of(done, rule).gravity == of(kept, rule).gravity, rule


def test_an_examination_is_kept_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = made.model(1.0)
    done = examine(model)
    monkeypatch.setattr(examination, "FOLDER", tmp_path)
    assert examination.kept(model) is None
    path = examination.save(done, tmp_path)
    again = examination.kept(model)
    assert again is not None
    assert [each.meaning for each in again.findings] == [each.meaning for each in done.findings]
    pictures = of(done, "holes").arrays["pictures"]
    np.testing.assert_allclose(of(again, "holes").arrays["pictures"], pictures, atol=0.5 / 255 + 1e-6)
    assert examination.kept(made.model(64.0)) is None  # of another model
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match=r"python -m vae\.doctor tiny"):
        examination.kept(model)


def test_the_command_prints_the_gravest_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = "mnist-gaussian-vae-2d"
    well = examination.kept(explorer.load(name))
    assert well is not None
    kept = made.ailing(well, "bound")
    monkeypatch.setattr(doctor, "examine", lambda model, tell: kept)
    monkeypatch.setattr(examination, "FOLDER", tmp_path)
    monkeypatch.setattr("sys.argv", ["vae.doctor", name, "--ship"])
    with pytest.raises(SystemExit) as ended:
        doctor.main()
    assert ended.value.code == 0  # nothing grave
    lines = capsys.readouterr().out.strip().splitlines()
    assert kept.verdict in lines[0]
    assert lines[1].split()[:2] == ["serious", "log_var"]
    assert (tmp_path / f"{name}.npz").is_file()
    broken = replace(kept, findings=(Finding("history", "grave", "3", "epochs", "NaN."),))
    monkeypatch.setattr(doctor, "examine", lambda model, tell: broken)
    monkeypatch.setattr("sys.argv", ["vae.doctor", name, "--ship", "--json"])
    with pytest.raises(SystemExit) as ended:
        doctor.main()
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["gravity"] == "grave"
