"""The verbs as functions: records in, records out."""
