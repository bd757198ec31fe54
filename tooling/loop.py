"""One turn with Claude: ask, run the tools it calls, ask again, until there is an answer or a limit.

Plain Python over injected callables. The recorded steps are the whole state: `run` decides what comes next from them
alone, so a turn that died goes on from its steps exactly as one that never stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tooling.history import OUTCOME_UNKNOWN, can_continue, last_reply, messages_of, started_ids, text_of, tool_calls
from tooling.history import unanswered as unanswered_calls
from tooling.types import (
    AssistantStep,
    ClaudeError,
    Message,
    Reply,
    Step,
    ToolCall,
    ToolResult,
    ToolResultStep,
    ToolStartedStep,
    Usage,
    UserStep,
)

Stop = Literal["done", "cut", "refused", "context_full", "limit_steps", "limit_tools", "limit_tokens", "deadline"]

RunCalls = Callable[[Callable[[ToolCall], ToolResult], Sequence[ToolCall]], Iterable[tuple[ToolCall, ToolResult]]]

GO_ON = (
    "[Your reply was cut at the length limit. Go on exactly where it stopped, without repeating anything, "
    "and keep the rest short.]"
)
CALL_CUT = "Not run: your reply was cut at the length limit. Make this call again, alone and with shorter arguments."
UNREADABLE = "Not run: the arguments were not valid JSON. Make this call again with valid arguments."
LIMIT_REACHED = (
    "Not run: this turn has reached its limit of tool calls. Call no more tools; answer the person now with what you "
    "have, and say what is left undone."
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one turn may use.

    Once `max_replies` or `max_tool_calls` is reached, one last reply without tools is asked for.
    """

    max_replies: int = 20
    max_tool_calls: int = 40
    max_tokens: int = 500_000  # without cache reads, over the whole turn
    deadline: float = float("inf")  # seconds, by the loop's `clock`


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a turn ended.

    `text` is for the person; "" where the caller must find the words (then `close_history` records them).
    done: an answer, which may be "" if the model had nothing to say. cut: an answer that ends at the length limit.
    refused: the model declined. context_full: close the session and run the turn again in a new one; `tool_calls` says
    whether tools have run that such a second run would repeat. limit_…, deadline: stopped, with text where the model
    still answered. `close_session`: no other turn may follow in this session.
    """

    text: str
    stop: Stop
    usage: Usage
    replies: int
    tool_calls: int  # calls that were started
    close_session: bool


def one_by_one(
    call_tool: Callable[[ToolCall], ToolResult], calls: Sequence[ToolCall]
) -> Iterable[tuple[ToolCall, ToolResult]]:
    return ((call, call_tool(call)) for call in calls)


def run(
    history: Sequence[Message],
    steps: Sequence[Step],
    *,
    ask: Callable[[list[Message]], Reply],
    call_tool: Callable[[ToolCall], ToolResult],
    record: Callable[[Step], None],
    limits: Limits,
    clock: Callable[[], float],
    repeatable: Callable[[str], bool] = lambda _name: False,
    run_calls: RunCalls = one_by_one,
) -> Outcome:
    """Carry the turn whose `steps` are recorded so far (at least the person's message) to its end.

    `history`: messages of the session's earlier turns. `record` is called before anything that follows from the step;
    what it raises (a lost lease) ends the turn at once, as does a ClaudeError of `ask`. `call_tool` answers failures
    as results and does not raise. `repeatable` says of a tool's name whether a call that was interrupted may run again.
    `run_calls` runs several calls, at once if it likes, and yields each result when it is there.
    """
    if not steps or not isinstance(steps[0], UserStep):
        raise ValueError("a turn begins with the person's message")
    turn = _Turn(list(steps), limits, record)
    while True:
        stop = turn.finished(clock())
        if stop is not None:
            return turn.outcome(stop)
        if turn.calls_to_answer():
            turn.answer(call_tool, repeatable, run_calls)
        elif turn.must_go_on():
            turn.add(UserStep(message={"role": "user", "content": [{"type": "text", "text": GO_ON}]}))
        else:
            try:
                reply = ask([*history, *messages_of(turn.steps)])
            except ClaudeError as error:
                if error.kind != "context_full":
                    raise
                return turn.outcome("context_full")
            turn.add(AssistantStep(reply=reply))


class _Turn:
    """The steps of a turn and what follows from them; holds no other state."""

    def __init__(self, steps: list[Step], limits: Limits, record: Callable[[Step], None]) -> None:
        self.steps = steps
        self.limits = limits
        self._record = record

    def add(self, step: Step) -> None:
        self._record(step)
        self.steps.append(step)

    @property
    def replies(self) -> list[Reply]:
        return [step.reply for step in self.steps if isinstance(step, AssistantStep)]

    @property
    def usage(self) -> Usage:
        return sum((reply.usage for reply in self.replies), Usage())

    def calls_to_answer(self) -> list[ToolCall]:
        """Calls of the last reply that wait for a result; of a reply that ended otherwise, its calls are void."""
        reply = last_reply(self.steps)
        if reply is None or reply.stop_reason not in ("tool_use", "max_tokens"):
            return []
        return unanswered_calls(self.steps)

    def must_go_on(self) -> bool:
        """The last reply is text that was cut, and the model has not yet been asked to go on."""
        last = self.steps[-1]
        return isinstance(last, AssistantStep) and last.reply.stop_reason == "max_tokens"

    def finished(self, now: float) -> Stop | None:
        """Why the turn is over, or None while there is something left to do."""
        last = self.steps[-1]
        if isinstance(last, AssistantStep):
            ended = self._ended_by(last.reply)
            if ended is not None:
                return ended
        if self._last_word_said() or (len(self.replies) >= self.limits.max_replies and not self._may_say_last_word()):
            return self._limit()
        if self.usage.fresh_tokens >= self.limits.max_tokens:
            return "limit_tokens"
        return "deadline" if now >= self.limits.deadline else None

    def _ended_by(self, reply: Reply) -> Stop | None:
        match reply.stop_reason:
            case "refusal":
                return "refused"
            case "model_context_window_exceeded":
                return "context_full"
            case "pause_turn":
                return None
            case "max_tokens":
                return "cut" if sum(each.stop_reason == "max_tokens" for each in self.replies) > 1 else None
            case "tool_use" if tool_calls(reply):
                return None
        return self._limit() if self._refused_at() is not None else "done"

    def _refused_at(self) -> int | None:
        """Where a call was first refused because of a limit: it could have run, but has a result without a start."""
        started = started_ids(self.steps)
        could_run: set[str] = set()
        for index, step in enumerate(self.steps):
            if isinstance(step, AssistantStep) and step.reply.stop_reason == "tool_use":
                could_run |= {call.id for call in tool_calls(step.reply)} - set(step.reply.unreadable)
            elif isinstance(step, ToolResultStep) and step.tool_use_id in could_run - started:
                return index
        return None

    def _last_word_said(self) -> bool:
        refused_at = self._refused_at()
        return refused_at is not None and any(isinstance(step, AssistantStep) for step in self.steps[refused_at:])

    def _may_say_last_word(self) -> bool:
        """At the limit of replies, calls are still answered (with a refusal), and the model is asked once more."""
        return bool(self.calls_to_answer()) or self._refused_at() is not None

    def _limit(self) -> Stop:
        return "limit_tools" if len(started_ids(self.steps)) >= self.limits.max_tool_calls else "limit_steps"

    def answer(
        self,
        call_tool: Callable[[ToolCall], ToolResult],
        repeatable: Callable[[str], bool],
        run_calls: RunCalls,
    ) -> None:
        """Give every waiting call its result: run it where that is allowed, else say why it did not run."""
        runnable: list[ToolCall] = []
        fresh: list[ToolCall] = []
        started = started_ids(self.steps)
        room = self.limits.max_tool_calls - len(started) if len(self.replies) < self.limits.max_replies else 0
        for call in self.calls_to_answer():
            if call.id in started:
                if repeatable(call.name):
                    runnable.append(call)
                else:
                    self._refuse(call, OUTCOME_UNKNOWN)
            elif (why := self._why_not(call, room - len(fresh))) is not None:
                self._refuse(call, why)
            else:
                fresh.append(call)
        for call in fresh:
            self.add(ToolStartedStep(tool_use_id=call.id, name=call.name, arguments=call.arguments))
        runnable += fresh
        for call, result in (run_calls if len(runnable) > 1 else one_by_one)(call_tool, runnable):
            self._tell(call, result)

    def _why_not(self, call: ToolCall, room: int) -> str | None:
        reply = self.replies[-1]
        if reply.stop_reason == "max_tokens":
            return CALL_CUT
        if call.id in reply.unreadable:
            return UNREADABLE
        return LIMIT_REACHED if room <= 0 else None

    def _tell(self, call: ToolCall, result: ToolResult) -> None:
        self.add(
            ToolResultStep(
                tool_use_id=call.id,
                content=result.content,
                is_error=result.is_error,
                offers=tuple(result.offers),
                from_outside=result.from_outside,
            )
        )

    def _refuse(self, call: ToolCall, why: str) -> None:
        self._tell(call, ToolResult(content=why, is_error=True))

    def outcome(self, stop: Stop) -> Outcome:
        return Outcome(
            text="" if stop == "refused" else self._text(stop),
            stop=stop,
            usage=self.usage,
            replies=len(self.replies),
            tool_calls=len(started_ids(self.steps)),
            close_session=stop == "context_full" or not can_continue(self.steps),
        )

    def _text(self, stop: Stop) -> str:
        """What the model said after its last tools; of a turn that is done, else what it said before them.

        A model that has said "Noted!" beside its last call often has nothing to add after it.
        """
        chains: list[list[Reply]] = [[]]
        for step in self.steps:
            if isinstance(step, AssistantStep):
                chains[-1].append(step.reply)
            elif isinstance(step, ToolResultStep) and chains[-1]:
                chains.append([])
        texts = [_joined(chain) for chain in chains]
        if stop == "done":
            return next((text for text in reversed(texts) if text), "")
        last = chains[-1]
        return "" if last and last[-1].stop_reason == "tool_use" else texts[-1]


def _joined(chain: Sequence[Reply]) -> str:
    """One text from replies that follow each other without tools between: a cut one goes on in the middle of a word."""
    text = ""
    was_cut = True
    for reply in chain:
        part = text_of(reply.content)
        if part:
            text += part if was_cut or not text else f"\n\n{part}"
        was_cut = reply.stop_reason == "max_tokens"
    return text.strip()
