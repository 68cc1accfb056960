"""Where a form may lead to: an address of ours, never another site's."""

import pytest

from app.core.ui import went


@pytest.mark.parametrize(
    "where", ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "https://evil.example", ""]
)
def test_another_sites_address_leads_home(app, where):
    with app.test_request_context():
        assert went(where).headers["Location"] == "/"
    with app.test_request_context(headers={"HX-Request": "true"}):
        assert went(where).headers["HX-Redirect"] == "/"


@pytest.mark.parametrize("where", ["/", "/posts?q=blue kilt", "/calendar/week?day=2026-11-21#slot", "/a//b"])
def test_our_own_is_kept(app, where):
    with app.test_request_context(headers={"HX-Request": "true"}):
        assert went(where).headers["HX-Redirect"] == where
