"""What is measured, a shape a file. Each says in `tables(bench)` what it sets up and yields the tables that come of it."""
