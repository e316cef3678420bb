"""Measure how fast the app answers, and how soon a model is trained, on this machine; JSON out.

    python -m vae.benchmark live     # decoding in the browser: ms, frames a second, bytes sent, commit
    python -m vae.benchmark click    # decoding on the server: from the click to its image
    python -m vae.benchmark start    # from the server's start to the first chart
    python -m vae.benchmark train    # seconds to 97.19 nats: our recipe, the source's, PyTorch's example

The first three need Chromium and what `tests/requirements.txt` installs, the last one MNIST's training
images.
"""

import argparse
import json
import sys
from typing import Any

from vae.errors import Unusable


def _measured(what: str) -> dict[str, Any]:
    if what == "train":
        from vae.benchmark import training

        return training.train()
    from vae.benchmark import browser  # needs Playwright

    measure = {"live": browser.live, "click": browser.click, "start": browser.start}
    return measure[what]()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m vae.benchmark", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("what", choices=("live", "click", "start", "train"))
    try:
        print(json.dumps(_measured(parser.parse_args().what), indent=2, ensure_ascii=False))
    except Unusable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
