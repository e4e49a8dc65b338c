"""The exchange's vocabulary: values without behaviour that acts. Everything else in the core speaks in these."""
