"""Language models: how a step asks one, how a request is sent, counted, cached and retried, all through DSPy.

``step`` says how an LM step is written. Nothing here imports DSPy before a step asks for its LM.
"""
