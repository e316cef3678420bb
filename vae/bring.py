"""Bring a model of your own: a PyTorch module with its weights, two ONNX networks, or a pair of them.

    python -m vae.bring my_vae.py:build weights.safetensors --images NAME --name mine
    python -m vae.bring encoder.onnx decoder.onnx --images NAME --name mine
    python -m vae.bring theirs.onnx.zip --images NAME --name mine

`build()` gives a torch.nn.Module with encode(images) -> mu, log_var and decode(z) -> means or logits. Its
code is run by this command alone. Order of the channels and ranges of the pixels are found out on the images,
or said by the options. It ends with 3 where a network gives NaN or infinite numbers, with 1 for all else that
cannot be brought; nothing is written then.
"""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from vae.errors import Unusable
from vae.model.onnx.convention import choices
from vae.model.outside.wrapping import SDS
from vae.model.protocol import Likelihood
from vae.training.bringing.bringing import Wish, bring
from vae.training.bringing.spread import Spread

INTERRUPTED = 130  # as of what SIGINT ends


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    args = _parser().parse_args(given)
    names = ("channels", "pixels", "output")
    asked = {name: value for name in names if (value := getattr(args, name)) is not None}
    command = shlex.join(["python", "-m", "vae.bring", *given])
    wish = Wish(
        args.source, args.weights, args.images, args.name, asked, args.likelihood, args.spread, command
    )
    try:
        path = bring(wish, lambda sentence: print(f"{sentence}.".replace("?.", "?").replace("..", ".")))
    except (Unusable, ValueError) as error:
        if (code := getattr(error, "code", 1)) == 1:
            sys.exit(str(error))
        print(error, file=sys.stderr)
        sys.exit(code)
    except KeyboardInterrupt:
        print("\nInterrupted: nothing is written.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    print(f"{path}\nIt is in the app's choice of models as {args.name}.")


def _parser() -> argparse.ArgumentParser:
    about, _, more = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m vae.bring",
        description=about,
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "source", help="FILE.py:FUNCTION that builds the module, an encoder in ONNX, or a pair, .onnx.zip"
    )
    parser.add_argument(
        "weights", type=Path, nargs="?", help="its weights in safetensors, or the decoder in ONNX"
    )
    parser.add_argument("--images", required=True, metavar="NAME", help="data set to look at it with")
    parser.add_argument("--name", required=True, help="what to call it")
    parser.add_argument("--channels", choices=choices("channels"), help="of an image: (C, H, W) or (H, W, C)")
    parser.add_argument("--pixels", choices=choices("pixels"), help="unit: [0, 1], signed: [-1, 1]")
    parser.add_argument("--output", choices=choices("output"), help="of the decoder, likewise, or logits")
    parser.add_argument(
        "--spread",
        choices=get_args(Spread),
        help="what the encoder's second output is: log_var, if you say nothing and it falls below 0",
    )
    parser.add_argument(
        "--likelihood",
        type=_likelihood,
        metavar="P",
        help="bernoulli, or the standard deviation of a Gaussian's pixel; without it there are no nats",
    )
    return parser


def _likelihood(text: str) -> Likelihood:
    if text == "bernoulli":
        return Likelihood("bernoulli")
    try:
        sd = float(text)
    except ValueError:
        sd = 0.0
    if not SDS[0] <= sd <= SDS[1]:
        raise argparse.ArgumentTypeError(f"say bernoulli or a number from {SDS[0]:g} to {SDS[1]:g}")
    return Likelihood("gaussian", sd)


if __name__ == "__main__":
    main()
