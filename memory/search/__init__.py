"""Finding what was said and written: over messages, documents and facts."""
