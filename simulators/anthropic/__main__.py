"""`python -m simulators.anthropic --port N`."""

from __future__ import annotations

import argparse
import sys

from simulators.anthropic.app import AnthropicDouble
from simulators.common import main


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--delay", type=float, default=0.0, help="seconds of thinking before the first token")
    parser.add_argument("--chunk-delay", type=float, default=0.0, help="seconds between pieces of a streamed answer")


def _build(arguments: argparse.Namespace) -> AnthropicDouble:
    return AnthropicDouble(state=arguments.state, delay=arguments.delay, chunk_delay=arguments.chunk_delay)


if __name__ == "__main__":
    sys.exit(main(_build, description="A double of the Anthropic Messages API", add_arguments=_arguments))
