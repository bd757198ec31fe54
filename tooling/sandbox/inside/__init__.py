"""What runs inside the sandbox, before and around a tenant's script. Standard library only; read as text, never imported."""
