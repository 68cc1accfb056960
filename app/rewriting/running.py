"""How a rewrite is asked for, done, repeated, stopped and found again when its worker died."""

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any, Self

import structlog
from sqlalchemy import select, update
from uuid_utils.compat import uuid7

from app.accounts.models import Member, Workspace
from app.core.database import enter, everywhere, session
from app.core.errors import Invalid, Problem
from app.core.queue import ring
from app.core.settings import settings
from app.core.states import move, try_move
from app.core.time import now
from app.platforms.counting import count
from app.rewriting import sources
from app.rewriting.adjusting import check_prompts
from app.rewriting.providers import Provider, provider_for
from app.rewriting.rewrite import Rewriting, rewrite
from app.rewriting.source import Source
from app.rewriting.variants import another
from app.rewriting.writer import NAME as BUILT_IN

log = structlog.get_logger("rewriting")
MARGIN = 60  # seconds beyond the answers of a model: reading, checking, mending
PATIENCE = 5  # seconds after which a page says that no worker has taken the rewrite
TOO_LONG = timedelta(hours=1)  # after which a rewrite that nobody took is given up
END_STATES = {"success": "succeed", "partial": "settle", "failed": "fail"}


class Stopped(Exception):
    """Somebody stopped the rewrite while it ran."""


def time_limit() -> int:
    """Seconds that a whole rewrite may take: three answers of a model, one to spare, and the checks."""
    return 4 * settings().llm_timeout + MARGIN


