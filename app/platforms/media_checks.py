"""Rules on pictures and videos. Each applies only to what is there; an unknown figure (0) is not judged."""

from collections.abc import Callable

from app.platforms.counting import count
from app.platforms.findings import Draft, MediaFacts, Rule, Verdict
from app.platforms.need import Need, amount, figure, size

_NAMES = {"image": "picture", "video": "video", "any": "picture or video"}
_MIMES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "tif": "image/tiff", "mov": "video/quicktime",
    "m4v": "video/x-m4v", "mp4": "video/mp4", "webm": "video/webm", "avi": "video/x-msvideo",
    "mpeg": "video/mpeg",
}  # fmt: skip


def _items(draft: Draft, kind: str) -> tuple[MediaFacts, ...]:
    return draft.content.media if kind == "any" else draft.content.of_kind(kind)


def _many(kind: str, least: bool = False) -> Rule:
    """How many pictures or videos; where the unit is `items`, pictures and videos count together."""

    def check(need: Need, draft: Draft) -> Verdict:
        bound = need.bottom if least else need.top
        if bound is None:
            return None
        together = need.unit == "items"
        have = len(_items(draft, "any" if together else kind))
        noun = "pictures and videos" if together else f"{_NAMES[kind]}s"
        if have < bound if least else have > bound:
            verb = "needs at least" if least else "allows"
            return False, f"{draft.label} {verb} {amount(bound, noun)}; this has {have}."
        return True, f"{amount(have, noun)}."

    return check


def _media_required(need: Need, draft: Draft) -> Verdict:
    if not need.on:
        return None
    if draft.content.media:
        return True, "It has a picture or video."
    return False, f"{draft.label} needs a picture or a video; this has none."


def _mixed_media(need: Need, draft: Draft) -> Verdict:
    if need.on or not draft.content.media:
        return None
    both = bool(draft.content.of_kind("image") and draft.content.of_kind("video"))
    return not both, f"{draft.label} takes pictures or a video, not both." if both else "One kind of media."


Measure = Callable[[MediaFacts], float | None]


def _each(
    kind: str,
    measure: Measure,
    noun: str,
    write: Callable = figure,
    *,
    least: bool = False,
    most: bool = False,
) -> Rule:
    """Hold a figure of every picture or video against the bounds; `least` or `most` names one of them."""

    def check(need: Need, draft: Draft) -> Verdict:
        low = need.bottom if least else need.span[0] if not most else None
        high = need.top if most else need.span[1] if not least else None
        measured = [(at, have) for at, item in enumerate(_items(draft, kind), 1) if (have := measure(item))]
        if not measured or (low is None and high is None):
            return None
        for at, have in measured:
            which = f"{_NAMES[kind]} {at}"
            if high is not None and have > high:
                return False, f"{draft.label} allows {write(high)} {noun} at most; {which} has {write(have)}."
            if low is not None and have < low:
                return False, f"{draft.label} needs {write(low)} {noun} at least; {which} has {write(have)}."
        return True, f"{noun[0].upper()}{noun[1:]}: {', '.join(write(have) for _, have in measured)}."

    return check


def _ratio(item: MediaFacts) -> float | None:
    return round(item.width / item.height, 4) if item.width and item.height else None


def _parsed_ratio(value: str) -> float | None:
    try:
        parts = [float(part) for part in value.split(":")]
        return parts[0] / (parts[1] if len(parts) == 2 else 1)
    except (ValueError, ZeroDivisionError):
        return None


def _aspect_ratio(need: Need, draft: Draft) -> Verdict:
    """Within two percent of the ratio that the rule names, such as 1.91:1 or 9:16."""
    wanted = _parsed_ratio(need.value)
    ratios = [(at, have) for at, item in enumerate(draft.content.media, 1) if (have := _ratio(item))]
    if not wanted or not ratios:
        return None
    for at, have in ratios:
        if abs(have / wanted - 1) > 0.02:
            return False, f"{draft.label} wants {need.value}; number {at} has {figure(round(have, 2))}:1."
    return True, f"Width to height is {need.value}."


def _formats(kind: str) -> Rule:
    def check(need: Need, draft: Draft) -> Verdict:
        names = [word.lower() for word in need.words]
        allowed = {name if "/" in name else _MIMES.get(name, f"{kind}/{name}") for name in names}
        items = _items(draft, kind)
        if not items or (need.unit == "text" and need.value != "none"):
            return None
        wrong = sorted({item.mime for item in items if item.mime and item.mime.lower() not in allowed})
        if not wrong:
            return True, f"{_NAMES[kind].capitalize()} format is taken."
        if need.value == "none":
            return False, f"{draft.label} takes no {_NAMES[kind]}s; this has {', '.join(wrong)}."
        return False, f"{draft.label} takes {', '.join(need.words)}; this has {', '.join(wrong)}."

    return check


