"""Calls to action that state no fact. English only: a source in another language gets none."""

QUESTIONS = {
    "professional": (
        "What has been your experience?",
        "How do you approach this?",
        "What would you add from your own work?",
        "What has been your experience? Tell us in the comments.",
        "How do you handle this where you work? We would like to hear what has worked and what has not.",
    ),
    "casual": (
        "Thoughts?",
        "What is your take?",
        "What do you think?",
        "Anything to add? Tell us in the comments.",
        "What is your take? Tell us in the comments, we would love to hear it.",
    ),
    "friendly": (
        "What do you think?",
        "What is your view?",
        "What would you add?",
        "Tell us in the comments what you think.",
        "We would love to hear your view, so tell us in the comments.",
    ),
    "product": (
        "What do you think?",
        "Is it for you?",
        "Would you choose it?",
        "Tell us in the comments what you think.",
        "Would you choose it for yourself or as a present? Tell us in the comments.",
    ),
}
LINKS = {  # followed by the address
    "article": ("Read more:", "Read on:", "Read the full story:"),
    "product": ("See it here:", "Take a look:", "Find out more:"),
    "text": ("More here:", "Read more:", "Find out more:"),
}
CARDS = {  # the address is not in the text but in the post's own link
    "article": (
        "Read more at the link.",
        "Read the full story at the link.",
        "Follow the link for the whole story and tell us what you think.",
    ),
    "product": (
        "Take a look.",
        "Take a closer look.",
        "Would you choose it? Take a look.",
        "Take a closer look and tell us in the comments what you think.",
        (
            "Take a closer look, tell us in the comments what you think, and share it with somebody who "
            "would like it."
        ),
    ),
    "text": ("Find out more.", "Take a look and tell us what you think."),
}
OTHERS = {
    "boost": (
        "Please pass it on if it is of use to somebody you know.",
        "Know somebody who should see it? Please pass it on.",
    ),
    "save": (
        "Save this for later.",
        "Save this one, and tell us in the comments what you think.",
        "Save it for the day you need it.",
    ),
    "react": ("What do you think? Reply in the thread.", "React if this is useful to you."),
}


LONGER = (  # for a channel with a least length and a source that says little
    (
        "Would you choose it for yourself or as a present? Take a closer look, and tell us in the comments "
        "what you think of it."
    ),
    (
        "Take a closer look, tell us in the comments what you think, and share this with somebody who would "
        "like it."
    ),
)


def calls(
    kinds: tuple[str, ...], *, of: str, tone: str, address: bool, card: bool, long: bool = False
) -> list[str]:
    """The calls that fit, the wanted kind first.

    `of` is the source's kind; `address`: the text can carry its link after the call; `card`: the post
    has a link outside its text; `long`: long ones are wanted too.
    """
    found: list[str] = []
    for kind in kinds:
        if kind == "link" and address:
            found += LINKS[of]
        elif kind == "link" and card:
            found += CARDS[of]
        elif kind in OTHERS:
            found += OTHERS[kind]
        elif kind == "question":
            found += QUESTIONS["product" if of == "product" else tone]
    if not found and kinds:
        found += QUESTIONS["product" if of == "product" else tone]
    if long and kinds and of == "product":
        found += LONGER
    return found
