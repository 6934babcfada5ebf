"""How IAM policies, roles, accounts and audit logs are read."""
