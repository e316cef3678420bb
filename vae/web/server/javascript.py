"""Links JavaScript modules into one script, since a component of Streamlit's is given one.

What is written in `assets` are ordinary modules: relative imports of names, exports of declarations. Each one
that an entry leads to becomes a function of its own, called once, so that no names meet; the entry itself
comes last and keeps its default export. Comments on lines of their own are left out: Streamlit sends a
component's script again with every change of its data.
"""

import re
from collections.abc import Iterator
from pathlib import Path

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\./[^"]*|\.\./[^"]*)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


def link(entry: Path) -> str:
    """The script of a module and of all that it imports.

    Raises:
        ValueError: for modules that import each other in a circle.
    """
    modules = list(_in_order(entry.resolve(), ()))
    names = {path: f"$module{k}" for k, path in enumerate(dict.fromkeys(modules))}
    *others, last = names
    return "\n".join([*(_wrapped(path, names) for path in others), _body(last, names)])


def _in_order(path: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    """The modules that `path` needs, each after those that it needs itself, and `path`."""
    if path in above:
        raise ValueError(f"circle of imports: {' -> '.join(each.name for each in (*above, path))}")
    for _, target in IMPORT.findall(path.read_text(encoding="utf-8")):
        yield from _in_order((path.parent / target).resolve(), (*above, path))
    yield path


def _wrapped(path: Path, names: dict[Path, str]) -> str:
    exported = ", ".join(EXPORT.findall(path.read_text(encoding="utf-8")))
    return f"const {names[path]} = (() => {{\n{_body(path, names)}\nreturn {{ {exported} }};\n}})();"


def _body(path: Path, names: dict[Path, str]) -> str:
    """The source: imports as constants taken from the modules' results, no exports of names."""

    def taken(found: re.Match[str]) -> str:
        wanted = ", ".join(" ".join(each.split()) for each in found[1].split(",") if each.strip())
        return f"const {{ {wanted.replace(' as ', ': ')} }} = {names[(path.parent / found[2]).resolve()]};\n"

    source = COMMENT.sub("", path.read_text(encoding="utf-8"))
    return EXPORT.sub("", IMPORT.sub(taken, source))
