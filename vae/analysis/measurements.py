"""Measurements that ship beside the models: one JSON file for each, with the fingerprint of its model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from vae.model.tensor_file import CheckpointError

Measurement = TypeVar("Measurement")


def read(
    path: Path, fingerprint: str, parse: Callable[[Any], Measurement], command: str
) -> Measurement | None:
    """What `parse` makes of the file's JSON, None without a file and for one of another model.

    `command` measures anew.

    Raises:
        CheckpointError: if the file is damaged.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        said = json.loads(text)
        measurement = parse(said)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        file = f"{path.parent.name}/{path.name}"
        raise CheckpointError(f"{file} is damaged; run `{command}`.") from error
    return measurement if said.get("fingerprint") == fingerprint else None
