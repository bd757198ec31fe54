from memory.models.chat import ImportedChat, ImportedMessage
from memory.models.entry import Entry
from memory.models.fact import Fact
from memory.models.folder import Audience, Document, Folder, Revision
from memory.models.framework import Framework

__all__ = [
    "Audience",
    "Document",
    "Entry",
    "Fact",
    "Folder",
    "Framework",
    "ImportedChat",
    "ImportedMessage",
    "Revision",
]
