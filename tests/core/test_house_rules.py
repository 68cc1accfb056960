"""What a reader cannot see broken: who reads the environment, who knows a platform, who skips the workspace.

An exception stands here with its reason, and an exception that is no longer needed fails as well.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from app.core.database import Owned, db, metadata, session
from app.core.queries import read_queries

ROOT = Path(__file__).parents[2]
LONGEST = 300
SLUGS = {file.stem for file in (ROOT / "app/platforms/data").glob("*.toml")}
OURS = "practice"  # the small fake platform inside Slogan is ours, and named like any room
ORDINARY = {"x", "threads", "medium"}  # words of every day: they count only where they stand alone
KNOWS_A_PLATFORM = {
    "app/local/demo.py": "the demo's mill has pages on three platforms",
    "app/cli.py": "the channel that a command takes when none is named",
    "app/articles/views.py": "the channel that a page shows when none is chosen",
    "app/articles/importers/feed.py": "`medium` is an attribute of Media RSS",
    "app/local/web.py": "gunicorn has an option `threads`",
    "app/schedule/asked.py": "the example in a message about a channel's name",
    "app/platforms/counting.py": "a way of counting is called by who invented it; any data file may name it",
    "app/rewriting/answer.py": "what models write before an answer, in their words",
    "app/rewriting/api.py": "the channel that is taken when none is named",
    "app/rewriting/asking.py": "the channel that is taken when none is named",
    "app/rewriting/names.py": "names that everybody knows are no invention of a model",
}
KNOWS_THE_WEB = {"app/schedule/scheduled.py": "it is pages, though its name does not say so"}
READ_THROUGH_ANOTHER = {  # never asked for by workspace alone, only by what they hang on, which has an index
    "api_tokens": "its digest", "article_sections": "its article", "channel_support": "its platform",
    "content_processes": "its channel", "platform_capabilities": "its platform",
    "connection_checks": "its account", "product_category_links": "its product or category",
    "channel_requirements": "its channel",
    "platform_credentials": "its account", "process_configurations": "its process", "post_media": "its post",
    "notice_reads": "its member or its notice",
    "post_variants": "its post", "post_versions": "its post", "post_history": "its scheduled post",
    "rate_budgets": "its account", "series_posts": "its series",
}  # fmt: skip
READS_THE_ENVIRONMENT = "app/core/settings.py"
ITS_CHILDREN = "app/local/"  # the supervisor hands its own environment to the servers that it starts
NO_SIGNATURE = {"templates/schedule/_card.html": "report to the calendar's owner: the signature stands below"}


def sources(*folders: str) -> Iterator[tuple[str, Path]]:
    """Every Python file of some folders, with its name from the root."""
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), file


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def documentation(module: ast.Module) -> set[int]:
    """The ids of the string nodes that are docstrings."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, kinds) and node.body and isinstance(node.body[0], ast.Expr)
    }


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_only_the_settings_read_the_environment() -> None:
    reads = re.compile(r"\bos\.(environ|getenv|putenv)|from os import .*\b(environ|getenv)")
    found = [name for name, file in sources("app", "jobs", "migrations") if reads.search(file.read_text())]
    assert [name for name in found if name != READS_THE_ENVIRONMENT and not name.startswith(ITS_CHILDREN)] == []


def test_no_platform_is_named_outside_its_own_files() -> None:
    found: dict[str, set[str]] = {}
    for name, file in sources("app", "jobs"):
        if name.startswith("app/publishing/connectors/"):
            continue
        module = tree(file)
        prose = documentation(module)
        for node in ast.walk(module):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
                found.setdefault(name, set()).update(platforms_in(node.value))
    found = {name: said for name, said in found.items() if said}
    assert {name: said for name, said in found.items() if name not in KNOWS_A_PLATFORM} == {}
    assert set(KNOWS_A_PLATFORM) - set(found) == set(), "an exception is no longer needed"


def platforms_in(words: str) -> set[str]:
    """The platforms that a string names: alone, as the beginning of a channel, or among other words."""
    whole = {words.partition("/")[0]} if re.fullmatch(r"[a-z_0-9]+(/[a-z_0-9]+)?", words) else set()
    among = set(re.findall(r"[a-z_0-9]+", words)) - ORDINARY
    return (whole | among) & SLUGS - {OURS}


def test_what_holds_rules_never_knows_the_web() -> None:
    """Pages, the gate before them and core know the request; a verb takes `by`, so that jobs and shells may call it.

    `current_app` is let pass: a verb that works in threads hands them the application. Models know nothing of it.
    """
    pages, whole = r"(/|_)(views|api|uploads|gate|asked|asking|forms)\.py$", r"^app/(core/|web/|local/|cli|__init__)"
    page = re.compile(f"{pages}|{whole}")
    found = []
    for name, file in sources("app", "jobs"):
        said = from_the_web(tree(file))
        if not page.search(name) and said - ({"current_app", "Flask"} if "models" not in name else set()):
            found.append((name, said))
    assert [one for one in found if one[0] not in KNOWS_THE_WEB] == []
    assert set(KNOWS_THE_WEB) - {name for name, _ in found} == set(), "an exception is no longer needed"


