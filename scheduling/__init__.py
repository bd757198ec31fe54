"""Schedules: said in plain words, kept as rules, run on time and once."""
