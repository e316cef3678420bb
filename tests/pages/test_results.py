"""Results: the models' numbers, which never share a table where they cannot be compared, and the ledger."""

import json
import re
import zipfile
from collections.abc import Callable
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import strangers
from tests.pages.visiting import html, visit
from vae.analysis import imputation
from vae.analysis.sources import ledger as sources
from vae.explorer import load
from vae.web.kit import html as html_parts
from vae.web.kit import loaders
from vae.web.pages.results import ledger


def tables(at: AppTest) -> dict[str, str]:
    """The models' tables by their headings."""
    (scores,) = re.findall(r'<div class="vae-scores">.*', html(at))
    parts = re.split(r"<h3>(.*?)</h3>", scores)
    return dict(zip(map(unescape, parts[1::2]), parts[2::2], strict=True))


def test_each_model_s_numbers_stand_beside_those_that_they_may_be_compared_with() -> None:
    at = visit("results")
    found = tables(at)
    assert "10,000 test images of mnist" in found["mnist, pixels under a Bernoulli likelihood"]
    for name in loaders.model_names():
        model = load(name)
        (heading,) = (heading for heading, table in found.items() if f"<small>{name}</small>" in table)
        assert heading.startswith(f"{model.dataset.name}, ")
        assert str(model.record.likelihood) in heading.lower()
        elbo = model.metrics["elbo"]
        assert elbo is None or f"<td>{-elbo:.2f}</td>".replace("-", "−") in found[heading]


def test_the_card_of_the_chosen_model_says_how_it_was_trained() -> None:
    at = visit("results", model="mnist-vae-20d")
    assert at.expander[0].label == "VAE, 20-D: sharper digits: how it was trained, and its limits"
    assert "python -m vae.train" in at.expander[0].markdown[0].value
    assert "# mnist" not in at.expander[0].markdown[0].value


def test_each_command_of_the_ledger_stands_once_below_its_table() -> None:
    at = visit("results")
    for title, lines in sources.tables().items():
        assert f"**{title}**" in [text.value for text in at.markdown]
        for command in {line.cells()[-1].replace("`", "") for line in lines}:
            assert html(at).count(f"<li><code>{command}</code></li>") >= 1


def test_no_table_has_a_column_without_a_word() -> None:
    for table in re.findall(r"<tbody>(.*?)</tbody>", html(visit("results")), flags=re.DOTALL):
        rows = [re.findall(r"<td>(.*?)</td>", row) for row in table.split("</tr>") if row]
        assert all(any(column) for column in zip(*rows, strict=True))


def test_a_damaged_measurement_of_the_ledger_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imputation").mkdir()
    (tmp_path / "imputation" / "mnist-vae-2d.json").write_text("{")
    monkeypatch.setattr(imputation, "FOLDER", tmp_path / "imputation")
    at = visit("results")
    said = "imputation/mnist-vae-2d.json is damaged; run `python -m vae.imputation mnist-vae-2d`."
    assert [warning.value for warning in at.warning] == [said]


def test_the_ledger_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    visit("results")
    monkeypatch.setattr(sources, "tables", lambda: pytest.fail("the ledger is computed again"))
    visit("results")


def test_the_ledger_can_be_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    class Done:
        """A measurement that has ended."""

        def __init__(self, *arguments: str) -> None:
            asked.append(arguments)
            self.result = json.dumps(
                {"A title": [["a figure", "1", "2", "3", "4", "yes", "`a command`"]]}
            ).encode()

    monkeypatch.setattr(ledger, "Job", Done)
    at = visit("results")
    next(button for button in at.button if button.label == "Measure again").click()
    at.run()
    assert not at.exception
    assert asked == [("ledger",)]
    assert "<td>a figure</td>" in html(at)
    assert "<code>a command</code>" in html(at)
    assert "**A title**" in [text.value for text in at.markdown]


@pytest.mark.usefixtures("others")
def test_models_of_any_kind_have_tables_and_mnist_s_ledger_is_not_there_without_mnist() -> None:
    at = visit("results", model="shapes-2d")
    cells = re.findall(r"<tr><td>([^<]+)</td><td>([^<]+)</td><td>([^<]+)</td>", html(at))
    assert sorted(cells) == [
        ("bent-2d", "implicit", "2"),
        ("blobs-3d", "VAE", "3"),
        ("foreign-3d", "implicit", "3"),
        ("shapes-2d", "VAE", "2"),
    ]
    assert any(heading.endswith(", without a likelihood") for heading in tables(at))
    assert not any("article" in heading.value for heading in at.header)


@pytest.mark.parametrize(("model", "files"), [("digits-vae-2d", 4), ("shapes-2d", 2)])
def test_a_model_can_be_taken_along(
    model: str, files: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is no file has no networks to take along, nor a card."""
    if files < 4:
        request.getfixturevalue("others")
    made: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr(
        html_parts, "download", lambda label, make, file, mime, **more: made.update({file: make})
    )
    visit("results", model=model)
    assert len(made) == files
    rows = made[f"{model}.codes.csv"]().decode().splitlines()
    assert len(rows) == 1 + len(loaders.explorer(model).codes() if files == 4 else strangers.items("shapes"))
    if files == 4:
        with zipfile.ZipFile(BytesIO(made[f"{model}.onnx.zip"]())) as networks:
            assert networks.namelist() == ["encoder.onnx", "decoder.onnx", "record.json"]


def test_a_pickle_among_the_user_s_models_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.pt").write_bytes(b"")
    (said,) = visit("results").warning
    assert said.value.startswith(r"mine\.pt may be a pickle, which can run any program")
