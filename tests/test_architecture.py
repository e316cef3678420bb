"""The import rules of the project: arrows point downward only, and heavy packages stay where they belong."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "vae").rglob("*.py"))
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]

LEVELS = [
    {"vae"},
    {"vae.elbo", "vae.config"},
    {"vae.networks", "vae.inference"},
    {"vae.models"},
    {"vae.checkpoint", "vae.images", "vae.sprites", "vae.data", "vae.augment"},
    {
        "vae.latent",
        "vae.neighbours",
        "vae.embedding",
        "vae.codes",
        "vae.classifier",
        "vae.geodesic",
        "vae.masks",
        "vae.swiss_roll",
        "vae.likelihoods",
        "vae.evidence",
        "vae.measurements",
        "vae.amortisation",
        "vae.true_posterior",
        "vae.scaling",
    },
    {"vae.animation", "vae.figures", "vae.evaluate", "vae.refine"},
    {"vae.run"},
    {"vae.explorer", "vae.imputation", "vae.labels", "vae.train", "vae.release"},
    {"vae.ledger"},
    {"vae.web"},
    {"vae.benchmark"},
]
"""Lowest first. A module imports from its own level and from those below; a folder counts as one module."""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


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


def level(name: str) -> int | None:
    """Height of the longest known prefix of a dotted name, None for what is not ours."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        for height, modules in enumerate(LEVELS):
            if ".".join(parts[:length]) in modules and (length > 1 or len(parts) == 1):
                return height
    return None


def test_the_package_itself_imports_nothing() -> None:
    assert imported(ROOT / "vae" / "__init__.py") == set()


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_point_downward(path: Path) -> None:
    own = level(module_name(path))
    assert own is not None, f"{module_name(path)} has no level yet: give it one in LEVELS"
    for name in imported(path):
        height = level(name)
        if name.partition(".")[0] == "vae":
            assert height is not None, f"{name} has no level yet: give it one in LEVELS"
        assert height is None or height <= own, f"{module_name(path)} imports {name} from above"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_only_vae_web_imports_streamlit(path: Path) -> None:
    if not module_name(path).startswith("vae.web"):
        assert "streamlit" not in packages(path)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_do_no_array_work(path: Path) -> None:
    assert packages(path).isdisjoint({"torch", "numpy", "sklearn", "scipy", "PIL", "plotly"})


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("vae.figures", {"torch", "sklearn", "streamlit", "torchvision"}),
        ("vae.latent", {"torch", "sklearn", "plotly"}),
        ("vae.animation", {"torch", "sklearn", "plotly"}),
        ("vae.config", {"torch", "numpy"}),
        ("vae.inference", {"torch", "sklearn", "plotly"}),
        ("vae.checkpoint", {"torch", "sklearn", "plotly"}),
        ("vae.codes", {"torch", "sklearn", "plotly"}),
        ("vae.explorer", {"torch", "sklearn", "plotly"}),
        ("vae.images", {"torch", "sklearn", "plotly"}),
        ("vae.embedding", {"torch", "plotly"}),
        ("vae.refine", {"torch", "sklearn", "plotly"}),
        ("vae.true_posterior", {"torch", "sklearn", "plotly"}),
    ],
)
def test_light_modules_stay_light(module: str, forbidden: set[str]) -> None:
    files = [path for path in MODULES if f"{module_name(path)}.".startswith(f"{module}.")]
    assert files
    for path in files:
        assert packages(path).isdisjoint(forbidden)
