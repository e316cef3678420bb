"""The code beside a step is the text of our own functions."""

import inspect
import re
from pathlib import Path

import pytest

from vae.training import elbo, vae
from vae.web.pages.how_it_works import code

CHAPTERS = Path(code.__file__).parent


def test_a_function_is_shown_as_python_has_it() -> None:
    shown = code.find("training/elbo.py", "bernoulli_nll")
    assert shown.text == inspect.getsource(elbo.bernoulli_nll).rstrip("\n")
    line = inspect.getsourcelines(elbo.bernoulli_nll)[1]
    assert shown.place == f"`vae/training/elbo.py`, line {line}"


@pytest.mark.parametrize("name", ["rsample", "kl_per_dim"])
def test_a_method_begins_at_the_margin(name: str) -> None:
    text = inspect.getsource(getattr(elbo.Posterior, name))
    shown = code.find("training/elbo.py", f"Posterior.{name}").text
    assert shown == inspect.cleandoc(f"\n{text}").rstrip("\n")


def test_decorators_belong_to_what_they_decorate() -> None:
    assert code.find("training/elbo.py", "Posterior").text.startswith("@dataclass(frozen=True)\nclass")
    assert inspect.getsource(vae.build).startswith(code.find("training/vae.py", "build").text)


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError, match="nothing"):
        code.find("training/elbo.py", "Posterior.nothing")


@pytest.mark.parametrize("path", sorted(CHAPTERS.rglob("*.py")), ids=lambda path: path.stem)
def test_all_code_that_a_chapter_shows_is_there(path: Path) -> None:
    for file, names in re.findall(
        r'code\.beside\(\s*"([^"]+)", ((?:"[^"]+"(?:, )?)+)', path.read_text("utf-8")
    ):
        for name in re.findall(r'"([^"]+)"', names):
            assert code.find(file, name).text
