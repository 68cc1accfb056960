"""Products come in whole from every kind of table and feed, and a broken row never costs another."""

import io
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from app.catalogue.importers import BadRow, FoundProduct, Upload, read_products
from app.catalogue.importers.found import NotAPrice, price_of, text_of_html
from app.core.errors import Invalid

FILES = Path(__file__).parent / "files"
SHARED = Path(os.environ.get("SLOGAN_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "products"
HEAD = b"Handle,Title,Variant Price\n"


def sent(data: bytes, name: str = "file.csv", **more: str) -> list[FoundProduct | BadRow]:
    return list(read_products(Upload(name, io.BytesIO(data)), **more))


def parted(found: list[FoundProduct | BadRow]) -> tuple[dict[str, FoundProduct], list[BadRow]]:
    products = {each.external_id: each for each in found if isinstance(each, FoundProduct)}
    return products, [each for each in found if isinstance(each, BadRow)]


class TestShopify:
    def test_the_rows_of_a_product_are_one_product(self):
        products, _ = parted(list(read_products(FILES / "shopify.csv", shop="https://loom.example")))
        kilt = products["kilt"]
        assert (kilt.name, kilt.sku, kilt.variants_count) == ("Kilt", "K-1", 2)
        assert (kilt.price, kilt.currency, kilt.stock) == (Decimal("399.50"), "GBP", 3)
        assert kilt.image_url == "https://example.org/1.jpg"
        assert kilt.url == "https://loom.example/products/kilt"
        assert kilt.categories == ["Apparel > Kilts", "Kilt", "wool", "men"]
        assert kilt.description == "Eight yards,\npure wool & warm."
        assert (kilt.is_active, kilt.source_ref) == (True, "shopify.csv:2")

    def test_what_the_file_does_not_say_is_missing(self):
        products, _ = parted(list(read_products(FILES / "shopify.csv")))
        tie = products["tie"]
        assert (tie.price, tie.currency, tie.stock, tie.image_url, tie.url, tie.sku) == (None,) * 6
        assert products["sporran"].stock is None, "a figure without a tracker is no stock"
        assert not products["sporran"].is_active
        assert not products["brooch"].is_active

    def test_every_broken_row_is_reported_with_its_line(self):
        products, bad = parted(list(read_products(FILES / "shopify.csv")))
        assert list(products) == ["kilt", "sporran", "brooch", "tie"]
        assert {(each.line, each.reason) for each in bad} == {
            (4, "“abc” is not a price. “Sporran” was read without it."),
            (5, "There are 2 columns here, but 15 in the first line."),
            (6, "This row has no handle, so it belongs to no product."),
            (7, "The price -5 is negative. “Brooch” was read without it."),
            (10, "The handle “kilt” stands apart from its other rows."),
        }

    def test_the_layout_since_2024_is_known(self):
        (product,) = sent(
            b"Title,URL handle,Price,Inventory tracker,Inventory quantity,Status\n"
            b"Kilt,kilt,9,shopify,4,Active\n"
        )
        assert (product.external_id, product.price, product.stock, product.is_active) == (
            "kilt",
            Decimal(9),
            4,
            True,
        )

    def test_a_quotation_mark_that_is_never_closed_costs_one_row(self):
        products, bad = parted(sent(HEAD + b'a,"A,1\nb,B,2\nc,"C c",3\nd,D,4\n'))
        assert list(products) == ["b", "c", "d"]
        assert [each.line for each in bad] == [2]

    def test_a_field_without_end_costs_one_row(self):
        products, bad = parted(sent(HEAD + b"a," + b"x" * 600_000 + b",1\nb,B,2\n"))
        assert list(products) == ["b"]
        assert bad[0].line == 2

    def test_a_million_columns_end_quickly(self):
        assert len(sent(HEAD + b"," * 1_000_000 + b"\nb,B,2\n")) in (1, 2)


class TestWooCommerce:
    def test_products_with_their_variations(self):
        products, bad = parted(list(read_products(FILES / "woo.csv", currency="EUR")))
        scarf, hat = products["1"], products["2"]
        assert (scarf.price, scarf.currency, scarf.stock) == (Decimal("19.90"), "EUR", 5)
        assert scarf.categories == ["Wool > Scarves", "Sale", "warm"]
        assert (scarf.description, scarf.image_url) == ("Soft", "https://example.org/s.jpg")
        assert (hat.price, hat.stock, hat.description) == (Decimal("11.00"), 6, "A hat")
        assert not products["6"].is_active
        assert products["6"].stock == 0
        assert [(each.line, each.reason) for each in bad] == [
            (6, "A product needs a name, and an ID or SKU."),
            (7, "“call us” is not a price. “Old” was read without it."),
        ]


class TestMerchant:
    def test_a_feed(self):
        products, bad = parted(list(read_products(FILES / "merchant.xml")))
        kilt, sold = products["K1"], products["K2"]
        assert (kilt.name, kilt.price, kilt.currency) == ("Kilt & pin", Decimal("29.95"), "GBP")
        assert (kilt.description, kilt.url) == ("Warm.", "https://example.org/k")
        assert (kilt.categories, kilt.stock) == (["Kilts > Men"], None)
        assert (sold.price, sold.stock) == (Decimal("999.00"), 0)
        assert products["K4"].price is None
        assert [(each.line, each.reason) for each in bad] == [
            (7, "A product needs an id and a title."),
            (8, "The price -3 GBP is negative. “Odd” was read without it."),
        ]

    def test_a_table_of_the_same_fields(self):
        (product,) = sent(b"id\ttitle\tprice\tavailability\timage_link\nK1\tKilt\t29.95 GBP\tin stock\t\n")
        assert (product.external_id, product.price, product.currency) == ("K1", Decimal("29.95"), "GBP")

    def test_what_stands_before_a_break_is_kept(self):
        whole = (FILES / "merchant.xml").read_bytes()
        products, bad = parted(sent(whole[: whole.index(b"No id")]))
        assert list(products) == ["K1", "K2"]
        assert "breaks off" in bad[-1].reason

    def test_entities_are_refused(self):
        with pytest.raises(Invalid):
            sent(b'<!DOCTYPE r [<!ENTITY a "b">]><rss xmlns:g="http://base.google.com/ns/1.0"/>')


class TestPrices:
    @pytest.mark.parametrize(
        ("written", "amount", "currency"),
        [
            ("29.95 GBP", "29.95", "GBP"), ("GBP 29.95", "29.95", "GBP"), ("£1,299.00", "1299.00", "GBP"),
            ("1.299,00 €", "1299.00", "EUR"), ("1 299,50 €", "1299.50", "EUR"), ("12", "12", None),
            ("12,5", "12.5", None),
            ("1,299", "1299", None), ("$5.00", "5.00", None), ("US$ 5", "5", None), ("0", "0", None),
            ("1'299.00 CHF", "1299.00", "CHF"), ("1,234,567.89", "1234567.89", None), (9.5, "9.5", None),
        ],
    )  # fmt: skip
    def test_it_reads_what_shops_write(self, written, amount, currency):
        assert price_of(written) == (Decimal(amount), currency)

    @pytest.mark.parametrize(
        "written", ["-1", "£-5.00", "-£5", "free", "1 to 2 or 3-4", "9" * 30, "NaN", "1..2..3,"]
    )
    def test_it_refuses_what_is_none(self, written):
        with pytest.raises(NotAPrice):
            price_of(written)

    def test_nothing_is_missing_and_not_nought(self):
        assert price_of("", "GBP") == price_of(None, "GBP") == (None, "GBP")


class TestAnythingAtAll:
    def test_windows_letters_and_utf_16(self):
        (product,) = sent(HEAD + "a,Schöner Schal – grün,1\n".encode("cp1252"))
        assert product.name == "Schöner Schal – grün"
        (product,) = sent((HEAD + "a,Grün,1\n".encode()).decode().encode("utf-16"))
        assert product.name == "Grün"

    @pytest.mark.parametrize(
        "data", [b"", b"\n\n", b"\x89PNG\0", b"PK\x03\x04", b"a,b,c\n1,2,3\n", b"<html></html>"]
    )
    def test_what_is_no_catalogue_says_so(self, data):
        with pytest.raises(Invalid):
            sent(data)

    def test_an_unknown_table_is_named_by_its_columns(self):
        with pytest.raises(Invalid, match="Its first line reads: colour, size"):
            sent(b"Colour,Size\n1,2\n")

    @trying(max_examples=200)
    @given(
        st.sampled_from(
            [
                b"",
                HEAD,
                b"ID,Name,Regular price,Type,Parent\n",
                b"id,title,price,link\n",
                b"\xff\xfe",
                b"<rss xmlns:g='http://base.google.com/ns/1.0'><channel><item>",
            ]
        ),
        st.binary(max_size=400) | st.text('",;\n\r\t0aé-.<>', max_size=200).map(str.encode),
    )
    def test_no_bytes_break_it(self, start, rest):
        try:
            found = sent(start + rest)
        except Invalid:
            return  # it says what it cannot read, which is all that is asked
        assert all(isinstance(each, FoundProduct | BadRow) for each in found)
        assert not any(
            "\0" in each.name + each.description for each in found if isinstance(each, FoundProduct)
        )

    def test_html_becomes_text(self):
        assert text_of_html("<ul><li>a &lt; b</li><li>c&nbsp;d</li></ul><style>x</style>") == "a < b\nc d"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real catalogues is not here (SLOGAN_SHARED)")
def test_the_real_catalogues_come_in_whole():
    products, bad = parted(list(read_products(SHARED)))
    assert bad == []
    assert len(products) == 60
    assert sum(product.variants_count for product in products.values()) == 66
    assert all(product.price and product.image_url and product.is_active for product in products.values())
