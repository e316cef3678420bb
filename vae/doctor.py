"""Say what ails a model: what it does, what that means and what to change, the gravest first.

python -m vae.doctor mine            # and keeps it for the page Doctor
python -m vae.doctor mine --json
"""

import argparse
import json
import sys

from vae import explorer
from vae.analysis.doctor import examination
from vae.analysis.doctor.examination import Examination, examine
from vae.errors import Unusable


def main() -> None:
    """Command line; the exit code is 1 for a model that is ill."""
    parser = argparse.ArgumentParser(
        prog="python -m vae.doctor", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("models", nargs="+", metavar="model", help="name of a model")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--ship", action="store_true", help="keep them in assets/doctor instead of the home")
    args = parser.parse_args()
    is_ill = False
    for name in args.models:
        try:
            done = examine(explorer.load(name), _tell)
        except Unusable as error:
            sys.exit(str(error))
        examination.save(done, examination.FOLDER if args.ship else None)
        print("\r" + (_json(done) if args.json else _text(done)))
        is_ill = is_ill or any(finding.gravity == "grave" for finding in done.findings)
    sys.exit(int(is_ill))


def _text(done: Examination) -> str:
    lines = [f"{done.model}: {done.verdict} ({done.data}; {done.seconds:.0f} s)"]
    for finding in done.ordered:
        number = f"{finding.number} {finding.unit}. " if finding.number else ""
        lines.append(
            f"  {finding.gravity:8} {finding.title}: {number}{finding.meaning} {finding.change}".rstrip()
        )
    return "\n".join(lines)


def _json(done: Examination) -> str:
    findings = [
        {name: value for name, value in vars(each).items() if name != "arrays"} for each in done.ordered
    ]
    return json.dumps({"model": done.model, "verdict": done.verdict, "findings": findings}, indent=1)


def _tell(share: float) -> None:
    print(f"\r{share:4.0%}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
