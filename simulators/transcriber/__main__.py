"""`python -m simulators.transcriber --port N [--state FILE]`."""

import sys

from simulators.common import main
from simulators.transcriber.app import TranscriberDouble

if __name__ == "__main__":
    sys.exit(main(lambda arguments: TranscriberDouble(state=arguments.state), description="A transcriptions double"))
