"""The matrix as a table for people, and its closing line."""

from benchmarks.chaos.verdict import Verdict

COLUMNS = "Posts Troubles Published Refused Settled Unsure Duplicates Lost Stuck Seconds".split()
HEAD = f"| What goes wrong | {' | '.join(COLUMNS)} |"


def closing(verdicts: list[Verdict]) -> str:
    """`chaos: C cells, P posts, duplicates 0, lost 0, stuck 0, unsure U (settled S)`."""

    def of(name: str) -> int:
        return sum(getattr(one, name) for one in verdicts)

    return (
        f"chaos: {len(verdicts)} cells, {of('posts')} posts, duplicates {of('duplicates')}, lost {of('lost')}, "
        f"stuck {of('stuck')}, unsure {of('unsure')} (settled {of('settled')})"
    )


def page(verdicts: list[Verdict], count: int) -> str:
    """The table as Markdown."""
    rows = [
        f"| {one.name} | {one.posts} | {one.troubles} | {one.published} | {one.refused} | {one.settled} | {one.unsure} "
        f"| {one.duplicates} | {one.lost} | {one.stuck} | {one.seconds:.0f} |"
        for one in verdicts
    ]
    return "\n".join(
        [
            f"<!-- written by `make chaos` ({count} posts a cell) -->",
            HEAD,
            "|---" + "|---:" * 10 + "|",
            *rows,
            "",
            f"`{closing(verdicts)}`",
            "",
        ]
    )
