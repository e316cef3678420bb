"""Where what ships beside the code lies."""

from pathlib import Path

ASSETS = Path(__file__).parents[1] / "assets"
