"""What memory cannot know by itself: the messages, and who may look into which chat."""

from memory import provenance
from memory.search import sources
from messaging.memory_book import MessageBook
from messaging.memory_source import MessageSource

sources.register("message", MessageSource())
sources.register_chats(MessageSource())
provenance.register(MessageBook())
