"""Blob bytes -> canonical Arrow: one module for each kind of flow log."""
