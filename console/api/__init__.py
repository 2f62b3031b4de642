"""The API for programs below ``/api/v1``, one module per subject."""
