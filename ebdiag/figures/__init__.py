"""Figures: one a file, each a pure function of arrays; they know nothing of training or of files."""
