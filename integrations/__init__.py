"""Hosts: one folder each."""
