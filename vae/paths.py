"""Count the other digits on the straight paths between all pairs of digits, for All pairs and the ledger.

python -m vae.paths mnist-vae-20d      # writes assets/paths/mnist-vae-20d.json
"""

import argparse
import json
import sys
from collections.abc import Sequence

from vae.analysis.sources import passed
from vae.errors import Unusable
from vae.model.tensor_file import write_atomically


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m vae.paths", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", help="name of a shipped model")
    args = parser.parse_args(arguments)
    try:
        found = passed.measure(args.model)
    except (Unusable, ValueError) as problem:
        sys.exit(str(problem))
    write_atomically(passed.FOLDER / f"{args.model}.json", (json.dumps(found, indent=1) + "\n").encode())
    others, share = ("{:.2f} ± {:.2f}".format(*found[key]) for key in ("others", "share"))
    print(f"{others} other digits on a path, {share} of its frames; {found['paths']} paths")


if __name__ == "__main__":
    main()
