"""Scripts and notebooks as people have them → the text of a contract variant that says the same. Runs nothing of them.

source (text, cells, old Python) → outline (what runs in which order, and the training loop) → adopt (which of it is a
net, an optimiser, the step), with what only running can tell asked of a worker (trial).
"""
