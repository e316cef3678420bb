"""The ledger's part on AVB: what holds, what says why it does not, what is seen of the paper's claims."""

import pytest

from vae.analysis.adversarial import comparison
from vae.analysis.adversarial.comparison import Comparison, Measured, Method
from vae.analysis.sources import adversarial
from vae.analysis.sources.row import Row, Sight


def model(method: Method, latent_dim: int, seed: int, log_p: float, knn: float) -> Measured:
    scores = (60.0, 25.0, log_p, 0.5, 0.25)
    return Measured(
        "a", method, "", latent_dim, seed, 60_000, 900.0, "a card", *scores, (knn, 0.5), (0.3, 0.2)
    )


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> None:
    models = [model("AVB+AC", 8, seed, -89.0 - seed, 0.90 + 0.02 * seed) for seed in range(3)]
    models += [model("VAE", 8, seed, -102.0 - seed, 0.90 + 0.02 * seed) for seed in range(3)]
    models += [model("AVB+AC", 2, 0, -135.0, 0.77), model("VAE", 2, 0, -135.5, 0.80)]
    found = Comparison("the command", 0, "data", "sampling", tuple(models))
    monkeypatch.setattr(comparison, "shipped", lambda: found)


@pytest.mark.usefixtures("compared")
def test_a_row_of_table_2_holds_within_the_paper_s_error_or_says_how_it_was_trained() -> None:
    avb, vae = adversarial.likelihood(measure=False)  # in two dimensions the paper has none
    assert isinstance(avb, Row)
    assert isinstance(vae, Row)
    assert (avb.theirs, avb.ours) == pytest.approx((89.6, 90.0))
    assert avb.tolerance == pytest.approx(0.6 / 89.6, abs=5e-4)
    assert avb.holds
    assert not avb.known
    assert "gap 0.25, mean of 3 seeds" in avb.figure
    assert vae.holds is False
    assert not vae.surprises
    assert vae.cells()[5] == "no: 60,000 steps, 15.0 min, a card, the paper's 2.5 million steps"


@pytest.mark.usefixtures("compared")
def test_a_claim_is_seen_only_beyond_the_spread_of_the_seeds() -> None:
    words = {line.figure: line.ours for line in adversarial.claims(measure=False) if isinstance(line, Sight)}
    assert words["8-D, log p(x) of binarised MNIST, nats, AVB+AC beside VAE"] == (
        "−90.0 ± 1.0 against −103.0 ± 1.0: so"
    )
    assert words["8-D, 10-NN accuracy of the mean codes, AVB+AC beside VAE"] == (
        "0.920 ± 0.020 against 0.920 ± 0.020: no difference beyond the spread"
    )
    assert words["2-D, 10-NN accuracy of the mean codes, AVB+AC beside VAE"] == (
        "0.770 against 0.800: not so, by one seed"
    )
    assert len(words) == 6


def test_without_a_comparison_there_are_no_such_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "shipped", lambda: None)
    assert [*adversarial.likelihood(measure=False), *adversarial.claims(measure=False)] == []
