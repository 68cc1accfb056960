"""What the sentences of many posts have in common is said once, what differs at each."""

import pytest

from app.schedule.alike import Alike

LONG = [f"Text is {n} characters long; the platform takes 280 characters at most in one post." for n in (341, 1204)]


@pytest.mark.parametrize(("sentences", "said"), [
    (["The platform refused."] * 2, "The platform refused."),
    (LONG, "Text is … characters long; the platform takes 280 characters at most in one post."),
    (["“Nine kilts of wool” was there already.", "“Ten of wool” was there already."], "… was there already."),
    (["Status 1 is like 2.", "Status 3 is like 2.", "Status 1 is like 4."], "Status … is like …"),
    (["No token was given.", "No token was given.", "Connect again."], "No token was given."),
    (["“One”", "“Two”"], "“One”"),
])  # fmt: skip
def test_what_is_common_is_one_sentence(sentences, said):
    assert Alike.of(sentences).sentence == said


def test_each_tells_what_differs_and_a_few_words_around_it():
    told = Alike.of(LONG).of_its_own(LONG[1])
    assert told == [("Text is", False), ("1204", True), ("characters long; the …", False)]


def test_one_that_says_no_more_tells_nothing():
    assert Alike.of(["It is full."]).of_its_own("It is full.") == []
    lost = Alike.of(["No token was given.", "Connect again."])
    assert lost.of_its_own("No token was given.") == []
    assert lost.of_its_own("Connect again.") == [("Connect again.", False)]
