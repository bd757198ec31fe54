"""A turn that was left, and in whose history stands what was forgotten since.

Nothing can be taken out of a history: Claude refuses one that is not as it was. So the turn begins anew from its
messages, in another session, where its tools did nothing but look. Where they acted, that would act twice: it ends, and
the person is told. A turn that itself forgot something goes on, as it would have without the interruption; the session
ends with it.
"""

from __future__ import annotations

from django.utils import timezone

from memory.models import Folder
from messaging.acts import have_acted, may_have_forgotten, steps_of
from messaging.handover import told_of_team
from messaging.models import Attachment, Conversation, Message, Turn
from messaging.turn_end import end_with_a_word
from messaging.work import Claim

FORGOTTEN = "Something was forgotten or changed meanwhile"


def gives_way(conversation: Conversation, turn: Turn) -> bool:
    """End the turn where it is to begin anew, and have its messages wait again. The conversation's row is locked."""
    if not is_outdated(conversation, turn) or have_acted(steps_of(turn)):
        return False
    said = Message.objects.filter(turn=turn, direction=Message.Direction.IN)
    Attachment.objects.filter(message__in=said.values("pk")).update(shown=False)
    said.update(turn=None)
    told_of_team(turn).update(turn=None)
    Turn.objects.filter(pk=turn.pk, status=Turn.Status.OPEN).update(
        status=Turn.Status.SILENT, reason=f"{FORGOTTEN}; answered in another turn.", committed_at=timezone.now()
    )
    return True


def is_over(claim: Claim, conversation: Conversation, turn: Turn) -> bool:
    """End the turn where it can neither go on nor begin anew, and tell the person. The conversation's row is locked.

    Raises LeaseLost.
    """
    told = Folder.objects.filter(tenant=conversation.tenant_id, is_profile=True).values_list("name", flat=True)
    if not is_outdated(conversation, turn) or may_have_forgotten(steps_of(turn), set(told)):
        return False
    end_with_a_word(claim, conversation, turn, "stopped_midway", f"{FORGOTTEN}, after its tools had acted.")
    return True


def is_outdated(conversation: Conversation, turn: Turn) -> bool:
    """Whether sessions must begin anew since the turn's began. While the tenant is paused nothing goes to Claude, and a
    turn that one of the team took over ends otherwise."""
    if turn.session is None or conversation.tenant.is_paused or turn.ownership != conversation.ownership:
        return False
    changed: bool = turn.session.prompt_epoch != conversation.tenant.prompt_epoch
    return changed
