"""The import rules of the project: arrows point downward only, and heavy packages stay where they belong."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from vae.web.kit import navigation

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "vae").rglob("*.py"))
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
MOST_MODULES = 12  # in a folder
COMMANDS = (
    "train",
    "data",
    "evaluate",
    "release",
    "ledger",
    "labels",
    "imputation",
    "gap",
    "classifier",
    "study",
    "paths",
    "encode",
    "comparison",
    "bring",
    "export",
    "doctor",
)

FLOORS = [
    {"vae", "vae.assets", "vae.errors", "vae.home"},
    {"vae.images"},
    {"vae.model"},
    {"vae.latent"},
    {"vae.logbook"},
    {"vae.explorer"},
    {"vae.figures", "vae.analysis"},
    {"vae.training"},
    {f"vae.{command}" for command in COMMANDS},
    {"vae.jobs"},
    {"vae.web"},
    {"vae.web.kit", "vae.web.server"},
    {"vae.web.live"},
    {"vae.web.selection"},
    {"vae.web.pages"},
    {"vae.benchmark"},
]
"""Lowest first. A module imports from its own floor and from those below; a folder counts as one module."""

SERVING = (
    "torch",
    "torchvision",
    "sklearn",
    "openTSNE",
    "onnx",
    "onnxruntime",
)  # what a page imports only while it needs it
HEAVY = {
    "vae.images": {*SERVING, "plotly", "streamlit"},
    "vae.model": {*SERVING, "plotly", "scipy", "streamlit"},
    "vae.latent": {*SERVING, "plotly", "scipy", "streamlit"},
    "vae.logbook": {*SERVING, "plotly", "scipy", "streamlit"},
    "vae.explorer": {*SERVING, "plotly", "scipy", "streamlit"},
    "vae.figures": {*SERVING, "scipy", "streamlit"},
    "vae.analysis": {*SERVING, "plotly", "scipy", "streamlit"},
    "vae.jobs": {*SERVING, "plotly", "scipy", "streamlit"},
    "vae.web": {*SERVING, "scipy"},
}
"""Packages that importing every module of a folder must not load."""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imported(path: Path) -> set[str]:
    """Full names of everything that the file imports, at its top or inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import in line {node.lineno}"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


def floor(name: str) -> int | None:
    """Height of the longest known prefix of a dotted name, None for what is not ours."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        for height, modules in enumerate(FLOORS):
            if ".".join(parts[:length]) in modules and (length > 1 or len(parts) == 1):
                return height
    return None


def page_of(name: str) -> str:
    """The page that a module under vae.web.pages belongs to, empty for all others."""
    parts = name.split(".")
    return parts[3] if parts[:3] == ["vae", "web", "pages"] and len(parts) > 3 else ""


def test_the_package_itself_imports_nothing() -> None:
    assert imported(ROOT / "vae" / "__init__.py") == set()


def test_every_module_has_a_floor() -> None:
    names = {name for path in MODULES for name in (module_name(path), *imported(path))}
    assert {name for name in names if name.partition(".")[0] == "vae" and floor(name) is None} == set()


def test_imports_point_downward() -> None:
    floors = {name: floor(name) for path in MODULES for name in (module_name(path), *imported(path))}
    upward = [
        f"{module_name(path)} imports {name} from above"
        for path in MODULES
        for name in imported(path)
        if (floors[name] or 0) > (floors[module_name(path)] or 0)
    ]
    assert upward == []


def test_no_page_imports_another_page() -> None:
    own = {path: page_of(module_name(path)) for path in MODULES}
    across = [
        f"{module_name(path)} imports {name}"
        for path in MODULES
        for name in imported(path)
        if own[path] and page_of(name) not in ("", own[path])
    ]
    assert across == []


def test_only_training_and_the_commands_import_training() -> None:
    commands = {f"vae.{each}" for each in COMMANDS}
    others = [path for path in MODULES if not module_name(path).startswith("vae.training")]
    importers = {
        module_name(path) for path in others if any("vae.training" in each for each in imported(path))
    }
    assert importers <= {*commands, "vae.benchmark.training"}


def test_only_vae_web_imports_streamlit() -> None:
    importers = [module_name(path) for path in MODULES if "streamlit" in packages(path)]
    assert [name for name in importers if not name.startswith("vae.web")] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_do_no_array_work(path: Path) -> None:
    assert packages(path).isdisjoint({"torch", "numpy", "sklearn", "scipy", "PIL", "plotly"})


def test_the_pages_are_those_of_the_navigation() -> None:
    assert {path.stem for path in PAGES} - {"app"} == {page.stem for page in navigation.PAGES}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_s_script_calls_its_own_page(path: Path) -> None:
    """Which lies in `vae.web.pages` under the same name."""
    names = {page_of(name) for name in imported(path)} - {""}
    assert names == {"home" if path.stem == "app" else path.stem}


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=module_name)
def test_a_folder_holds_few_modules(folder: Path) -> None:
    modules = [path for path in folder.glob("*.py") if path.stem != "__init__"]
    commands = {*COMMANDS} if folder == ROOT / "vae" else set()
    assert len([path for path in modules if path.stem not in commands]) <= MOST_MODULES


@pytest.mark.parametrize("folder", HEAVY)
def test_importing_a_folder_loads_nothing_heavy(folder: str) -> None:
    """Looked at in a process of its own, so that what imports what in turn counts as well."""
    names = [name for name in map(module_name, MODULES) if f"{name}.".startswith(f"{folder}.")]
    words = f"import sys, importlib\nfor name in {names}: importlib.import_module(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint(HEAVY[folder])
