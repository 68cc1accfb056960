"""The connector contract, one file a platform, attempts and reconciliation."""
