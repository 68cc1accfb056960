"""Rewriting: a source becomes a text that keeps a channel's rules and invents nothing."""