def from_the_web(module: ast.Module) -> set[str]:
    """The names that a module takes from flask or werkzeug."""
    return {
        alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("flask", "werkzeug")
        for alias in node.names
    } | {name for name in imported(module) if name in ("flask", "werkzeug")} - {"flask"}


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {name: len(file.read_text().splitlines()) for name, file in sources("app", "jobs")}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}


def test_every_piece_says_what_it_needs() -> None:
    """A piece begins with its needs; a file of macros (imported, never included) with what it is."""
    silent = []
    for file in sorted((ROOT / "templates").rglob("_*.html")):
        name, words = file.relative_to(ROOT).as_posix(), file.read_text()
        says = re.match(r"\{# needs\b", words) or (re.match(r"\{# ", words) and "{% macro" in words)
        if not says and name not in NO_SIGNATURE:
            silent.append(name)
    assert silent == []


def test_every_colour_that_a_stylesheet_names_is_there() -> None:
    """What is not there falls back to one colour, in the dark as in the light."""
    files = [*Path(ROOT, "static").glob("*.css"), *Path(ROOT, "templates").rglob("*.html")]
    ours = [path.read_text() for path in files]
    theirs = [path.read_text() for path in Path(ROOT, "static/vendor").glob("*.css")]
    there = {name for text in ours + theirs for name in re.findall(r"(--[\w-]+)\s*:", text)}
    assert {name for text in ours for name in re.findall(r"var\((--[\w-]+)", text)} <= there


def test_pages_and_programs_ask_within_their_workspace() -> None:
    found = [
        name
        for name, file in sources("app")
        if re.search(r"(views|api)\.py$", name) and re.search(r"\.anywhere\(|\beverywhere\(", file.read_text())
    ]
    assert found == []


def test_every_owned_table_finds_its_workspace_by_an_index(world) -> None:
    """What a page asks for by workspace has an index that begins with it; the rest has one on what it hangs on."""
    by_workspace, by_parent = set(), set()
    looked = inspect(session.connection())
    for table in metadata.sorted_tables:
        if "workspace_id" not in table.c:
            continue
        keys = [looked.get_pk_constraint(table.name)["constrained_columns"]]
        keys += [index["column_names"] for index in looked.get_indexes(table.name)]
        first = {columns[0] for columns in keys if columns}
        parents = {column.name for column in table.c if column.name.endswith("_id")} - {"workspace_id"}
        by_workspace |= {table.name} if "workspace_id" in first else set()
        by_parent |= {table.name} if first & (parents | {"digest"}) else set()
    owned = {table.name for table in metadata.sorted_tables if "workspace_id" in table.c}
    assert owned - by_workspace - set(READ_THROUGH_ANOTHER) == set()
    assert set(READ_THROUGH_ANOTHER) - by_parent == set(), "neither its workspace nor its parent has an index"
    assert set(READ_THROUGH_ANOTHER) & by_workspace == set(), "an exception is no longer needed"


def test_every_owned_row_has_a_noun() -> None:
    rows = [mapper.class_ for mapper in db.Model.registry.mappers if issubclass(mapper.class_, Owned)]
    assert [kind.__name__ for kind in rows if kind.noun == "entry"] == []


TOLD = {"now": "timestamptz"}  # the driver sends a moment as one; PostgreSQL takes `$1 + interval` for an interval
NAMED = [
    (file.relative_to(ROOT).as_posix(), name)
    for file in sorted((ROOT / "app").rglob("*.sql"))
    for name in read_queries(file)
]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_named_query_can_be_explained(world, file: str, name: str) -> None:
    """A renamed column fails here, and not at night. PostgreSQL itself guesses what kind each value is."""
    statement = read_queries(ROOT / file)[name]
    parameters = text(statement).compile().params
    plain = re.sub(r"(?<![:\w]):(\w+)", lambda found: f"${1 + list(parameters).index(found[1])}", statement)
    told = f"({', '.join(TOLD.get(one, 'unknown') for one in parameters)})" if parameters else ""
    session.connection().exec_driver_sql(f"PREPARE looked_at{told} AS {plain.replace('%', '%%')}")
    try:
        kinds = session.scalar(
            text("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'looked_at'")
        )
        assert kinds == len(parameters)
        session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        nothing = f"({', '.join(['NULL'] * len(parameters))})" if parameters else ""
        plan = session.connection().exec_driver_sql(f"EXPLAIN EXECUTE looked_at{nothing}").all()
        assert plan
    finally:
        if session.connection().in_transaction() and session.is_active:
            session.execute(text("DEALLOCATE looked_at"))


def test_every_named_query_is_called_by_its_name() -> None:
    """A query that nobody in its room calls is dead."""
    dead = []
    for file in sorted((ROOT / "app").rglob("*.sql")):
        room = "".join(other.read_text() for other in file.parent.glob("*.py"))
        dead += [f"{file.relative_to(ROOT)}: {name}" for name in read_queries(file) if f'"{name}"' not in room]
    assert dead == []
