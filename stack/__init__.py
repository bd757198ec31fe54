"""What runs a whole installation on one machine: embedded PostgreSQL and Valkey, and the processes of `make up`.

Nothing here imports Django, so that a command can be given its database before Django's settings are read.
"""


class StackError(Exception):
    """Something a person can mend; the message says what was wrong and what to do."""
