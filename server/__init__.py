"""The process: settings, routes, transports, engines, worker and the command line."""
