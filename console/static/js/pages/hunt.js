// Completion of the query: comes with its fields and values.
