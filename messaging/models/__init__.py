from messaging.models.account import AccountIssue, ChannelAccount, ChannelApp, PairingCode, Template
from messaging.models.attachment import Attachment
from messaging.models.beat import WorkerBeat
from messaging.models.confirmation import Confirmation
from messaging.models.conversation import Conversation, Lane, Message, Participant, Session, Work
from messaging.models.delivery import Delivery, DeliveryStatus
from messaging.models.feedback import Feedback
from messaging.models.letter import DeadLetter, UnroutedWebhook
from messaging.models.provenance import FactSource, RevisionSource
from messaging.models.turn import Turn, TurnStep

__all__ = [
    "AccountIssue",
    "Attachment",
    "ChannelAccount",
    "ChannelApp",
    "Confirmation",
    "Conversation",
    "DeadLetter",
    "Delivery",
    "DeliveryStatus",
    "FactSource",
    "Feedback",
    "Lane",
    "Message",
    "PairingCode",
    "Participant",
    "RevisionSource",
    "Session",
    "Template",
    "Turn",
    "TurnStep",
    "UnroutedWebhook",
    "Work",
    "WorkerBeat",
]
