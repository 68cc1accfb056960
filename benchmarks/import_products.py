"""How long 10,000 products take to come in, and how fast they are found again.

    python benchmarks/import_products.py [NUMBER]

Starts its own PostgreSQL and Valkey in a temporary folder, writes a Shopify export of NUMBER products
with two variants each, imports it twice through the same verb as the page, and asks for the list, a
search, the categories and a random product as a signed-in person does. The promise: 10,000 products in
under 60 seconds, a random one in under 100 milliseconds.
"""

import csv
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
NUMBER = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
THINGS = ("Scarf", "Kilt", "Blanket", "Tie", "Cap", "Throw", "Bag", "Jacket", "Skirt", "Shawl")
WEAVES = ("Lambswool", "Cashmere", "Tweed", "Tartan", "Merino", "Linen", "Silk", "Harris")
COLUMNS = (
    "Handle", "Title", "Body (HTML)", "Type", "Product Category", "Tags", "Published", "Variant SKU",
    "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Price", "Image Src",
)  # fmt: skip


def write_export(path: Path) -> None:
    """An export of NUMBER products; one in fifty has no price, one in twenty no picture."""
    choose = random.Random(7)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for number in range(NUMBER):
            weave, thing = choose.choice(WEAVES), choose.choice(THINGS)
            title = f"{weave} {thing} No. {number}"
            price = "" if number % 50 == 0 else f"{choose.uniform(9, 900):.2f}"
            picture = "" if number % 20 == 0 else f"https://cdn.example.com/{number}.jpg"
            town = choose.choice(("Lochcarron", "Selkirk"))
            shared = {
                "Title": title, "Body (HTML)": f"<p>A {weave} {thing}, woven in {town}.</p>" * 8,
                "Type": thing, "Product Category": f"Apparel > {weave} > {thing}",
                "Tags": weave, "Published": "TRUE", "Image Src": picture,
            }  # fmt: skip
            for variant in ("S", "L"):
                row = {
                    "Handle": f"product-{number}", "Variant SKU": f"SKU-{number}-{variant}",
                    "Variant Inventory Tracker": "shopify", "Variant Inventory Qty": choose.randint(0, 40),
                    "Variant Price": price,
                }  # fmt: skip
                row |= shared if variant == "S" else {}
                rows.writerow([row.get(column, "") for column in COLUMNS])


def milliseconds(act: Callable[[], object], times: int = 30) -> tuple[float, float]:
    """Median and 95th percentile of `times` runs, after one to warm up."""
    act()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


def main() -> None:
    """Print one line a figure."""
    from app.core.settings import override
    from app.local.servers import Postgres, Valkey

    with tempfile.TemporaryDirectory(prefix="slogan-bench-") as folder:
        Path(folder).chmod(0o755)
        postgres, valkey = Postgres(Path(folder, "postgres")), Valkey(Path(folder, "valkey"))
        try:
            override(
                database_url=postgres.start(), redis_url=valkey.start(), var_dir=Path(folder), _env_file=None
            )
            measure(Path(folder, "export.csv"))
        finally:
            valkey.stop()
            postgres.stop()


def measure(export: Path) -> None:
    """Import twice, then read as people do."""
    from app import the_app
    from app.accounts.activity import Activity
    from app.accounts.people import found_workspace, invite
    from app.catalogue.imports import import_products
    from app.catalogue.models import Category, Product
    from app.core.database import session
    from app.core.migrate import upgrade
    from app.core.settings import settings

    upgrade(settings().database_url or "")
    write_export(export)
    with the_app().app_context():
        workspace = found_workspace("Benchmark", "Europe/London")
        member = invite(workspace, "bench@example.com", "Bench", "a-long-password", "admin", by=None)
        session.commit()
        for round_name in ("first import", "second import"):
            activity = Activity.start(workspace, "import products", "Benchmark", member)
            started = time.perf_counter()
            import_products(activity, str(export))
            print(f"{round_name}: {time.perf_counter() - started:.1f} s ({activity.message})")
        category = Category.of(workspace).where(Category.name == "Scarf").first()
        tell("pick at random", lambda: Product.pick_random(workspace, 30))
        tell("pick at random in a category", lambda: Product.pick_random(workspace, 30, category))
        tell("search by name", lambda: Product.search(workspace, "tweed scarf"))
        tell("categories with counts", lambda: Category.counted(workspace))
        session.commit()
        browse(member)


def browse(member: object) -> None:
    """The list page over HTTP, as a browser asks for it."""
    from app import the_app

    client = the_app().test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = member.user.fs_uniquifier, True  # type: ignore[attr-defined]
    for address in ("/products", "/products?q=tweed+scarf", "/products?q=nothing-of-the-kind"):
        assert client.get(address).status_code == 200
        tell(f"page {address}", lambda address=address: client.get(address))


def tell(what: str, act: Callable[[], object]) -> None:
    median, slow = milliseconds(act)
    print(f"{what}: median {median:.1f} ms, 95 % under {slow:.1f} ms")


if __name__ == "__main__":
    main()
