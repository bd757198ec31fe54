"""What runs inside the sandbox, around a tenant's script. Standard library only; read as text, never imported."""
