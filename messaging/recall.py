"""What memory cannot know by itself: the messages, and who may look into which chat."""

from memory import export, provenance
from memory.search import sources
from messaging import scrubbing
from messaging.confirmations import in_confirmations
from messaging.kept_tools import own_tools, scrub_runs
from messaging.memory_book import MessageBook
from messaging.memory_source import MessageSource
from messaging.transcripts import conversations, opinions

sources.register("message", MessageSource())
sources.register_chats(MessageSource())
provenance.register(MessageBook())
export.register(conversations)
export.register(opinions)
export.register(own_tools)
scrubbing.register(in_confirmations)
scrubbing.register(scrub_runs)
