"""The linker of JavaScript modules, against what a browser makes of the modules themselves."""

from pathlib import Path

import pytest

from vae.web.server import javascript

MODULES = {
    "base.js": "const hidden = 2;\nexport const BASE = 40;\n"
    "export function add(a) {\n  return a + hidden;\n}\n",
    "other.js": 'import { BASE } from "./base.js";\nconst hidden = 100;\nexport class Other {\n  get() {\n'
    "    return BASE + hidden;\n  }\n}\n",
    "entry.js": 'import { BASE, add as plus } from "./base.js";\nimport {\n  Other,\n} from "./other.js";\n\n'
    "export default function () {\n  return [plus(BASE), new Other().get()];\n}\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_each_module_comes_once_after_what_it_imports_in_a_scope_of_its_own(folder: Path) -> None:
    linked = javascript.link(folder / "entry.js")
    assert linked.count("const BASE = 40;") == 1
    assert linked.index("class Other") < linked.index("export default")
    assert "import " not in linked
    assert [line for line in linked.splitlines() if line.startswith("export ")] == [
        "export default function () {"
    ]
    assert "const { BASE, add: plus } = $module0;" in linked


def test_comments_are_left_out_but_not_what_looks_like_one_in_a_string(folder: Path) -> None:
    kept = 'const PAGE = "https://a.b/c"; // kept\n/** kept */ const half = 2;\n'
    end = "export default (a) => a / half;\n"
    (folder / "entry.js").write_text(f"// said\n{kept}  /*\n   * told\n   */\n{end}")
    assert javascript.link(folder / "entry.js") == kept + end


def test_a_circle_of_imports_is_refused(folder: Path) -> None:
    (folder / "base.js").write_text('import { Other } from "./other.js";\nexport const BASE = Other;\n')
    with pytest.raises(ValueError, match=r"entry\.js -> base\.js -> other\.js -> base\.js"):
        javascript.link(folder / "entry.js")
