"""Nerve conduction studies: three ways to write one study become the same ``NerveStudy``."""
