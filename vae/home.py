"""Where what users bring and train is kept, and what it may be called there.

It is in the environment's VAE_HOME, else in ~/.vae-explorer.
"""

import os
import re
from pathlib import Path
from typing import Literal
from unicodedata import normalize

Kind = Literal["images", "models", "runs", "examined"]

LONGEST = 60  # characters of a name
NAME = re.compile(
    rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST - 1}}}"
)  # it stands in addresses, commands and file names
RULE = f"up to {LONGEST} small letters, digits, hyphens and underscores, a letter or digit first"


def folder(kind: Kind) -> Path:
    """The folder of what is of that kind; it need not be there."""
    return Path(os.environ.get("VAE_HOME") or "~/.vae-explorer").expanduser() / kind


def proper(wish: str) -> str:
    """The name that comes nearest to a wish, empty where nothing of it can stand in a name."""
    plain = "".join(each for each in normalize("NFKD", wish.casefold()) if not "\u0300" <= each <= "\u036f")
    return re.sub(r"[^a-z0-9_]+", "-", plain).lstrip("-_")[:LONGEST].rstrip("-_")
