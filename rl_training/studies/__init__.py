"""Studies: benchmarks, sweeps and the account of the gate; they may use everything below."""
