"""Where what users bring and train is kept: in the environment's VAE_HOME, else in ~/.vae-explorer."""

import os
from pathlib import Path
from typing import Literal

Kind = Literal["images", "models", "runs", "examined"]


def folder(kind: Kind) -> Path:
    """The folder of what is of that kind; it need not be there."""
    return Path(os.environ.get("VAE_HOME") or "~/.vae-explorer").expanduser() / kind
