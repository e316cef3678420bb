"""Print the ledger: what the source articles state, and what our runs reach.

python -m vae.ledger            # from what ships
python -m vae.ledger --measure  # the models' scores measured again on the MNIST test images
"""

import argparse
import sys

from vae.analysis.ledger import markdown, rows
from vae.errors import Unusable


def main() -> None:
    """Command line; exits with 1 if a row does not hold."""
    parser = argparse.ArgumentParser(prog="python -m vae.ledger", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--measure", action="store_true", help="score the models again on the MNIST test images"
    )
    try:
        table = rows(parser.parse_args().measure)
    except Unusable as error:
        sys.exit(str(error))
    print(markdown(table))
    if any(row.holds is False for row in table):
        sys.exit("A row does not hold.")


if __name__ == "__main__":
    main()
