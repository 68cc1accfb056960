"""Workspaces, people, roles, sign-in, audit, and long activities."""
