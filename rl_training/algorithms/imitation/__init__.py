"""Learning from what others did: behavioural cloning, and DAgger with any expert."""
