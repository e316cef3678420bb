"""The benchmark's server: one that does not start ends the wait, with its own words."""

import pytest

from vae.benchmark import browser


def test_a_server_that_ends_at_once_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "APP", "no_such_app.py")
    with pytest.raises(RuntimeError, match=r"no_such_app\.py"), browser.served():
        pass


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "PATIENCE_S", 0.0)
    with pytest.raises(RuntimeError, match="did not start"), browser.served():
        pass
