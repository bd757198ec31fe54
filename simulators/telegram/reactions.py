"""Reactions that a bot may set: one emoji of those that https://core.telegram.org/bots/api#reactiontypeemoji lists."""

from __future__ import annotations

from simulators.telegram.errors import bad
from simulators.telegram.params import Params

JOINED = ("❤️‍🔥", "👨‍💻", "🤷‍♂️", "🤷‍♀️")
EMOJI = frozenset(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾🤷😡"
) | {*JOINED, *(emoji.replace("\ufe0f", "") for emoji in JOINED)}


def read_reaction(params: Params) -> str | None:
    """The emoji, None where it is taken back; raises ApiError."""
    given = params.json("reaction", list)
    if not all(isinstance(reaction, dict) and "type" in reaction for reaction in given):
        raise bad("can't parse reaction type")
    if len(given) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if not given:
        return None
    emoji = given[0].get("emoji")
    if given[0]["type"] != "emoji" or emoji not in EMOJI:
        raise bad("REACTION_INVALID")
    return str(emoji)
