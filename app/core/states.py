"""A state machine is a table; a move is one conditional UPDATE."""

from typing import Any

from sqlalchemy import update

from app.core.database import session
from app.core.errors import WrongState

Moves = dict[str, tuple[tuple[str, ...], str]]


def move(row: Any, verb: str, **changes: Any) -> None:
    """Take `row` through `verb` of its MOVES in one UPDATE, with `changes` to other columns.

    Raise WrongState if somebody was faster: the WHERE clause is the decision.
    """
    if not try_move(row, verb, **changes):
        usual = f"This {row.noun} is {row.state} already, so “{verb.replace('_', ' ')}” is no longer possible."
        raise WrongState(getattr(row, "why_not", usual))


def try_move(row: Any, verb: str, **changes: Any) -> bool:
    """Like `move`, but say whether it happened."""
    sources, target = row.MOVES[verb]
    kind = type(row)
    session.flush()
    moved = session.scalar(
        update(kind)
        .where(kind.id == row.id, kind.state.in_(sources))
        .values(state=target, **changes)
        .returning(kind.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)
    return moved is not None


def possible(row: Any) -> list[str]:
    """The verbs that this row's state allows, in the order of the table."""
    return [verb for verb, (sources, _) in row.MOVES.items() if row.state in sources]


def states_of(moves: Moves) -> tuple[str, ...]:
    """Every state that a table of moves names, for the database's CHECK."""
    names = [state for sources, target in moves.values() for state in (*sources, target)]
    return tuple(dict.fromkeys(names))
