"""Link: tokens → persons, each link with its method, score and reason."""
