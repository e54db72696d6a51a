"""The rules of the house: what a start may load, who may import what, how long a file is, what no file names."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ragkit.components.catalogue import Catalogue

HEAVY = (
    "torch", "transformers", "sentence_transformers", "sklearn", "scipy", "pandas", "numpy", "onnx", "onnxruntime",
    "dspy", "litellm", "chromadb", "streamlit", "trafilatura", "pypdf", "opentelemetry", "httpx", "matplotlib",
    "jinja2",
)  # fmt: skip
LONGEST = 300
# A longer file, and why it is not two.
LONGER: dict[str, tuple[int, str]] = {}
FOLDERS = ("ragkit", "ui", "pipelines", "corpora", "tests", "benchmarks", "docs", "tools", ".ci")
# Written so that this file does not contain what it looks for.
MACHINE = re.compile(
    "|".join(
        (
            r"/wor" + r"k/(main|shared)",
            r"/opt/" + r"(wheels|pypi)",
            r"bash_" + r"jobs",
            r"/root/" + r"\.",
            r"/home/" + r"[a-z]+/",
            r"pypi" + r"\.org/simple",
            r"files\.python" + r"hosted\.org",
            r"download\.py" + r"torch\.org",
        )
    )
)


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a new process has loaded after ``code``."""
    script = f"{code}\nimport sys\nprint(' '.join(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.strip().splitlines()[-1].split()) if done.stderr.strip() else set()


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def modules(repository: Path, *folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for file in sorted((repository / folder).rglob("*.py")):
            yield file.relative_to(repository).as_posix(), parsed(file)


def files_of_the_project(repository: Path) -> list[Path]:
    """What git tracks; where there is no git, every file of the project's folders."""
    if (repository / ".git").exists() and shutil.which("git"):
        command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
        listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout.split("\0")
        return [repository / name for name in listed if name and (repository / name).is_file()]
    not_ours = {"__pycache__", ".venv", ".work"}
    inside = [file for folder in FOLDERS for file in (repository / folder).rglob("*") if file.is_file()]
    return [file for file in inside if not not_ours & set(file.parts)] + list(repository.glob("*.*"))


def run_verb(*arguments: str) -> str:
    """Code that runs a command line in the process, and swallows its exit."""
    return f"""
import sys
sys.argv = ["ragkit", *{arguments!r}]
from ragkit.cli.main import main
try:
    main()
except SystemExit as exit:
    assert not exit.code, exit.code
"""


def test_a_heavy_import_would_be_noticed() -> None:
    assert loaded_by("import numpy") == {"numpy"}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import ragkit", id="import ragkit"),
        pytest.param("import ragkit; ragkit.__version__; dir(ragkit)", id="its version and names"),
        pytest.param(run_verb("--help"), id="ragkit --help"),
        pytest.param(run_verb("--version"), id="ragkit --version"),
        pytest.param(run_verb("run", "--help"), id="ragkit run --help"),
    ],
)
def test_a_start_loads_nothing_heavy(code: str) -> None:
    assert loaded_by(code) == set()


def test_listing_the_components_imports_none_of_them() -> None:
    code = "from ragkit.components.catalogue import Catalogue; import sys; names = Catalogue().names(); " + (
        "assert names and not [m for m in sys.modules if m.count('.') == 3 and m.startswith('ragkit.components.')]"
    )
    assert loaded_by(code) == set()


