"""`python -m simulators.telegram --port N [--state FILE]`."""

import sys

from simulators.common import main
from simulators.telegram.double import TelegramDouble

if __name__ == "__main__":
    sys.exit(main(lambda arguments: TelegramDouble(state=arguments.state), description="Telegram Bot API double"))
