"""The failure matrix: everything that can go wrong between a post and its platform, and what became of each post.

`make chaos` runs it on a thousand posts a cell, the suite on a few. Real PostgreSQL, real Valkey, real workers
and clocks, and platforms that keep a ledger of everything they took: the ledger is the truth.
"""