class Runnable:
    """The verbs of an execution."""

    @classmethod
    def ask(cls: Any, process: Any, *, by: Member | None, **wanted: Any) -> Self:
        """Ask for a rewrite of one source; a worker does it after the commit. Takes what `prepare` takes."""
        return cls.prepare(process, by=by, **wanted).wait()

    @classmethod
    def prepare(
        cls: Any, process: Any, *, text: str | None = None, section: Any = None, product: Any = None,
        focus: str | None = None, by: Member | None, prompts: tuple[str, str] | None = None, seed: int = 0,
    ) -> Self:  # fmt: skip
        """A rewrite of one source in the history. No bell is rung: whoever prepares it calls `run`.

        `prompts` (system, user template) are tried once and not kept. Raise Invalid at the field for an
        empty source or an unknown placeholder.
        """
        if by is not None:
            by.must("write")
        source = _source(text, section, product, focus)
        if prompts:
            check_prompts(*prompts)
        workspace = session.get(Workspace, process.workspace_id)
        template = sources.template_for(workspace, product, focus) if product is not None else None
        asked = cls(
            id=uuid7(), workspace_id=process.workspace_id, process_id=process.id, process=process,
            state="pending", asked_by_id=by.id if by else None, progress="Waiting for a worker",
            article_section_id=section.id if section is not None else None,
            product_id=product.id if product is not None else None,
            input_data={
                "source": sources.kept(source), "seed": seed, "prompts": list(prompts) if prompts else None,
                "template": _told(template),
            },
        )  # fmt: skip
        session.add(asked)
        session.flush()
        return asked

    def wait(self: Any) -> Self:
        """Enter the history as waiting, and ring for a worker."""
        session.add(self)
        session.flush()
        ring("rewriting.run", self.id)
        return self

    def again(
        self: Any, by: Member | None, process: Any = None, prompts: tuple[str, str] | None = None
    ) -> Self:
        """Another variant of the same source; by another process or with other prompts, if they are given."""
        if by is not None:
            by.must("write")
        if prompts:
            check_prompts(*prompts)
        other = process is not None and process.id != self.process_id
        asked = self.input_data | (
            {"prompts": list(prompts)} if prompts else {"prompts": None} if other else {}
        )
        asked["seed"] = asked.get("seed", 0) + (0 if other or prompts else 1)
        known = {*self.input_data.get("known", ()), self.text} if not other else ()
        asked["known"] = sorted(text for text in known if text)
        return type(self)(
            id=uuid7(), workspace_id=self.workspace_id, process_id=(process or self.process).id,
            process=process or self.process, state="pending", asked_by_id=by.id if by else None,
            progress="Waiting for a worker", input_data=asked, article_section_id=self.article_section_id,
            product_id=self.product_id,
        ).wait()  # fmt: skip

    def run(self: Any, provider: Provider | None = None) -> None:
        """Do it, in a worker or right here. Commits as it goes, so that no transaction waits for a model.

        Whatever the model or its server does ends in the row; a second bell finds it begun and goes home.
        """
        if not try_move(self, "begin", started_at=now(), progress="Reading the rules"):
            return
        provider = provider or provider_for(settings())
        try:
            engine = self._engine()
            needs = engine["channel"].needs()
            session.commit()
            done = another(
                lambda seed: rewrite(self.source, needs, engine["process"], provider, self._tell, seed),
                self.input_data,
            )
            self._settle(done, needs, engine)
        except Stopped:
            session.rollback()
        except Problem as problem:
            session.rollback()
            self._give_up(problem.message)
        except BaseException:
            session.rollback()
            self._give_up("Something broke on our side before the rewrite was done. Try it again.")
            session.commit()
            raise
        session.commit()

    def stop(self: Any, by: Member) -> None:
        """Give it up while it waits or runs. Raise WrongState once it is done."""
        by.must("write")
        move(self, "fail", error_message=f"Stopped by {by.name}.", progress="")

    def ring_again(self: Any, by: Member) -> None:
        """Ring for a worker once more, where none came."""
        by.must("write")
        if self.state == "pending":
            ring("rewriting.run", self.id)

    @classmethod
    def sweep(cls: Any) -> int:
        """Find what a lost bell or a dead worker left behind; how many rewrites were touched."""
        with everywhere():
            running_too_long = now() - timedelta(seconds=time_limit() + MARGIN)
            lost = cls.state == "running", cls.started_at < running_too_long
            old = cls.state == "pending", cls.created_at < now() - TOO_LONG
            ended = _fail_all(cls, lost, "It broke off: the worker that wrote it is gone. Try it again.")
            ended += _fail_all(cls, old, "No worker took it within an hour. Try it again.")
            waiting = select(cls.id).where(
                cls.state == "pending", cls.created_at < now() - timedelta(seconds=30)
            )
            for found in session.scalars(waiting.order_by(cls.created_at).limit(100)):
                ring("rewriting.run", found, at_most_once_in=60)
            return ended

    @property
    def source(self: Any) -> Source:
        """What it started from, as it was then."""
        return sources.restored(self.input_data["source"])

    @property
    def prompts(self: Any) -> tuple[str, str] | None:
        """The prompts that were tried instead of the process's own."""
        tried = self.input_data.get("prompts")
        return (tried[0], tried[1]) if tried else None

    @property
    def result(self: Any) -> dict[str, Any]:
        """The Rewriting as plain values, with every check and the length; empty until it is done."""
        return self.output_data or {}

    @property
    def is_over(self: Any) -> bool:
        return self.state not in ("pending", "running")

    @property
    def nobody_came(self: Any) -> bool:
        """Whether it has waited for a worker longer than usual."""
        return self.state == "pending" and now() - self.created_at > timedelta(seconds=PATIENCE)

    @property
    def by_built_in_writer(self: Any) -> bool:
        """Whether no model was asked."""
        return self.provider == BUILT_IN

    @property
    def channel_slug(self: Any) -> str:
        return f"{self.process.platform.name}/{self.process.channel_type.name}"

    def card(self: Any) -> dict[str, Any]:
        done = self.result
        return {
            "id": str(self.id), "process": self.process.process_name, "channel": self.channel_slug,
            "state": self.state, "progress": self.progress, "text": self.text,
            "fit_to_schedule": self.fit_to_schedule,
            "error_message": self.error_message, "provider": self.provider, "model": self.model,
            "tokens_in": self.tokens_in, "tokens_out": self.tokens_out,
            "cost": float(self.cost) if self.cost is not None else None,
            "execution_time": float(self.execution_time) if self.execution_time is not None else None,
            "length": done.get("length"), "checks": done.get("checks", []), "claims": done.get("claims", []),
            "notes": done.get("notes", []), "source": self.input_data.get("source", {}),
            "created_at": self.created_at.isoformat() if self.created_at else None,
        }  # fmt: skip

    def _engine(self: Any) -> dict[str, Any]:
        """The channel and the process as they are now, with what this run was asked to do differently."""
        enter(self.workspace_id)
        workspace = session.get(Workspace, self.workspace_id)
        prompts, template = self.prompts, self.input_data.get("template")
        if template:
            system, user = prompts or (self.process.system_prompt, self.process.user_template)
            prompts = (system, f"{user}\n\n{sources.usable(template['prompt'])}")
        engine = self.process.as_engine_process(workspace.name if workspace else "", prompts)
        return {"channel": self.process.channel, "process": engine}

    def _tell(self: Any, message: str) -> None:
        """Write down what is being done, for whoever looks. Raise Stopped when it was stopped meanwhile."""
        kind = type(self)
        written = session.execute(
            update(kind).where(kind.id == self.id, kind.state == "running").values(progress=message[:200]),
            execution_options={"synchronize_session": False},
        )  # fmt: skip
        session.commit()
        if not written.rowcount:  # type: ignore[attr-defined]
            raise Stopped

    def _settle(self: Any, done: Rewriting, needs: list[Any], engine: dict[str, Any]) -> None:
        method, options = engine["channel"].counting()
        told = done.as_dict()
        told["length"] = {
            "count": count(done.text, method, **options), "method": method,
            "limit": _limit([*needs, *engine["process"].constraints]),
        }  # fmt: skip
        told["limits"] = {"answers": 3, "seconds": settings().llm_timeout}
        told["guides"] = [asdict(need) for need in done.guides]
        try_move(
            self, END_STATES[done.status], output_data=told, text=done.text or None,
            fit_to_schedule=done.fit_to_schedule,
            provider=done.provider, model=done.model, tokens_in=done.tokens_in, tokens_out=done.tokens_out,
            cost=Decimal(str(done.cost)) if done.cost is not None else None,
            execution_time=Decimal(str(done.seconds)),
            error_message=done.problem or None, progress="",
        )  # fmt: skip

    def _give_up(self: Any, reason: str) -> None:
        enter(self.workspace_id)
        try_move(self, "fail", error_message=reason, progress="")


def _told(template: Any) -> dict[str, str] | None:
    return {"name": template.template_name, "prompt": template.template_prompt} if template else None


def _source(text: str | None, section: Any, product: Any, focus: str | None) -> Source:
    given = [one for one in (section, product) if one is not None]
    if len(given) + bool((text or "").strip()) > 1:
        raise Invalid("Choose one source: a text, a section or a product.", text="Choose one source only.")
    if section is not None:
        return sources.of_section(section, focus)
    return sources.of_product(product, focus) if product is not None else sources.of_text(text or "", focus)


def _limit(needs: list[Any]) -> int | None:
    """The strictest longest length among the rules, in the channel's own counting."""
    tops = [
        need.top
        for need in needs
        if need.key in ("max_characters", "max_character_limit") and need.top is not None
    ]
    return int(min(tops)) if tops else None


def _fail_all(kind: Any, which: tuple[Any, ...], reason: str) -> int:
    lost = update(kind).where(*which).values(state="failed", error_message=reason, progress="")
    return len(
        list(session.scalars(lost.returning(kind.id), execution_options={"synchronize_session": False}))
    )
