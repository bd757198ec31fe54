"""`python -m benchmarks [ROW …] [--quick]`: measure, print one table, keep one JSON. See `--help` for the rows."""

from __future__ import annotations

import sys

from benchmarks.runner import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
