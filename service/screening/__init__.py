"""Looking through a population for charts that should be read again.

Two passes: the patients with one seed fact are found (``seeds``, ``keeping``), then their charts are gathered and
evaluated by the evaluator of the hooks (``gathering``, ``evaluating``), ranked and counted (``ranking``, ``counts``).
This room knows no nerve and no drug: what a seed is follows from the knowledge. It asks nobody over a network.
"""