@pytest.fixture(scope="module")
def loads() -> dict[str, set[str]]:
    """The heavy packages that each component's class brings into a process that already has those before it."""
    code = f"""
import json, sys
from ragkit.components.catalogue import Catalogue
catalogue, there, found = Catalogue(), set(), {{}}
for use in catalogue.names():
    catalogue.get(use)
    found[use] = sorted({{name for name in {HEAVY!r} if name in sys.modules}} - there)
    there.update(found[use])
print(json.dumps(found))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return {use: set(names) for use, names in json.loads(done.stdout).items()}


@pytest.mark.parametrize("use", Catalogue().names())
def test_a_component_class_is_light(use: str, loads: dict[str, set[str]]) -> None:
    """`validate` imports the classes of a plan; it must answer within a second."""
    assert loads[use] <= {"numpy"}


def test_nobody_imports_the_package_from_inside(repository: Path) -> None:
    """Neither ``import ragkit`` nor a name of its ``__init__``: both would make circles. A module of it is fine."""
    guilty = []
    inside = {path.stem for path in (repository / "ragkit").iterdir()}
    for name, tree in modules(repository, "ragkit"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                bad = any(alias.name == "ragkit" for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                bad = bool(node.level) or (
                    node.module == "ragkit" and any(alias.name not in inside for alias in node.names)
                )
            else:
                continue
            if bad:
                guilty.append(f"{name}:{node.lineno}")
    assert guilty == []


def test_nothing_pickles_and_nothing_evaluates(repository: Path) -> None:
    forbidden = {"pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
    guilty = [
        f"{name}:{node.lineno}"
        for name, tree in modules(repository, "ragkit", "ui")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(alias.name.split(".")[0] in forbidden for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in forbidden)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec"))
    ]
    assert guilty == []


def test_files_stay_short(repository: Path) -> None:
    long = {}
    for file in files_of_the_project(repository):
        name = file.relative_to(repository).as_posix()
        if file.suffix == ".py" and name.startswith(("ragkit/", "ui/", "benchmarks/")):
            count = len(file.read_text(encoding="utf-8").splitlines())
            if count > LONGER.get(name, (LONGEST, ""))[0]:
                long[name] = count
    assert long == {}, f"split these, or list them with a reason (the limit is {LONGEST} lines)"


def test_no_file_names_a_machine(repository: Path) -> None:
    guilty = []
    for file in files_of_the_project(repository):
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # no text
            continue
        found = MACHINE.search(text)
        if found:
            line = text.count("\n", 0, found.start()) + 1
            guilty.append(f"{file.relative_to(repository).as_posix()}:{line}: {found.group()}")
    assert guilty == []


def test_the_wheel_carries_what_stands_beside_the_package(repository: Path) -> None:
    import tomllib

    wheel = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    beside = {name for name in ("ui", "pipelines", "corpora") if (repository / name).is_dir()}
    assert wheel["force-include"] == {name: f"ragkit/_shipped/{name}" for name in beside}


def test_everything_that_is_imported_is_declared(repository: Path) -> None:
    """A package that is only there because another one needs it can go with that one's next version."""
    import tomllib
    from importlib.metadata import packages_distributions

    def normal(name: str) -> str:
        return re.sub(r"[-_.]+", "-", re.split(r"[ <>=!~;\[]", name)[0]).lower()

    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = {normal(line) for line in project["dependencies"]}
    declared |= {normal(line) for name in extras if name != "dev" for line in extras[name]}
    declared.add("pydantic-core")  # pydantic needs exactly one version of it: declaring another would be wrong
    homes = packages_distributions()
    missing = {}
    for name, tree in modules(repository, "ragkit", "ui"):
        for node in ast.walk(tree):
            imported = []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported = [node.module]
            for module in {full.split(".")[0] for full in imported} - sys.stdlib_module_names - {"ragkit", "ui"}:
                if not declared & {normal(home) for home in homes.get(module, ())}:
                    missing.setdefault(module, name)
    assert missing == {}, "declare these in pyproject.toml"


def test_onnxruntime_reports_nothing_and_leaves_nothing_in_the_home(tmp_path: Path) -> None:
    """Its telemetry begins with its import; a person's own setting stays."""
    code = "import ragkit, onnxruntime, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path / "home")}
    (tmp_path / "cache").mkdir()
    (tmp_path / "home").mkdir()
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert [file for folder in ("cache", "home") for file in (tmp_path / folder).rglob("*") if file.is_file()] == []
    own = subprocess.run(
        [sys.executable, "-c", "import ragkit, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"],
        env={**environment, "ORT_DISABLE_TELEMETRY": "0"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert own.stdout == "0\n"
