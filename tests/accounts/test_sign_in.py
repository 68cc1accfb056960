"""Coming in by the door: with the right password, from any kind of address, and never as somebody else."""

import pytest

from app.accounts.people import change_role, invite
from app.core.errors import Invalid, NotAllowed, WrongState
from tests.conftest import PASSWORD


@pytest.fixture
def door(app, world):
    return app.test_client()


def come_in(door, email, password=PASSWORD):
    return door.post("/sign-in", data={"email": email, "password": password}, follow_redirects=True)


def test_the_right_password_opens(door):
    assert "Good " in come_in(door, "bob@example.com").text


def test_an_address_of_an_inner_network_signs_in_too(door, workspace, alice):
    invite(workspace, "Wanda@Mill.Local", "Wanda", PASSWORD, "editor", by=alice)
    assert "Good " in come_in(door, " wanda@mill.local").text


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " "])
def test_a_wrong_password_does_not(door, password):
    answer = come_in(door, "bob@example.com", password)
    assert "Sign in" in answer.text
    assert "Good " not in answer.text


def test_an_unknown_address_is_told_the_same_as_a_wrong_password(door):
    unknown, wrong = come_in(door, "nobody@example.com", "x"), come_in(door, "bob@example.com", "x")
    assert unknown.status_code == wrong.status_code
    assert ("authentication" in unknown.text.lower()) == ("authentication" in wrong.text.lower())


def test_one_who_is_not_signed_in_is_sent_to_the_door(door):
    answer = door.get("/calendar")
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


def test_a_program_without_a_token_is_told_how(door):
    answer = door.get("/api/v1/posts")
    assert answer.status_code == 401
    assert "Authorization: Bearer" in answer.json["errors"][0]["detail"]


def test_a_token_acts_as_the_one_who_made_it(door, alice, app):
    from app.accounts.models import ApiToken
    from app.core.database import session

    _, secret = ApiToken.issue(alice, "reporting")
    session.commit()
    head = {"Authorization": f"Bearer {secret}"}
    assert app.test_client().get("/api/v1/posts", headers=head).status_code == 200
    assert app.test_client().get("/api/v1/posts", headers={"Authorization": "Bearer slogan_x"}).status_code == 401


def test_the_last_admin_stays_admin(alice, bob):
    with pytest.raises(WrongState, match="only admin"):
        change_role(alice, "viewer", by=alice)
    with pytest.raises(NotAllowed):
        change_role(bob, "admin", by=bob)


def test_a_person_is_invited_once(workspace, alice):
    with pytest.raises(Invalid, match="member already"):
        invite(workspace, "bob@example.com", "Bob", PASSWORD, "editor", by=alice)
    with pytest.raises(Invalid, match="too short"):
        invite(workspace, "new@example.com", "New", "short", "editor", by=alice)


def test_an_admin_changes_the_workspace(sign_in, alice, workspace):
    form = {"name": "Lochcarron Mill", "zone": "Europe/Paris", "sending_on": "true"}
    answer = sign_in(alice).post("/admin/workspace", data=form)
    assert answer.status_code == 303
    assert (workspace.name, workspace.zone, workspace.sending_on) == ("Lochcarron Mill", "Europe/Paris", True)
    assert sign_in(alice).post("/admin/workspace", data={"name": "x", "zone": "Mars/Base"}).status_code == 422
