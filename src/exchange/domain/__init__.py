"""The exchange's vocabulary: values without behaviour that acts. Everything else in the core speaks in these.

Values that each auction makes anew are out of the garbage collector's sight (`gc=False`): they are never part of a
cycle, and an auction makes some hundred of them.
"""
