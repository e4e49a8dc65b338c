"""Between the JSON shapes and the contract's messages: values in, values out, nothing else."""
