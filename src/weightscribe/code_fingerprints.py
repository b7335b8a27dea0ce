"""Which code a DVC stage runs, and its fingerprint: what changes when that code does, and only then.

A stage depends on one small file that lists its script and every module of the package that script
imports, however far down, each with its hash. So nobody keeps lists of modules, a change of a module
runs again the stages that use it and no others, and dvc.lock holds one entry of code a stage.

Found by a walk over the syntax trees; nothing is imported. Imports inside functions count,
`if TYPE_CHECKING` ones do not. A module that imports others by name, as the registry of behavior
families does, counts as importing all of the packages it names.
"""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

from weightscribe.storage import replacing

PACKAGE = "weightscribe"
# They carry values or words, not results; values are tracked through `params`.
EXEMPT = {"params.py", "errors.py", "tracking.py", "stage.py", "storage.py"}


def write_fingerprints(root: Path, target: Path) -> list[str]:
    """Write `<stage>.txt` for each script in `root`/stages into the folder `target`; the stages, sorted.

    A line of it is `<sha256>  <path>`, as `sha256sum --check` reads them.
    Raises: SyntaxError if a script or module is not Python; StorageError if `target` cannot be written.
    """
    used = used_files(root)
    hashes = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in set().union(*used.values())}
    with replacing(target) as folder:
        folder.mkdir()
        for name, files in used.items():
            lines = [f"{hashes[file]}  {file.relative_to(root).as_posix()}\n" for file in files]
            (folder / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
    return list(used)


def used_files(root: Path) -> dict[str, list[Path]]:
    """For each script in `root`/stages, by its name without .py: the script and all in `root`/src it may run, sorted.

    Left out are files of a docstring alone, as most __init__.py are, and those in EXEMPT.
    Raises: SyntaxError if a script or module is not Python.
    """
    source, scripts = root / "src", sorted((root / "stages").glob("*.py"))
    trees = {file: ast.parse(file.read_text(encoding="utf-8"), str(file)) for file in [*scripts, *source.rglob("*.py")]}
    imported = {
        file: {found for module in _imported_modules(file, tree, source) for found in _files_of(module, source)}
        for file, tree in trees.items()
    }
    exempt = {file for file, tree in trees.items() if _is_exempt(file, tree, source)}
    return {script.stem: sorted({script} | (_reached(script, imported) - exempt)) for script in scripts}


def _reached(script: Path, imported: dict[Path, set[Path]]) -> set[Path]:
    found, waiting = set(), [script]
    while waiting:
        new = imported[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def _imported_modules(file: Path, tree: ast.Module, source: Path) -> Iterator[str]:
    packages = []
    for node in _runtime_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = file.relative_to(source).parts[: -node.level]
                base = ".".join([*parents, *([base] if base else [])])
            yield base
            names = [f"{base}.{alias.name}" for alias in node.names]  # may be modules or not
            yield from names
            packages += [folder for name in names if (folder := source.joinpath(*name.split("."))).is_dir()]
    if any(isinstance(node, ast.Attribute) and node.attr == "import_module" for node in ast.walk(tree)):
        for path in (path for folder in packages for path in folder.glob("*.py")):
            yield ".".join(path.relative_to(source).with_suffix("").parts)


def _runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _runtime_nodes(child)


def _files_of(module: str, source: Path) -> Iterator[Path]:
    parts = module.split(".")
    if parts[0] != PACKAGE:
        return
    for n in range(1, len(parts) + 1):
        path = source.joinpath(*parts[:n])
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file():
                yield file


def _is_exempt(file: Path, tree: ast.Module, source: Path) -> bool:
    is_a_docstring = all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in tree.body)
    return (file.parent == source / PACKAGE and file.name in EXEMPT) or is_a_docstring
