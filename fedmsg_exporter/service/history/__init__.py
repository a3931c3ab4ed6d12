"""History by a config: how the past counts, who is hidden in it, what is exported, how it joins.

Attribution and privacy are those of the exporter, so that both count alike.
"""
