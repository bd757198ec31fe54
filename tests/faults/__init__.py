"""Faults: real processes are killed, paused and cut off, and outside witnesses say whether the promises held."""
