"""Web pages, one module per subject: routes that render templates."""
