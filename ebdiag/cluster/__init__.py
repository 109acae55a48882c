"""Runs on other machines, by Ray. Imported only where somebody asks for it; Ray itself only where it is used."""
