"""Which way of choosing a run's episodes helps: plain, lessons, chosen levels, drawn parameters."""
