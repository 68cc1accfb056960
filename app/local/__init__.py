"""Slogan on one machine: the embedded servers, the supervisor behind `make run`, demo data."""
