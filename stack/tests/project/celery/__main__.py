"""Stands in for the worker and the beat: lives until it is asked to end."""

import signal

signal.pause()
