"""No page imports PyTorch, which takes seconds, and hundreds of MB of the server for good."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
VISIT_ALL = """
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.pages import visiting

visiting.run(AppTest.from_file(str(visiting.APP), default_timeout=120))
for page in sorted(each.stem for each in Path("pages").glob("*.py")):
    visiting.visit(page)
    print(page)
    if "torch" in sys.modules:
        sys.exit(f"{page} imports torch")
"""


def test_no_page_imports_torch() -> None:
    done = subprocess.run([sys.executable, "-c", VISIT_ALL], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
    assert len(done.stdout.split()) == len(list((ROOT / "pages").glob("*.py")))
