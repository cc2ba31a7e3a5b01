"""Django's PostgreSQL, with a look at the connection instead of a question over it."""