def _alt_text_required(need: Need, draft: Draft) -> Verdict:
    pictures = draft.content.of_kind("image")
    if not need.on or not pictures:
        return None
    without = sum(1 for picture in pictures if not picture.alt_text.strip())
    if without:
        return False, f"{without} of {len(pictures)} pictures have no alternative text."
    return True, "Every picture has an alternative text."


def _alt_length(item: MediaFacts) -> int:
    return count(item.alt_text, "characters")


def _bytes(item: MediaFacts) -> int:
    return item.bytes


def _gif_bytes(item: MediaFacts) -> int:
    return item.bytes if item.mime.lower() == "image/gif" else 0


def _still_bytes(item: MediaFacts) -> int:
    return 0 if item.mime.lower() == "image/gif" else item.bytes


def _max_image_bytes(need: Need, draft: Draft) -> Verdict:
    """Animated GIFs are left to their own rule, where there is one."""
    measure = _still_bytes if draft.need("max_gif_bytes") else _bytes
    return _each("image", measure, "a picture", size, most=True)(need, draft)


def _edges(prefix: str, kind: str) -> dict[str, Rule]:
    """The rules on width and height of one kind."""
    rules: dict[str, Rule] = {}
    for edge in ("width", "height"):

        def measure(item: MediaFacts, edge: str = edge) -> int:
            return getattr(item, edge)

        noun = f"pixels of {edge}"
        rules[f"{prefix}_{edge}"] = _each(kind, measure, noun)
        rules[f"max_{prefix}_{edge}"] = _each(kind, measure, noun, most=True)
        rules[f"min_{prefix}_{edge}"] = _each(kind, measure, noun, least=True)
        rules[f"recommended_{prefix}_{edge}"] = _each(kind, measure, noun, least=True)
    return rules


def _pixels(item: MediaFacts) -> int:
    return item.width * item.height


def _seconds(item: MediaFacts) -> float | None:
    return item.seconds


def _megabytes(item: MediaFacts) -> float:
    return item.bytes / 1_000_000


MEDIA_RULES: dict[str, Rule] = {
    "media_required": _media_required,
    "mixed_media": _mixed_media,
    "max_images": _many("image"),
    "min_images": _many("image", least=True),
    "max_videos": _many("video"),
    "min_videos": _many("video", least=True),
    "image_formats": _formats("image"),
    "video_formats": _formats("video"),
    "max_image_bytes": _max_image_bytes,
    "min_image_bytes": _each("image", _bytes, "a picture", size, least=True),
    "safe_image_bytes": _each("image", _bytes, "a picture", size, most=True),
    "max_gif_bytes": _each("image", _gif_bytes, "an animated GIF", size, most=True),
    "max_video_bytes": _each("video", _bytes, "a video", size, most=True),
    "min_video_bytes": _each("video", _bytes, "a video", size, least=True),
    "max_file_size_mb": _each("any", _megabytes, "MB a file", most=True),
    **_edges("image", "image"),
    **_edges("video", "video"),
    "max_image_pixels": _each("image", _pixels, "pixels in all", most=True),
    "max_video_pixels": _each("video", _pixels, "pixels in all", most=True),
    "max_image_width_plus_height": _each(
        "image", lambda item: item.width + item.height, "pixels of width and height together", most=True
    ),
    "aspect_ratio": _aspect_ratio,
    "recommended_aspect_ratio": _aspect_ratio,
    "aspect_ratio_max": _each("any", _ratio, "times as wide as high", most=True),
    "aspect_ratio_min": _each("any", _ratio, "times as wide as high", least=True),
    "image_aspect_ratio_max": _each("image", _ratio, "times as wide as high", most=True),
    "image_aspect_ratio_min": _each("image", _ratio, "times as wide as high", least=True),
    "video_aspect_ratio_max": _each("video", _ratio, "times as wide as high", most=True),
    "video_aspect_ratio_min": _each("video", _ratio, "times as wide as high", least=True),
    "max_video_seconds": _each("video", _seconds, "seconds of video", most=True),
    "min_video_seconds": _each("video", _seconds, "seconds of video", least=True),
    "video_duration": _each("video", _seconds, "seconds of video"),
    "video_duration_limit": _each("video", _seconds, "seconds of video", most=True),
    "recommended_video_seconds": _each("video", _seconds, "seconds of video", most=True),
    "alt_text_required": _alt_text_required,
    "max_alt_text_characters": _each("image", _alt_length, "characters of alternative text", most=True),
    "alt_text_max_characters": _each("image", _alt_length, "characters of alternative text", most=True),
}
