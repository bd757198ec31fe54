"""When something is to happen, apart from the words in which it was said: a rule and its next times. No Django."""

from scheduling.rules.errors import RuleError
from scheduling.rules.rule import Kind, Rule

__all__ = ["Kind", "Rule", "RuleError"]
