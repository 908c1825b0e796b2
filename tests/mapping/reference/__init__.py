"""The mapping language, row by row and as plain as it can be: what the column engine is held to.

Written from the reference (mappings-and-triggers), and shares no code with the engine.
"""
