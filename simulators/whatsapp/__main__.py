"""`python -m simulators.whatsapp --port N [--state FILE]`."""

import sys

from simulators.common import main
from simulators.whatsapp.double import WhatsAppDouble

if __name__ == "__main__":
    sys.exit(main(lambda arguments: WhatsAppDouble(state=arguments.state), description="WhatsApp Cloud API double"))
