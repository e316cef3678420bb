"""Export a model: its networks as an ONNX pair, the codes of its test images as tables, its card.

    python -m vae.export mnist-vae-20d --out exports

The pair is run by onnxruntime and compared with NumPy before it is written. mu and sd are as files of codes
have them, in float16: about three digits.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vae import explorer
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.model import catalogue
from vae.model.onnx import export, pair
from vae.model.outside import table
from vae.model.tensor_file import write_atomically


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    about = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m vae.export", description=about)
    parser.add_argument("model", help="name of a model")
    parser.add_argument("--out", type=Path, default=Path("exports"), metavar="FOLDER", help="where to write")
    args = parser.parse_args(arguments)
    try:
        for path in _write(args.model, args.out):
            print(path)
    except (Unusable, ValueError, OSError) as error:
        sys.exit(str(error))


def _write(name_or_path: str, folder: Path) -> list[Path]:
    """Write all that can be taken along; returns the paths."""
    found = explorer.load(name_or_path)
    seen, dataset = found.codes(), found.dataset
    contents = {
        pair.SUFFIX: _pair(catalogue.model_path(name_or_path), found),
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


def _pair(path: Path, found: Explorer) -> bytes:
    """The networks; those of a brought model as they are."""
    content, apart = export.exported(path, found.model, found.codes().mu)
    if apart:
        print(f"onnxruntime gives what NumPy gives: the largest difference is {apart:.1e}")
    return content


if __name__ == "__main__":
    main()
