"""Sweeps: many single models, a grid or a sample over their settings, and what they show together.

ask (a TOML file) → points → runs → rows → effects → page. Loads without torch.
"""
