"""How fast Dreamer learns on this machine, and what train ratio that allows."""
