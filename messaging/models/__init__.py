from messaging.models.account import ChannelAccount, ChannelApp, PairingCode
from messaging.models.attachment import Attachment
from messaging.models.beat import WorkerBeat
from messaging.models.conversation import Conversation, Lane, Message, Participant, Session, Work
from messaging.models.delivery import Delivery, DeliveryStatus
from messaging.models.letter import DeadLetter, UnroutedWebhook
from messaging.models.turn import Turn, TurnStep

__all__ = [
    "Attachment",
    "ChannelAccount",
    "ChannelApp",
    "Conversation",
    "DeadLetter",
    "Delivery",
    "DeliveryStatus",
    "Lane",
    "Message",
    "PairingCode",
    "Participant",
    "Session",
    "Turn",
    "TurnStep",
    "UnroutedWebhook",
    "Work",
    "WorkerBeat",
]
