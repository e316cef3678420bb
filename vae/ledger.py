"""Print the ledger: what the source articles state, and what our runs reach.

python -m vae.ledger            # from what ships
python -m vae.ledger --measure  # all that needs no training measured again on the MNIST test images
"""

import argparse
import sys

from vae.analysis.sources.ledger import markdown, tables
from vae.errors import Unusable


def main() -> None:
    """Command line; exits with 1 if a row does not hold, or if one does that is known not to."""
    parser = argparse.ArgumentParser(prog="python -m vae.ledger", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--measure",
        action="store_true",
        help="measure again, on the MNIST test images, all that needs no training",
    )
    try:
        found = tables(parser.parse_args().measure)
    except Unusable as error:
        sys.exit(str(error))
    print(markdown(found))
    odd = [line.figure for some in found.values() for line in some if line.surprises]
    if odd:
        sys.exit(f"Not as expected: {'; '.join(odd)}.")


if __name__ == "__main__":
    main()
