"""Doctor: the examination of a model, its findings in order of gravity, and the calculator of losses."""
