"""Every SELECT that the API makes."""
