"""Runs tenants' Python scripts where they can harm nobody: docs/sandbox.md."""
