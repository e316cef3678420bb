"""Export a model: its networks as an ONNX pair, the codes of its test images as tables, its card.

    python -m vae.export mnist-vae-20d --out exports

The pair is run by onnxruntime and compared with NumPy before it is written.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vae import explorer
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.model import catalogue, checkpoint
from vae.model.onnx import export, pair
from vae.model.outside import table
from vae.model.tensor_file import write_atomically

COUNT = 100  # codes of test images, and draws from the prior, whose images are compared


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m vae.export", description=about)
    parser.add_argument("model", help="name of a model")
    parser.add_argument("--out", type=Path, default=Path("exports"), metavar="FOLDER", help="where to write")
    args = parser.parse_args(arguments)
    try:
        for path in _write(explorer.load(args.model), args.out):
            print(path)
    except (Unusable, ValueError, OSError) as error:
        sys.exit(str(error))


def _write(found: Explorer, folder: Path) -> list[Path]:
    """Write all that can be taken along; returns the paths."""
    seen, dataset = found.codes(), found.dataset
    contents = {
        pair.SUFFIX: _pair(found),
        ".codes.csv": table.csv_bytes(seen, dataset),
        ".codes.parquet": table.parquet_bytes(seen, dataset),
        ".md": found.record.card.encode(),
    }
    paths = []
    for suffix, content in contents.items():
        if content:
            paths.append(folder / f"{found.name}{suffix}")
            write_atomically(paths[-1], content)
    return paths


def _pair(found: Explorer) -> bytes:
    """The networks; those of a brought model as they are."""
    path = catalogue.model_path(found.name)
    if path.name.endswith(pair.SUFFIX):
        return path.read_bytes()
    noise = np.random.default_rng(0)
    z = noise.standard_normal((COUNT, found.latent_dim), np.float32)
    codes = np.concatenate([found.codes().mu[:COUNT], z])
    made, apart = export.checked(checkpoint.load(path), found.model, found.decode(codes).clip(0, 1), codes)
    print(f"onnxruntime gives what NumPy gives: the largest difference is {apart:.1e}")
    return made.packed()


if __name__ == "__main__":
    main()
